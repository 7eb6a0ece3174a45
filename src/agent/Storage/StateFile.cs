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
    public static SysResult Write<T>(string path, T record, JsonTypeInfo<T> type)
    {
        string directory = Path.GetDirectoryName(path) is { Length: > 0 } named ? named : ".";
        return AtomicFile.Write(path, JsonSerializer.SerializeToUtf8Bytes(record, type), durable: !NativeFile.IsInMemory(directory));
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
            T? record = JsonSerializer.Deserialize(content.Value, type);
            return record switch
            {
                null => new StateRead<T>(null, Errno.EINVAL, $"{path}: null"),
                { Version: > IStateRecord.CurrentVersion } => new StateRead<T>(
                    null, Errno.EINVAL, $"{path}: version {record.Version} was written by a newer shimd; this one knows {IStateRecord.CurrentVersion}"),
                _ => new StateRead<T>(record, Errno.None, null),
            };
        }
        catch (JsonException exception)
        {
            return new StateRead<T>(null, Errno.EINVAL, $"{path}: {exception.Message}");
        }
    }
}
