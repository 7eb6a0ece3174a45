namespace Shimd.Protocol;

/// <summary>exec: the Process, and with <c>captureOutput</c> what it wrote.</summary>
internal sealed record ExecResult : IWireObject<ExecResult>
{
    public required string Id { get; init; }

    public required string Process { get; init; }

    public int? Pid { get; init; }

    public required string Status { get; init; }

    public required bool Terminal { get; init; }

    public required IReadOnlyList<string> Args { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public ExitInfo? Exit { get; init; }

    public string? Stdout { get; init; }

    public string? StdoutBase64 { get; init; }

    public string? Stderr { get; init; }

    public string? StderrBase64 { get; init; }

    /// <summary>A stream had more than <see cref="Limits.MaxCaptureBytes"/>.</summary>
    public bool Truncated { get; init; }

    public static ExecResult Read(WireReader from) => new()
    {
        Id = from.Text("id"),
        Process = from.Text("process"),
        Pid = from.IntOrNone("pid", WireNeed.OrNull),
        Status = from.Text("status"),
        Terminal = from.Flag("terminal"),
        Args = from.Texts("args"),
        StartedAt = from.TimeOrNone("startedAt", WireNeed.OrNull),
        Exit = from.ObjectOrNone<ExitInfo>("exit", WireNeed.OrNull),
        Stdout = from.TextOrNone("stdout"),
        StdoutBase64 = from.TextOrNone("stdoutBase64"),
        Stderr = from.TextOrNone("stderr"),
        StderrBase64 = from.TextOrNone("stderrBase64"),
        Truncated = from.FlagOrFalse("truncated"),
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
        to.TextIfAny("stdout", Stdout);
        to.TextIfAny("stdoutBase64", StdoutBase64);
        to.TextIfAny("stderr", Stderr);
        to.TextIfAny("stderrBase64", StderrBase64);
        to.FlagIfSet("truncated", Truncated);
    }

    public static ExecResult From(ProcessInfo process) => new()
    {
        Id = process.Id,
        Process = process.Process,
        Pid = process.Pid,
        Status = process.Status,
        Terminal = process.Terminal,
        Args = process.Args,
        StartedAt = process.StartedAt,
        Exit = process.Exit,
    };

    /// <summary>Adds what was captured, cut to the cap at a character's boundary.</summary>
    public ExecResult WithOutput(ReadOnlySpan<byte> stdout, ReadOnlySpan<byte> stderr, bool truncated = false)
    {
        // Both together, at worst, leave a quarter of the line for the rest.
        const int MaxEscapedBytes = Limits.MaxCaptureBytes * 3 / 2;
        (string? outText, string? outBase64) = WireText.Encode(WireText.Prefix(stdout, Limits.MaxCaptureBytes), MaxEscapedBytes);
        (string? errText, string? errBase64) = WireText.Encode(WireText.Prefix(stderr, Limits.MaxCaptureBytes), MaxEscapedBytes);
        return this with
        {
            Stdout = outText,
            StdoutBase64 = outBase64,
            Stderr = errText,
            StderrBase64 = errBase64,
            Truncated = truncated || stdout.Length > Limits.MaxCaptureBytes || stderr.Length > Limits.MaxCaptureBytes,
        };
    }
}
