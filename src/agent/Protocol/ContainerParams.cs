namespace Shimd.Protocol;

/// <summary>hello, bye.</summary>
internal sealed record NoParams : IParams<NoParams>
{
    public static NoParams Read(WireReader from) => new();

    public void Write(WireWriter to)
    {
    }

    public void Validate()
    {
    }
}

/// <summary>start, pause, resume, processes, pids, stats, explain.</summary>
internal sealed record ContainerParams : IParams<ContainerParams>
{
    public required string Id { get; init; }

    /// <summary>The instance the caller means: CONFLICT when the id has been taken over by another.</summary>
    public string? Instance { get; init; }

    public static ContainerParams Read(WireReader from) => new()
    {
        Id = from.Text("id"),
        Instance = from.TextOrNone("instance"),
    };

    public void Write(WireWriter to)
    {
        to.Text("id", Id);
        to.TextIfAny("instance", Instance);
    }

    public void Validate() => Check.Container(Id, Instance);
}

/// <summary>state, closeStdin, reopenLogs.</summary>
internal sealed record ProcessParams : IParams<ProcessParams>
{
    public required string Id { get; init; }

    public string? Instance { get; init; }

    /// <summary>An exec's name, or <c>init</c>. What absence means is the method's affair.</summary>
    public string? Process { get; init; }

    public static ProcessParams Read(WireReader from) => new()
    {
        Id = from.Text("id"),
        Instance = from.TextOrNone("instance"),
        Process = from.TextOrNone("process"),
    };

    public void Write(WireWriter to)
    {
        to.Text("id", Id);
        to.TextIfAny("instance", Instance);
        to.TextIfAny("process", Process);
    }

    public void Validate()
    {
        Check.Container(Id, Instance);
        Check.Process(Process);
    }
}

internal sealed record KillParams : IParams<KillParams>
{
    public required string Id { get; init; }

    public string? Instance { get; init; }

    public string? Process { get; init; }

    public required SignalParam Signal { get; init; }

    /// <summary>All processes in the container instead of one.</summary>
    public bool All { get; init; }

    public static KillParams Read(WireReader from) => new()
    {
        Id = from.Text("id"),
        Instance = from.TextOrNone("instance"),
        Process = from.TextOrNone("process"),
        Signal = from.Signal("signal"),
        All = from.FlagOrFalse("all"),
    };

    public void Write(WireWriter to)
    {
        to.Text("id", Id);
        to.TextIfAny("instance", Instance);
        to.TextIfAny("process", Process);
        to.SignalIfAny("signal", Signal);
        to.Flag("all", All);
    }

    public void Validate()
    {
        Check.Container(Id, Instance);
        Check.Process(Process);
        Check.That(!All || Process is null or Identifier.Init, "all", "kills every process of the container: leave process out");
    }
}

internal sealed record StopParams : IParams<StopParams>
{
    public required string Id { get; init; }

    public string? Instance { get; init; }

    public SignalParam? Signal { get; init; }

    /// <summary>How long the process may take before it is killed, in milliseconds.</summary>
    public int? TimeoutMs { get; init; }

    public static StopParams Read(WireReader from) => new()
    {
        Id = from.Text("id"),
        Instance = from.TextOrNone("instance"),
        Signal = from.SignalOrNone("signal"),
        TimeoutMs = from.IntOrNone("timeoutMs"),
    };

    public void Write(WireWriter to)
    {
        to.Text("id", Id);
        to.TextIfAny("instance", Instance);
        to.SignalIfAny("signal", Signal);
        to.NumberIfAny("timeoutMs", TimeoutMs);
    }

    public void Validate()
    {
        Check.Container(Id, Instance);
        Check.TimeoutMs(TimeoutMs);
    }
}

internal sealed record WaitParams : IParams<WaitParams>
{
    public required string Id { get; init; }

    public string? Instance { get; init; }

    public string? Process { get; init; }

    /// <summary>Milliseconds until TIMEOUT; 0 asks without waiting, absent waits for ever.</summary>
    public int? TimeoutMs { get; init; }

    public static WaitParams Read(WireReader from) => new()
    {
        Id = from.Text("id"),
        Instance = from.TextOrNone("instance"),
        Process = from.TextOrNone("process"),
        TimeoutMs = from.IntOrNone("timeoutMs"),
    };

    public void Write(WireWriter to)
    {
        to.Text("id", Id);
        to.TextIfAny("instance", Instance);
        to.TextIfAny("process", Process);
        to.NumberIfAny("timeoutMs", TimeoutMs);
    }

    public void Validate()
    {
        Check.Container(Id, Instance);
        Check.Process(Process);
        Check.TimeoutMs(TimeoutMs);
    }
}

internal sealed record DeleteParams : IParams<DeleteParams>
{
    public required string Id { get; init; }

    public string? Instance { get; init; }

    public string? Process { get; init; }

    /// <summary>Kill first what still runs.</summary>
    public bool Force { get; init; }

    /// <summary>False: answer when it is certain to go. Else when it is gone.</summary>
    public bool? Wait { get; init; }

    public static DeleteParams Read(WireReader from) => new()
    {
        Id = from.Text("id"),
        Instance = from.TextOrNone("instance"),
        Process = from.TextOrNone("process"),
        Force = from.FlagOrFalse("force"),
        Wait = from.FlagOrNone("wait"),
    };

    public void Write(WireWriter to)
    {
        to.Text("id", Id);
        to.TextIfAny("instance", Instance);
        to.TextIfAny("process", Process);
        to.Flag("force", Force);
        to.FlagIfAny("wait", Wait);
    }

    public void Validate()
    {
        Check.Container(Id, Instance);
        Check.Process(Process);
    }
}
