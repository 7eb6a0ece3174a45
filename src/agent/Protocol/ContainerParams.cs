namespace Shimd.Protocol;

/// <summary>hello, bye.</summary>
internal sealed record NoParams : IParams
{
    public void Validate()
    {
    }
}

/// <summary>start, pause, resume, processes, pids, stats, explain.</summary>
internal sealed record ContainerParams : IParams
{
    public required string Id { get; init; }

    /// <summary>The instance the caller means: CONFLICT when the id has been taken over by another.</summary>
    public string? Instance { get; init; }

    public void Validate() => Check.Container(Id, Instance);
}

/// <summary>state, closeStdin, reopenLogs.</summary>
internal sealed record ProcessParams : IParams
{
    public required string Id { get; init; }

    public string? Instance { get; init; }

    /// <summary>An exec's name, or <c>init</c>. What absence means is the method's affair.</summary>
    public string? Process { get; init; }

    public void Validate()
    {
        Check.Container(Id, Instance);
        Check.Process(Process);
    }
}

internal sealed record KillParams : IParams
{
    public required string Id { get; init; }

    public string? Instance { get; init; }

    public string? Process { get; init; }

    public required SignalParam Signal { get; init; }

    /// <summary>All processes in the container instead of one.</summary>
    public bool All { get; init; }

    public void Validate()
    {
        Check.Container(Id, Instance);
        Check.Process(Process);
        Check.That(!All || Process is null or Identifier.Init, "all", "kills every process of the container: leave process out");
    }
}

internal sealed record StopParams : IParams
{
    public required string Id { get; init; }

    public string? Instance { get; init; }

    public SignalParam? Signal { get; init; }

    /// <summary>How long the process may take before it is killed, in milliseconds.</summary>
    public int? TimeoutMs { get; init; }

    public void Validate()
    {
        Check.Container(Id, Instance);
        Check.TimeoutMs(TimeoutMs);
    }
}

internal sealed record WaitParams : IParams
{
    public required string Id { get; init; }

    public string? Instance { get; init; }

    public string? Process { get; init; }

    /// <summary>Milliseconds until TIMEOUT; 0 asks without waiting, absent waits for ever.</summary>
    public int? TimeoutMs { get; init; }

    public void Validate()
    {
        Check.Container(Id, Instance);
        Check.Process(Process);
        Check.TimeoutMs(TimeoutMs);
    }
}

internal sealed record DeleteParams : IParams
{
    public required string Id { get; init; }

    public string? Instance { get; init; }

    public string? Process { get; init; }

    /// <summary>Kill first what still runs.</summary>
    public bool Force { get; init; }

    public void Validate()
    {
        Check.Container(Id, Instance);
        Check.Process(Process);
    }
}
