namespace Shimd.Protocol;

/// <summary>How a process ended. Its shape is constant but for <see cref="Reason"/>; a code is never invented.</summary>
internal sealed record ExitInfo : IWireObject<ExitInfo>
{
    /// <summary>0–255, 128+n when signal n killed it; null when nobody can know.</summary>
    public int? Code { get; init; }

    /// <summary>The name of the signal that killed it.</summary>
    public string? Signal { get; init; }

    public required bool CoreDumped { get; init; }

    public required bool OomKilled { get; init; }

    /// <summary>When it was noticed; for a lost exit, when it was found lost.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>One of <see cref="ExitSources"/>.</summary>
    public required string Source { get; init; }

    /// <summary>Why the code is not known.</summary>
    public string? Reason { get; init; }

    public static ExitInfo Read(WireReader from) => new()
    {
        Code = from.IntOrNone("code", WireNeed.OrNull),
        Signal = from.TextOrNone("signal", WireNeed.OrNull),
        CoreDumped = from.Flag("coreDumped"),
        OomKilled = from.Flag("oomKilled"),
        At = from.Time("at"),
        Source = from.Text("source"),
        Reason = from.TextOrNone("reason"),
    };

    public void Write(WireWriter to)
    {
        to.Number("code", Code);
        to.Text("signal", Signal);
        to.Flag("coreDumped", CoreDumped);
        to.Flag("oomKilled", OomKilled);
        to.Time("at", At);
        to.Text("source", Source);
        to.TextIfAny("reason", Reason);
    }
}
