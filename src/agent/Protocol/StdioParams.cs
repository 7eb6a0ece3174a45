namespace Shimd.Protocol;

/// <summary>The three streams; each may be absent, which leaves it to the method's default.</summary>
internal sealed record StdioParams : IWireObject<StdioParams>
{
    public StdioSpec? Stdin { get; init; }

    public StdioSpec? Stdout { get; init; }

    public StdioSpec? Stderr { get; init; }

    /// <summary>A socket that came with the line, and is attached from the first moment on.</summary>
    public StdioSpec? Client { get; init; }

    public static StdioParams Read(WireReader from) => new()
    {
        Stdin = from.StdioOrNone("stdin"),
        Stdout = from.StdioOrNone("stdout"),
        Stderr = from.StdioOrNone("stderr"),
        Client = from.StdioOrNone("client"),
    };

    public void Write(WireWriter to)
    {
        to.StdioIfAny("stdin", Stdin);
        to.StdioIfAny("stdout", Stdout);
        to.StdioIfAny("stderr", Stderr);
        to.StdioIfAny("client", Client);
    }

    public void Validate()
    {
        Stdin?.Validate("stdio.stdin", isInput: true);
        Stdout?.Validate("stdio.stdout", isInput: false);
        Stderr?.Validate("stdio.stderr", isInput: false);
        Client?.Validate("stdio.client", isInput: false);
        Check.That(Client is null or { Kind: StdioKind.Fd }, "stdio.client", "must be {\"fd\":n}: a socket that comes with the line");
        Check.That(
            Client is null || IsAttached(Stdin) || IsAttached(Stdout) || IsAttached(Stderr),
            "stdio.client",
            "needs a stream that is \"attach\" or \"log\"");
    }

    private static bool IsAttached(StdioSpec? stream) => stream is { Kind: StdioKind.Attach or StdioKind.Log };
}

/// <summary>How the shim logs.</summary>
internal sealed record LogParams : IWireObject<LogParams>
{
    private const int MinSizeBytes = 4_096;
    private const int MaxFileCount = 1_000;

    /// <summary><c>json-file</c> or <c>cri</c>.</summary>
    public string? Format { get; init; }

    public string? Path { get; init; }

    /// <summary>Bytes at which a file is rotated.</summary>
    public long? MaxSize { get; init; }

    /// <summary>Files kept, the current one included.</summary>
    public int? MaxFiles { get; init; }

    /// <summary><c>block</c> the container, or <c>drop</c> its output, when the log cannot be written.</summary>
    public string? OnFull { get; init; }

    public static LogParams Read(WireReader from) => new()
    {
        Format = from.TextOrNone("format"),
        Path = from.TextOrNone("path"),
        MaxSize = from.LongOrNone("maxSize"),
        MaxFiles = from.IntOrNone("maxFiles"),
        OnFull = from.TextOrNone("onFull"),
    };

    public void Write(WireWriter to)
    {
        to.TextIfAny("format", Format);
        to.TextIfAny("path", Path);
        to.NumberIfAny("maxSize", MaxSize);
        to.NumberIfAny("maxFiles", MaxFiles);
        to.TextIfAny("onFull", OnFull);
    }

    public void Validate()
    {
        Check.OneOf(Format, "log.format", LogWords.JsonFile, LogWords.Cri);
        Check.AbsolutePath(Path, "log.path");
        Check.Range(MaxSize, MinSizeBytes, Limits.MaxInteger, "log.maxSize");
        Check.Range(MaxFiles, 1, MaxFileCount, "log.maxFiles");
        Check.OneOf(OnFull, "log.onFull", LogWords.Block, LogWords.Drop);
    }
}
