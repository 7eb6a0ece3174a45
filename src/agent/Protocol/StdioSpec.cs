using System.Text.Json;
using System.Text.Json.Serialization;

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
[JsonConverter(typeof(StdioSpecConverter))]
internal sealed record StdioSpec(StdioKind Kind, string? Path = null, int Fd = -1)
{
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
}

/// <summary>The union's wire form. Its errors carry their own part of the path.</summary>
internal sealed class StdioSpecConverter : JsonConverter<StdioSpec>
{
    private const string Shape = "must be null, \"log\", \"attach\", or an object with one of fifo, file, fd";

    /// <summary>The JSON literal null is a value here; absence is not.</summary>
    public override bool HandleNull => true;

    public override StdioSpec Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        JsonElement element = JsonElement.ParseValue(ref reader);
        return element.ValueKind switch
        {
            JsonValueKind.Null => new StdioSpec(StdioKind.Null),
            JsonValueKind.String => ReadWord(element),
            JsonValueKind.Object => ReadObject(element),
            _ => throw Invalid("", Shape),
        };
    }

    public override void Write(Utf8JsonWriter writer, StdioSpec value, JsonSerializerOptions options)
    {
        switch (value.Kind)
        {
            case StdioKind.Log:
                writer.WriteStringValue("log"u8);
                break;
            case StdioKind.Attach:
                writer.WriteStringValue("attach"u8);
                break;
            case StdioKind.Fifo or StdioKind.File:
                writer.WriteStartObject();
                writer.WriteString(value.Kind == StdioKind.Fifo ? "fifo"u8 : "file"u8, value.Path);
                writer.WriteEndObject();
                break;
            case StdioKind.Fd:
                writer.WriteStartObject();
                writer.WriteNumber("fd"u8, value.Fd);
                writer.WriteEndObject();
                break;
            default:
                writer.WriteNullValue();
                break;
        }
    }

    private static StdioSpec ReadWord(JsonElement element) => element.GetString() switch
    {
        "null" => new StdioSpec(StdioKind.Null),
        "log" => new StdioSpec(StdioKind.Log),
        "attach" => new StdioSpec(StdioKind.Attach),
        _ => throw Invalid("", Shape),
    };

    private static StdioSpec ReadObject(JsonElement element)
    {
        if (element.GetPropertyCount() != 1)
        {
            throw Invalid("", Shape);
        }

        JsonElement.ObjectEnumerator members = element.EnumerateObject();
        members.MoveNext();
        JsonElement value = members.Current.Value;
        string name = members.Current.Name;
        return name switch
        {
            "fifo" or "file" when value.ValueKind != JsonValueKind.String => throw Invalid(name, "must be a string"),
            "fifo" => new StdioSpec(StdioKind.Fifo, value.GetString()),
            "file" => new StdioSpec(StdioKind.File, value.GetString()),
            "fd" => value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int fd)
                ? new StdioSpec(StdioKind.Fd, Fd: fd)
                : throw Invalid("fd", "must be an integer"),
            _ => throw Invalid(WireText.Truncate(name, 128), "is not known here; known are: fifo, file, fd"),
        };
    }

    private static JsonException Invalid(string path, string message) => new(null, ShimdException.InvalidParams(path, message));
}
