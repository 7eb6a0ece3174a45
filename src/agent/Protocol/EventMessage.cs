namespace Shimd.Protocol;

/// <summary>
/// The params of the notification <c>event</c>. It answers either a subscription or a request; members beyond <see cref="Type"/> are
/// there where the type has them.
/// </summary>
internal sealed record EventMessage : IWireObject<EventMessage>
{
    private string? _lineTime;

    public long? Subscription { get; init; }

    /// <summary>The <c>logs</c> or <c>attach</c> that this belongs to.</summary>
    public RequestId? Request { get; init; }

    /// <summary>Grows by one within an epoch; only events of subscriptions have it.</summary>
    public long? Seq { get; init; }

    public DateTimeOffset? Time { get; init; }

    /// <summary>One of <see cref="EventTypes"/>.</summary>
    public required string Type { get; init; }

    /// <summary>The container.</summary>
    public string? Id { get; init; }

    public string? Instance { get; init; }

    public string? Process { get; init; }

    public int? Pid { get; init; }

    public ExitInfo? Exit { get; init; }

    /// <summary><c>state</c>: one container of a snapshot.</summary>
    public ContainerInfo? Container { get; init; }

    /// <summary><c>log</c>, <c>output</c>: which stream.</summary>
    public string? Stream { get; init; }

    public string? Text { get; init; }

    /// <summary>Instead of <see cref="Text"/> where the bytes are not UTF-8.</summary>
    public string? Base64 { get; init; }

    /// <summary><c>log</c>: the line's newline is missing.</summary>
    public bool Partial { get; init; }

    public string? Cursor { get; init; }

    /// <summary><c>gap</c>: <c>slow</c>; <see cref="TooLarge"/> on an event that lost members because it did not fit a line.</summary>
    public string? Reason { get; init; }

    /// <summary><c>gap</c>: the last event sent before it.</summary>
    public long? Last { get; init; }

    /// <summary><c>gap</c> of an attach: bytes lost.</summary>
    public long? LostBytes { get; init; }

    /// <summary><c>agent-started</c>: the numbering from here on.</summary>
    public string? Epoch { get; init; }

    public static EventMessage Read(WireReader from) => new()
    {
        Subscription = from.LongOrNone("subscription"),
        Request = from.RequestIdOrNone("request"),
        Seq = from.LongOrNone("seq"),
        Time = from.TimeOrNone("time"),
        Type = from.Text("type"),
        Id = from.TextOrNone("id"),
        Instance = from.TextOrNone("instance"),
        Process = from.TextOrNone("process"),
        Pid = from.IntOrNone("pid"),
        Exit = from.ObjectOrNone<ExitInfo>("exit"),
        Container = from.ObjectOrNone<ContainerInfo>("container"),
        Stream = from.TextOrNone("stream"),
        Text = from.TextOrNone("text"),
        Base64 = from.TextOrNone("base64"),
        Partial = from.FlagOrFalse("partial"),
        Cursor = from.TextOrNone("cursor"),
        Reason = from.TextOrNone("reason"),
        Last = from.LongOrNone("last"),
        LostBytes = from.LongOrNone("lostBytes"),
        Epoch = from.TextOrNone("epoch"),
    };

    public void Write(WireWriter to)
    {
        to.NumberIfAny("subscription", Subscription);
        to.RequestIdIfAny("request", Request);
        to.NumberIfAny("seq", Seq);
        if (_lineTime is null)
        {
            to.TimeIfAny("time", Time);
        }
        else
        {
            to.Text("time", _lineTime);
        }

        to.Text("type", Type);
        to.TextIfAny("id", Id);
        to.TextIfAny("instance", Instance);
        to.TextIfAny("process", Process);
        to.NumberIfAny("pid", Pid);
        to.ObjectIfAny("exit", Exit);
        to.ObjectIfAny("container", Container);
        to.TextIfAny("stream", Stream);
        to.TextIfAny("text", Text);
        to.TextIfAny("base64", Base64);
        to.FlagIfSet("partial", Partial);
        to.TextIfAny("cursor", Cursor);
        to.TextIfAny("reason", Reason);
        to.NumberIfAny("last", Last);
        to.NumberIfAny("lostBytes", LostBytes);
        to.TextIfAny("epoch", Epoch);
    }

    /// <summary><c>log</c>: sets <see cref="Time"/> as the log has it, to the nanosecond.</summary>
    public EventMessage At(string lineTime)
    {
        _lineTime = lineTime;
        return this;
    }

    /// <summary>The <see cref="Reason"/> of a shortened event.</summary>
    public const string TooLarge = "too-large";

    private const int CoreBytes = 512;

    /// <summary>Its core, which always fits: a subscriber must see every <c>seq</c>, and can ask <c>state</c> for the rest.</summary>
    public EventMessage Shortened() => new()
    {
        Subscription = Subscription,
        Request = Request,
        Seq = Seq,
        Time = Time,
        Type = WireText.Truncate(Type, CoreBytes),
        Id = Cut(Id ?? Container?.Id),
        Instance = Cut(Instance ?? Container?.Instance),
        Process = Cut(Process),
        Pid = Pid,
        Exit = Exit is null ? null : Exit with { Signal = Cut(Exit.Signal), Source = WireText.Truncate(Exit.Source, CoreBytes), Reason = Cut(Exit.Reason) },
        Stream = Cut(Stream),
        Cursor = Cut(Cursor),
        Reason = TooLarge,
        Last = Last,
        LostBytes = LostBytes,
        Epoch = Cut(Epoch),
    };

    private static string? Cut(string? text) => text is null ? null : WireText.Truncate(text, CoreBytes);
}
