using System.Text.Json;

namespace Shimd.Storage;

/// <summary>How CRIU is to treat what reaches beyond the container. A restore needs the options of its checkpoint, so they are kept
/// beside the images.</summary>
internal sealed record CheckpointOptions : IStateRecord<CheckpointOptions>
{
    public const string FileName = "shimd-checkpoint.json";

    public bool TcpEstablished { get; init; }

    public bool ShellJob { get; init; }

    public bool ExtUnixSk { get; init; }

    /// <summary>Namespaces to make but not to restore.</summary>
    public IReadOnlyList<string> EmptyNs { get; init; } = [];

    public static CheckpointOptions Read(RecordReader from) => new()
    {
        TcpEstablished = from.FlagOrFalse("tcpEstablished"),
        ShellJob = from.FlagOrFalse("shellJob"),
        ExtUnixSk = from.FlagOrFalse("extUnixSk"),
        EmptyNs = from.TextsOrEmpty("emptyNs"),
    };

    public void Write(Utf8JsonWriter json)
    {
        StateFile.WriteVersion(json);
        json.WriteBoolean("tcpEstablished", TcpEstablished);
        json.WriteBoolean("shellJob", ShellJob);
        json.WriteBoolean("extUnixSk", ExtUnixSk);
        json.Texts("emptyNs", EmptyNs);
    }
}
