using System.Text.Json.Serialization;

namespace Shimd.Storage;

/// <summary>How a process's output is logged: a member of process.json, for its shim and for whoever reads the log.</summary>
internal sealed class LogSettings
{
    /// <summary>A file may grow without end.</summary>
    public const long NoLimit = long.MaxValue;

    private const string JsonFile = "json-file";
    private const string Cri = "cri";
    private const string Block = "block";
    private const string Drop = "drop";

    /// <summary>The current file; a name without a directory lies in the process's directory.</summary>
    [JsonRequired]
    public string Path { get; set; } = ProcessDirectory.OutputLogName;

    [JsonRequired]
    public string Format { get; set; } = Cri;

    /// <summary>Absent: no limit.</summary>
    [JsonPropertyName("maxSize")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long MaxSizeOrZero { get; set; }

    [JsonRequired]
    [JsonPropertyName("maxFiles")]
    public long MaxFilesNumber { get; set; } = 1;

    [JsonRequired]
    public string OnFull { get; set; } = Block;

    /// <summary>Docker's json-file, else Kubernetes' cri: see <see cref="LogLine"/>.</summary>
    internal bool Json
    {
        get => Format == JsonFile;
        init => Format = value ? JsonFile : Cri;
    }

    /// <summary>A line that would make the file larger, in bytes, begins another one.</summary>
    internal long MaxSize
    {
        get => MaxSizeOrZero == 0 ? NoLimit : MaxSizeOrZero;
        init => MaxSizeOrZero = value == NoLimit ? 0 : value;
    }

    /// <summary>The files that are kept, the current one included.</summary>
    internal int MaxFiles
    {
        get => (int)MaxFilesNumber;
        init => MaxFilesNumber = value;
    }

    /// <summary>While the log cannot be written, output is dropped and counted; else the process waits.</summary>
    internal bool DropWhenFull
    {
        get => OnFull == Drop;
        init => OnFull = value ? Drop : Block;
    }

    internal string? Problem() => Words.Problem("log.format", Format, [JsonFile, Cri]) ?? Words.Problem("log.onFull", OnFull, [Block, Drop]);
}
