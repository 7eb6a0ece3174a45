namespace Shimd.Cli;

/// <summary>The client cannot go on, for a reason of its own; caught in <see cref="CommandTree"/> only.</summary>
internal sealed class CliException(int exitCode, string message, string? hint = null, string name = "CLIENT") : Exception(message)
{
    public int ExitCode { get; } = exitCode;

    /// <summary>What to do next; null where the message says it.</summary>
    public string? Hint { get; } = hint;

    /// <summary>For <c>--format json</c>: as <c>data.name</c> of the protocol's errors, but never one of those.</summary>
    public string Name { get; } = name;

    public static CliException Usage(string message) => new(ExitCodes.Usage, message, name: "USAGE");

    /// <summary>Nobody reads our output any more: no reason to say so, and none to go on.</summary>
    public static CliException OutputClosed() => new(ExitCodes.Ok, "");
}

/// <summary>The agent answered with an error; caught in <see cref="CommandTree"/> only.</summary>
internal sealed class AgentErrorException(AgentError error) : Exception(error.Message)
{
    public AgentError Error { get; } = error;
}
