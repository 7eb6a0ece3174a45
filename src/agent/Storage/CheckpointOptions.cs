
namespace Shimd.Storage;

/// <summary>How CRIU is to treat what reaches beyond the container. A restore needs the options of its checkpoint, so they are kept
/// beside the images.</summary>
internal sealed class CheckpointOptions : IStateRecord
{
    public const string FileName = "shimd-checkpoint.json";

    public long Version { get; set; } = IStateRecord.CurrentVersion;

    public bool TcpEstablished { get; set; }

    public bool ShellJob { get; set; }

    public bool ExtUnixSk { get; set; }

    /// <summary>Namespaces to make but not to restore.</summary>
    public List<string> EmptyNs { get; set; } = [];

    public string? Problem() => null;
}
