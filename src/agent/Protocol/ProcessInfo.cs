using System.Text;
namespace Shimd.Protocol;

/// <summary>A supervised process as clients see it. Its shape is constant: what is not known is null, not missing.</summary>
internal sealed record ProcessInfo : IWireObject<ProcessInfo>
{
    /// <summary>The container's id.</summary>
    public required string Id { get; init; }

    /// <summary><c>init</c> or the exec's name.</summary>
    public required string Process { get; init; }

    public int? Pid { get; init; }

    public required string Status { get; init; }

    public required bool Terminal { get; init; }

    /// <summary>For people to recognise it by: shorten with <see cref="ForDisplay"/>.</summary>
    public required IReadOnlyList<string> Args { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public ExitInfo? Exit { get; init; }

    public static ProcessInfo Read(WireReader from) => new()
    {
        Id = from.Text("id"),
        Process = from.Text("process"),
        Pid = from.IntOrNone("pid", WireNeed.OrNull),
        Status = from.Text("status"),
        Terminal = from.Flag("terminal"),
        Args = from.Texts("args"),
        StartedAt = from.TimeOrNone("startedAt", WireNeed.OrNull),
        Exit = from.ObjectOrNone<ExitInfo>("exit", WireNeed.OrNull),
    };

    public void Write(WireWriter to)
    {
        to.Text("id", Id);
        to.Text("process", Process);
        to.Number("pid", Pid);
        to.Text("status", Status);
        to.Flag("terminal", Terminal);
        to.Texts("args", Args);
        to.Time("startedAt", StartedAt);
        to.Object("exit", Exit);
    }

    /// <summary>
    /// Arguments that fit a reply, cut with an ellipsis where they do not. A command line may be as long as a request, sixteen times
    /// a reply, and the process is already running when the reply is written.
    /// </summary>
    public static IReadOnlyList<string> ForDisplay(IReadOnlyList<string> args, int maxBytes = 2_048)
    {
        List<string> shown = [];
        int left = maxBytes;
        foreach (string arg in args)
        {
            if (left < 4)
            {
                shown.Add(WireText.Ellipsis);
                break;
            }

            string cut = WireText.Truncate(arg, left);
            shown.Add(cut);
            left -= Encoding.UTF8.GetByteCount(cut) + 3;
        }

        return shown;
    }
}
