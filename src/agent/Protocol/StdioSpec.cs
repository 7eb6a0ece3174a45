using System.Text.Json;

namespace Shimd.Protocol;

/// <summary>Where a standard stream leads.</summary>
internal enum StdioKind
{
    /// <summary>/dev/null.</summary>
    Null,

    /// <summary>The shim writes the log.</summary>
    Log,

    /// <summary>Kept for <c>attach</c>.</summary>
    Attach,

    /// <summary>A fifo of the client's.</summary>
    Fifo,

    File,

    /// <summary>A descriptor that came with the line.</summary>
    Fd,
}

/// <summary>
/// One stream of <c>stdio</c>: <c>null</c> (the word or the JSON literal), <c>"log"</c>, <c>"attach"</c>, or an object with one of
/// <c>fifo</c>, <c>file</c>, <c>fd</c>.
/// </summary>
internal sealed record StdioSpec(StdioKind Kind, string? Path = null, int Fd = -1)
{
    private const string Shape = "must be null, \"log\", \"attach\", or an object with one of fifo, file, fd";

    /// <param name="value">The JSON literal null is a value here.</param>
    /// <param name="path">The member, for errors.</param>
    /// <exception cref="ShimdException">INVALID_PARAMS.</exception>
    public static StdioSpec Read(JsonSlice value, string path) => value.Kind switch
    {
        JsonValueKind.Null => new StdioSpec(StdioKind.Null),
        JsonValueKind.String => ReadWord(value, path),
        JsonValueKind.Object => ReadObject(value, path),
        _ => throw ShimdException.InvalidParams(path, Shape),
    };

    public void Write(Utf8JsonWriter writer)
    {
        switch (Kind)
        {
            case StdioKind.Log:
                writer.WriteStringValue("log"u8);
                break;
            case StdioKind.Attach:
                writer.WriteStringValue("attach"u8);
                break;
            case StdioKind.Fifo or StdioKind.File:
                writer.WriteStartObject();
                writer.WriteString(Kind == StdioKind.Fifo ? "fifo"u8 : "file"u8, Path);
                writer.WriteEndObject();
                break;
            case StdioKind.Fd:
                writer.WriteStartObject();
                writer.WriteNumber("fd"u8, Fd);
                writer.WriteEndObject();
                break;
            default:
                writer.WriteNullValue();
                break;
        }
    }

    /// <summary>Checks what depends on the stream.</summary>
    public void Validate(string path, bool isInput)
    {
        Check.That(!(isInput && Kind == StdioKind.Log), path, "cannot be \"log\": only output is logged");
        if (Kind is StdioKind.Fifo or StdioKind.File)
        {
            Check.AbsolutePath(Path ?? "", $"{path}.{(Kind == StdioKind.Fifo ? "fifo" : "file")}");
        }
        else if (Kind == StdioKind.Fd)
        {
            Check.Range(Fd, 0, Limits.MaxDescriptors - 1, $"{path}.fd");
        }
    }

    private static StdioSpec ReadWord(JsonSlice value, string path) => value.GetString() switch
    {
        "null" => new StdioSpec(StdioKind.Null),
        "log" => new StdioSpec(StdioKind.Log),
        "attach" => new StdioSpec(StdioKind.Attach),
        _ => throw ShimdException.InvalidParams(path, Shape),
    };

    private static StdioSpec ReadObject(JsonSlice owner, string path)
    {
        StdioSpec? spec = null;
        JsonMembers members = owner.GetMembers();
        for (int i = 0; i < members.Count; i++)
        {
            StdioSpec found = ReadMember(members.NameAt(i), members.ValueAt(i), path);
            spec = spec is null ? found : throw ShimdException.InvalidParams(path, Shape);
        }

        return spec ?? throw ShimdException.InvalidParams(path, Shape);
    }

    private static StdioSpec ReadMember(string name, JsonSlice value, string path) => name switch
    {
        "fifo" or "file" when value.Kind != JsonValueKind.String => throw ShimdException.InvalidParams($"{path}.{name}", "must be a string"),
        "fifo" => new StdioSpec(StdioKind.Fifo, value.GetString()),
        "file" => new StdioSpec(StdioKind.File, value.GetString()),
        "fd" => value.Kind == JsonValueKind.Number && value.TryGetInt32(out int fd)
            ? new StdioSpec(StdioKind.Fd, Fd: fd)
            : throw ShimdException.InvalidParams($"{path}.fd", "must be an integer"),
        _ => throw ShimdException.InvalidParams($"{path}.{WireText.Truncate(name, 128)}", "is not known here; known are: fifo, file, fd"),
    };
}
