using System.Text.Json;
using Shimd.Native;

namespace Shimd.Storage;

/// <summary>What came of reading a state file.</summary>
internal readonly record struct StateRead<T>(T? Record, Errno Error, string? Problem)
    where T : class
{
    public bool IsMissing => Error == Errno.ENOENT;
}

/// <summary>State files: JSON with a version, written whole or not at all.</summary>
internal static class StateFile
{
    /// <summary>Of what is written, and the newest that is read.</summary>
    public const int CurrentVersion = 1;

    private const string VersionName = "version";

    /// <summary>The first member of every state record.</summary>
    public static void WriteVersion(Utf8JsonWriter json) => json.WriteNumber(VersionName, CurrentVersion);

    /// <summary>Writes the record; durable unless the file system lives in memory. Errors: those of <see cref="AtomicFile"/>.</summary>
    public static SysResult Write(string path, IRecord record)
    {
        string directory = Path.GetDirectoryName(path) is { Length: > 0 } named ? named : ".";
        return AtomicFile.Write(path, RecordText.Of(record), durable: !NativeFile.IsInMemory(directory));
    }

    /// <summary>Reads the record, or says why not; a newer version than ours counts as unreadable.</summary>
    public static StateRead<T> Read<T>(string path)
        where T : class, IStateRecord<T>
    {
        SysResult<byte[]> content = NativeFile.ReadAll(path);
        if (!content.IsOk)
        {
            return new StateRead<T>(null, content.Error, $"{path}: {content.Error.Describe()}");
        }

        try
        {
            JsonElement root = JsonElement.Parse(content.Value);
            if (VersionOf(root) is > CurrentVersion and var newer)
            {
                return Unreadable<T>($"{path}: version {newer} was written by a newer shimd; this one knows {CurrentVersion}");
            }

            return new StateRead<T>(RecordReader.Read<T>(root), Errno.None, null);
        }
        catch (JsonException exception)
        {
            // Where, in our own words: the library's are not in the binary.
            return Unreadable<T>(exception.LineNumber is { } line
                ? $"{path}: not what this file should be, at line {line + 1}, byte {exception.BytePositionInLine}"
                : $"{path}: {exception.Message}");
        }
    }

    private static StateRead<T> Unreadable<T>(string problem)
        where T : class
        => new(null, Errno.EINVAL, problem);

    /// <summary>None counts as the first, which is what it would have been.</summary>
    private static long VersionOf(JsonElement record)
    {
        if (record.ValueKind != JsonValueKind.Object || !record.TryGetProperty(VersionName, out JsonElement version))
        {
            return CurrentVersion;
        }

        return version.ValueKind == JsonValueKind.Number && version.TryGetInt64(out long number)
            ? number
            : throw new JsonException($"its '{VersionName}' is no number");
    }
}
