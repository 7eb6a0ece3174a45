using System.Text.Json;

namespace Shimd.Storage;

/// <summary>How a process's output is logged: a member of process.json, for its shim and for whoever reads the log.</summary>
internal sealed class LogSettings : IRecord<LogSettings>
{
    /// <summary>A file may grow without end.</summary>
    public const long NoLimit = long.MaxValue;

    private const string JsonFile = "json-file";
    private const string Cri = "cri";
    private const string Block = "block";
    private const string Drop = "drop";

    /// <summary>Docker's json-file, else Kubernetes' cri: see <see cref="LogLine"/>.</summary>
    public bool Json { get; init; }

    /// <summary>The current file; a name without a directory lies in the process's directory.</summary>
    public string Path { get; init; } = ProcessDirectory.OutputLogName;

    /// <summary>A line that would make the file larger, in bytes, begins another one.</summary>
    public long MaxSize { get; init; } = NoLimit;

    /// <summary>The files that are kept, the current one included.</summary>
    public int MaxFiles { get; init; } = 1;

    /// <summary>While the log cannot be written, output is dropped and counted; else the process waits.</summary>
    public bool DropWhenFull { get; init; }

    public static LogSettings Read(RecordReader from) => new()
    {
        Json = from.Word("format", [JsonFile, Cri]) == JsonFile,
        Path = from.Text("path"),
        MaxSize = from.LongOrNone("maxSize") ?? NoLimit,
        MaxFiles = from.Int("maxFiles"),
        DropWhenFull = from.Word("onFull", [Block, Drop]) == Drop,
    };

    public void Write(Utf8JsonWriter json)
    {
        json.WriteString("format", Json ? JsonFile : Cri);
        json.WriteString("path", Path);
        if (MaxSize != NoLimit)
        {
            json.WriteNumber("maxSize", MaxSize);
        }

        json.WriteNumber("maxFiles", MaxFiles);
        json.WriteString("onFull", DropWhenFull ? Drop : Block);
    }
}
