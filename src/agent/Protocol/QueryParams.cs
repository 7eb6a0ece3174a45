namespace Shimd.Protocol;

internal sealed record ListParams : IParams<ListParams>
{
    /// <summary>Only containers with this label: <c>key</c> or <c>key=value</c>.</summary>
    public string? Label { get; init; }

    public string? Status { get; init; }

    /// <summary>The <c>next</c> of the page before: only ids that sort after it.</summary>
    public string? After { get; init; }

    /// <summary>Containers a page at most; a page may hold fewer, its line is limited.</summary>
    public int? Limit { get; init; }

    public static ListParams Read(WireReader from) => new()
    {
        Label = from.TextOrNone("label"),
        Status = from.TextOrNone("status"),
        After = from.TextOrNone("after"),
        Limit = from.IntOrNone("limit"),
    };

    public void Write(WireWriter to)
    {
        to.TextIfAny("label", Label);
        to.TextIfAny("status", Status);
        to.TextIfAny("after", After);
        to.NumberIfAny("limit", Limit);
    }

    public void Validate()
    {
        Check.NotEmpty(Label, "label");
        Check.OneOf(Status, "status", StatusWords.All);
        Check.That(After is null || Identifier.IsValid(After), "after", "must be a container id: the 'next' of the page before");
        Check.Range(Limit, 1, Limits.MaxListLimit, "limit");
    }
}

internal sealed record LogsParams : IParams<LogsParams>
{
    private const int MaxTail = 1_000_000;

    public required string Id { get; init; }

    public string? Instance { get; init; }

    public string? Process { get; init; }

    /// <summary>A cursor: begin after the line that carried it.</summary>
    public string? From { get; init; }

    /// <summary>Begin this many lines before the end.</summary>
    public int? Tail { get; init; }

    /// <summary>Only lines that came at this time or later: RFC 3339.</summary>
    public string? Since { get; init; }

    /// <summary>Go on until the process is over or the request is cancelled.</summary>
    public bool Follow { get; init; }

    public string[]? Streams { get; init; }

    public static LogsParams Read(WireReader from) => new()
    {
        Id = from.Text("id"),
        Instance = from.TextOrNone("instance"),
        Process = from.TextOrNone("process"),
        From = from.TextOrNone("from"),
        Tail = from.IntOrNone("tail"),
        Since = from.TextOrNone("since"),
        Follow = from.FlagOrFalse("follow"),
        Streams = from.TextsOrNone("streams"),
    };

    public void Write(WireWriter to)
    {
        to.Text("id", Id);
        to.TextIfAny("instance", Instance);
        to.TextIfAny("process", Process);
        to.TextIfAny("from", From);
        to.NumberIfAny("tail", Tail);
        to.TextIfAny("since", Since);
        to.Flag("follow", Follow);
        to.TextsIfAny("streams", Streams);
    }

    public void Validate()
    {
        Check.Container(Id, Instance);
        Check.Process(Process);
        Check.NotEmpty(From, "from");
        Check.Range(Tail, 0, MaxTail, "tail");
        Check.That(Since is null || Rfc3339.TryParse(Since, out _), "since", "must be a time by RFC 3339, such as 2026-11-23T18:53:43Z");
        Check.That(From is null || Tail is null, "tail", "cannot be given with from");
        Check.EachOneOf(Streams, "streams", StreamNames.Stdout, StreamNames.Stderr);
        Check.That(Streams is not [], "streams", "must not be empty: leave it out for both");
    }
}

internal sealed record SubscribeParams : IParams<SubscribeParams>
{
    /// <summary>Only these containers; absent means all.</summary>
    public string[]? Ids { get; init; }

    /// <summary>Only these types; absent means all.</summary>
    public string[]? Types { get; init; }

    /// <summary>First the state of every container, then <c>synced</c>.</summary>
    public bool Snapshot { get; init; }

    public SinceParams? Since { get; init; }

    public static SubscribeParams Read(WireReader from) => new()
    {
        Ids = from.TextsOrNone("ids"),
        Types = from.TextsOrNone("types"),
        Snapshot = from.FlagOrFalse("snapshot"),
        Since = from.ObjectOrNone<SinceParams>("since"),
    };

    public void Write(WireWriter to)
    {
        to.TextsIfAny("ids", Ids);
        to.TextsIfAny("types", Types);
        to.Flag("snapshot", Snapshot);
        to.ObjectIfAny("since", Since);
    }

    public void Validate()
    {
        Check.Strings(Ids, "ids");
        for (int i = 0; i < (Ids?.Length ?? 0); i++)
        {
            Check.That(Identifier.IsValid(Ids![i]), $"ids[{i}]", "is no container id");
        }

        Check.EachOneOf(Types, "types", EventTypes.Subscribable);
        Check.Range(Since?.Seq, 0, Limits.MaxInteger, "since.seq");
        Check.NotEmpty(Since?.Epoch, "since.epoch");
    }
}

/// <summary>The last event the client has seen: replay begins after it.</summary>
internal sealed record SinceParams : IWireObject<SinceParams>
{
    public required string Epoch { get; init; }

    public required long Seq { get; init; }

    public static SinceParams Read(WireReader from) => new()
    {
        Epoch = from.Text("epoch"),
        Seq = from.Long("seq"),
    };

    public void Write(WireWriter to)
    {
        to.Text("epoch", Epoch);
        to.Number("seq", Seq);
    }
}

internal sealed record UnsubscribeParams : IParams<UnsubscribeParams>
{
    public required long Subscription { get; init; }

    public static UnsubscribeParams Read(WireReader from) => new()
    {
        Subscription = from.Long("subscription"),
    };

    public void Write(WireWriter to)
    {
        to.Number("subscription", Subscription);
    }

    public void Validate() => Check.Range(Subscription, 1, Limits.MaxInteger, "subscription");
}

/// <summary>rpc.discover.</summary>
internal sealed record DiscoverParams : IParams<DiscoverParams>
{
    /// <summary>Only this method: the whole description does not fit one line.</summary>
    public string? Method { get; init; }

    public static DiscoverParams Read(WireReader from) => new()
    {
        Method = from.TextOrNone("method"),
    };

    public void Write(WireWriter to)
    {
        to.TextIfAny("method", Method);
    }

    public void Validate() => Check.NotEmpty(Method, "method");
}
