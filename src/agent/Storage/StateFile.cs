using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
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
    /// <summary>Writes the record; durable unless the file system lives in memory. Errors: those of <see cref="AtomicFile"/>.</summary>
    /// <param name="path">The file.</param>
    /// <param name="record">What it is to hold.</param>
    /// <param name="type">Its members.</param>
    /// <param name="syncName">As there.</param>
    public static SysResult Write<T>(string path, T record, JsonTypeInfo<T> type, bool syncName = true)
        => Write(path, JsonSerializer.SerializeToUtf8Bytes(record, type), syncName);

    /// <summary>Writes what the record has become already; otherwise the same.</summary>
    public static SysResult Write(string path, ReadOnlySpan<byte> content, bool syncName = true)
    {
        string directory = Path.GetDirectoryName(path) is { Length: > 0 } named ? named : ".";
        return AtomicFile.Write(path, content, durable: !NativeFile.IsInMemory(directory), syncName);
    }

    /// <summary>Has the names in a directory outlive a power cut, unless they live in memory. Errors: EIO.</summary>
    public static SysResult SyncNames(string directory)
        => NativeFile.IsInMemory(directory) ? SysResult.Ok : NativeFile.SyncDirectory(directory);

    /// <summary>Has what is in the file, and its name, outlive a power cut, unless they live in memory. Errors: EIO.</summary>
    public static SysResult Sync(string path)
    {
        string directory = Path.GetDirectoryName(path) is { Length: > 0 } named ? named : ".";
        if (NativeFile.IsInMemory(directory))
        {
            return SysResult.Ok;
        }

        SysResult<Fd> opened = NativeFile.OpenRead(path);
        using Fd? file = opened.Value;
        SysResult synced = file is null ? SysResult.Fail(opened.Error) : NativeFile.Sync(file);
        return synced.IsOk ? NativeFile.SyncDirectory(directory) : synced;
    }

    /// <summary>Reads the record, or says why not; a newer version than ours counts as unreadable.</summary>
    public static StateRead<T> Read<T>(string path, JsonTypeInfo<T> type)
        where T : class, IStateRecord
    {
        SysResult<byte[]> content = NativeFile.ReadAll(path);
        if (!content.IsOk)
        {
            return new StateRead<T>(null, content.Error, $"{path}: {content.Error.Describe()}");
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(content.Value);
            if (VersionOf(document.RootElement) is > IStateRecord.CurrentVersion and var newer)
            {
                return Unreadable<T>($"{path}: version {newer} was written by a newer shimd; this one knows {IStateRecord.CurrentVersion}");
            }

            if (MissingIn(document.RootElement, type) is { } missing)
            {
                return Unreadable<T>($"{path}: it has no '{missing}'");
            }

            T? record = document.RootElement.Deserialize(type);
            return (record is null ? "null" : record.Problem()) is { } problem
                ? Unreadable<T>($"{path}: {problem}")
                : new StateRead<T>(record, Errno.None, null);
        }
        catch (JsonException exception)
        {
            // Where, in our own words: the library's are not in the binary.
            string where = exception.LineNumber is { } line ? $"line {line + 1}, byte {exception.BytePositionInLine}" : exception.Path ?? "its members";
            return Unreadable<T>($"{path}: not what this file should be, at {where}");
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair, which the parser lets pass.
            return Unreadable<T>($"{path}: a text in it is no Unicode");
        }
    }

    private static string? MissingIn<T>(JsonElement record, JsonTypeInfo<T> type)
    {
        if (record.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonPropertyInfo member in type.Properties)
            {
                if (member.IsRequired && !record.TryGetProperty(member.Name, out _))
                {
                    return member.Name;
                }
            }
        }

        return null;
    }

    private static StateRead<T> Unreadable<T>(string problem)
        where T : class
        => new(null, Errno.EINVAL, problem);

    private static int? VersionOf(JsonElement record)
        => record.ValueKind == JsonValueKind.Object
            && record.TryGetProperty("version", out JsonElement version)
            && version.ValueKind == JsonValueKind.Number
            && version.TryGetInt32(out int number)
            ? number
            : null;
}
