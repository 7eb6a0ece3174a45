namespace Shimd.Protocol;

/// <summary>When a method answers, relative to the requests after it on the same connection.</summary>
internal enum MethodTiming
{
    /// <summary>The next request begins after its answer.</summary>
    InOrder,

    /// <summary>Begins in order and answers when done.</summary>
    WhenDone,

    /// <summary><see cref="WhenDone"/> if its params ask for it (<c>wait</c>, <c>follow</c>), else <see cref="InOrder"/>.</summary>
    WhenAsked,
}

/// <summary>What is known of a method without its handler: the source of dispatch, access control and rpc.discover alike.</summary>
internal sealed class MethodInfo(
    string name, string summary, bool mutates, MethodTiming timing, Func<WireShape> parameters, Func<WireShape> result)
{
    public string Name { get; } = name;

    /// <summary>One sentence for rpc.discover and the client's help.</summary>
    public string Summary { get; } = summary;

    /// <summary>Whether it changes anything: if so, a read-only socket refuses it.</summary>
    public bool Mutates { get; } = mutates;

    public MethodTiming Timing { get; } = timing;

    /// <summary>Built at first use: an agent pays for the methods it is asked for.</summary>
    public WireShape Params => parameters();

    public WireShape Result => result();

    /// <summary>Params of a call, as JSON, for rpc.discover.</summary>
    public string Example
    {
        get => field ?? (Params.Has("id") ? """{"id":"web"}""" : "{}");
        init;
    }

    /// <summary>The result when <c>process</c> was given, where that makes a difference.</summary>
    public Func<WireShape>? ProcessResult { get; init; }
}

