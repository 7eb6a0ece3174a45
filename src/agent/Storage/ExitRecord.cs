using System.Text.Json;

namespace Shimd.Storage;

/// <summary>exit.json: how a process ended. Written before anybody is told.</summary>
internal sealed record ExitRecord : IStateRecord<ExitRecord>
{
    /// <summary>0–255, 128 + signal when signalled; null when nobody can know.</summary>
    public required int? Code { get; init; }

    /// <summary>The signal's number, or null.</summary>
    public int? Signal { get; init; }

    public bool CoreDumped { get; init; }

    public bool OomKilled { get; init; }

    public required DateTimeOffset At { get; init; }

    /// <summary>A word of <see cref="ExitSource"/>.</summary>
    public required string Source { get; init; }

    /// <summary>Why nobody can know, when <see cref="Source"/> is <see cref="ExitSource.Lost"/>.</summary>
    public string? Reason { get; init; }

    public static ExitRecord Read(RecordReader from) => new()
    {
        Code = from.IntOrNull("code"),
        Signal = from.IntOrNone("signal"),
        CoreDumped = from.FlagOrFalse("coreDumped"),
        OomKilled = from.FlagOrFalse("oomKilled"),
        At = from.Time("at"),
        Source = from.Word("source", ExitSource.All),
        Reason = from.TextOrNone("reason"),
    };

    public void Write(Utf8JsonWriter json)
    {
        StateFile.WriteVersion(json);
        if (Code is null)
        {
            json.WriteNull("code");
        }

        json.NumberIfAny("code", Code);
        json.NumberIfAny("signal", Signal);
        json.WriteBoolean("coreDumped", CoreDumped);
        json.WriteBoolean("oomKilled", OomKilled);
        json.WriteString("at", At);
        json.WriteString("source", Source);
        json.TextIfAny("reason", Reason);
    }
}

/// <summary>Where the truth about an exit comes from; the protocol has the same words.</summary>
internal static class ExitSource
{
    /// <summary>The shim reaped the process.</summary>
    public const string Waited = "waited";

    /// <summary>The agent reaped it, after the shim had died.</summary>
    public const string Reparented = "reparented";

    /// <summary>Read from the kernel by a non-parent.</summary>
    public const string Pidfd = "pidfd";

    /// <summary>Nobody can know.</summary>
    public const string Lost = "lost";

    private static readonly string[] s_all = [Waited, Reparented, Pidfd, Lost];

    public static ReadOnlySpan<string> All => s_all;
}
