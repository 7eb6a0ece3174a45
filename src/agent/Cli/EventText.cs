using Shimd.Protocol;

namespace Shimd.Cli;

/// <summary>An event as a line for people: when, what, where, and the rest in words.</summary>
internal static class EventText
{
    public static string Of(EventMessage message)
    {
        string time = message.Time is { } known ? Rfc3339.Format(known) : new string(' ', 24);
        string process = message.Process is null or Identifier.Init ? "" : $"/{message.Process}";
        string where = (message.Id ?? message.Container?.Id ?? HumanText.None) + process;
        return StandardOutput.Plain($"{time}  {message.Type,-13}  {where,-20}  {Detail(message)}".TrimEnd());
    }

    private static string Detail(EventMessage message) => message switch
    {
        { Exit: { } exit } => Describe(exit),
        { Container: { } container } => Describe(container),
        { LostBytes: { } bytes } => $"{bytes} bytes were lost",
        { Type: EventTypes.Gap } => $"events are missing: {message.Reason}",
        { Epoch: { } epoch } => $"epoch {epoch}",
        { Pid: { } pid } => $"pid {pid}",
        _ => message.Text ?? message.Reason ?? "",
    };

    private static string Describe(ContainerInfo container)
    {
        string pid = container.Pid is { } running ? $", pid {running}" : "";
        string exit = container.Exit is null ? "" : $", {Describe(container.Exit)}";
        return container.Status + pid + exit;
    }

    private static string Describe(ExitInfo exit)
        => exit.Code is null ? $"exit lost: {exit.Reason}" : $"code {HumanText.Exit(exit)}{(exit.CoreDumped ? ", core dumped" : "")}";
}
