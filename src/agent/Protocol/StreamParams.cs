using System.Text;

namespace Shimd.Protocol;

internal sealed record ResizeParams : IParams<ResizeParams>
{
    public required string Id { get; init; }

    public string? Instance { get; init; }

    public string? Process { get; init; }

    public required int Columns { get; init; }

    public required int Rows { get; init; }

    public static ResizeParams Read(WireReader from) => new()
    {
        Id = from.Text("id"),
        Instance = from.TextOrNone("instance"),
        Process = from.TextOrNone("process"),
        Columns = from.Int("columns"),
        Rows = from.Int("rows"),
    };

    public void Write(WireWriter to)
    {
        to.Text("id", Id);
        to.TextIfAny("instance", Instance);
        to.TextIfAny("process", Process);
        to.Number("columns", Columns);
        to.Number("rows", Rows);
    }

    public void Validate()
    {
        Check.Container(Id, Instance);
        Check.Process(Process);
        Check.Range(Columns, 0, ushort.MaxValue, "columns"); // struct winsize has shorts
        Check.Range(Rows, 0, ushort.MaxValue, "rows");
    }
}

internal sealed record AttachParams : IParams<AttachParams>
{
    public required string Id { get; init; }

    public string? Instance { get; init; }

    public string? Process { get; init; }

    /// <summary>Whether what this connection sends becomes stdin.</summary>
    public bool Stdin { get; init; }

    /// <summary>One reply line, then bytes instead of lines.</summary>
    public bool Raw { get; init; }

    /// <summary>The output that is wanted; absent means all that there is.</summary>
    public string[]? Streams { get; init; }

    /// <summary><c>drop</c>, or <c>block</c> the process, while this client does not read.</summary>
    public string? OnFull { get; init; }

    public bool Wants(string stream) => Streams is null || Array.IndexOf(Streams, stream) >= 0;

    public static AttachParams Read(WireReader from) => new()
    {
        Id = from.Text("id"),
        Instance = from.TextOrNone("instance"),
        Process = from.TextOrNone("process"),
        Stdin = from.FlagOrFalse("stdin"),
        Raw = from.FlagOrFalse("raw"),
        Streams = from.TextsOrNone("streams"),
        OnFull = from.TextOrNone("onFull"),
    };

    public void Write(WireWriter to)
    {
        to.Text("id", Id);
        to.TextIfAny("instance", Instance);
        to.TextIfAny("process", Process);
        to.Flag("stdin", Stdin);
        to.Flag("raw", Raw);
        to.TextsIfAny("streams", Streams);
        to.TextIfAny("onFull", OnFull);
    }

    public void Validate()
    {
        Check.Container(Id, Instance);
        Check.Process(Process);
        for (int i = 0; i < (Streams?.Length ?? 0); i++)
        {
            Check.OneOf(Streams![i], $"streams[{i}]", StreamNames.Stdout, StreamNames.Stderr);
        }

        Check.OneOf(OnFull, "onFull", LogWords.Block, LogWords.Drop);
    }
}

internal sealed record WriteParams : IParams<WriteParams>
{
    public required string Id { get; init; }

    public string? Instance { get; init; }

    public string? Process { get; init; }

    public string? Text { get; init; }

    public string? Base64 { get; init; }

    public static WriteParams Read(WireReader from) => new()
    {
        Id = from.Text("id"),
        Instance = from.TextOrNone("instance"),
        Process = from.TextOrNone("process"),
        Text = from.TextOrNone("text"),
        Base64 = from.TextOrNone("base64"),
    };

    public void Write(WireWriter to)
    {
        to.Text("id", Id);
        to.TextIfAny("instance", Instance);
        to.TextIfAny("process", Process);
        to.TextIfAny("text", Text);
        to.TextIfAny("base64", Base64);
    }

    public void Validate()
    {
        Check.Container(Id, Instance);
        Check.Process(Process);
        Check.That(Text is not null || Base64 is not null, "text", "is required, or base64");
        Check.That(Text is null || Base64 is null, "base64", "cannot be given with text");
        Check.That(Base64 is null || System.Buffers.Text.Base64.IsValid(Base64), "base64", "is no base64");
    }

    /// <summary>The bytes to write.</summary>
    public byte[] Decode() => Text is not null ? Encoding.UTF8.GetBytes(Text) : Convert.FromBase64String(Base64!);
}
