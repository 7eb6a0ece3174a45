using System.Text.Json;

namespace Shimd.Storage;

/// <summary>
/// What is kept in a file, or said between agent and shim, as a JSON object. It reads and writes itself, member by member: the
/// serializer's model of the same records took a tenth of the binary, and of the memory of each shim that touched it.
/// </summary>
internal interface IRecord
{
    /// <summary>Writes the members, without the braces.</summary>
    void Write(Utf8JsonWriter json);
}

/// <inheritdoc/>
internal interface IRecord<TSelf> : IRecord
    where TSelf : class, IRecord<TSelf>
{
    /// <summary>Builds the record; what an older version did not write has its default.</summary>
    /// <exception cref="JsonException">A member is missing, or is not what it should be; the message says which.</exception>
    static abstract TSelf Read(RecordReader from);
}

/// <summary>
/// A record in a file of its own, which begins with its version: readers ignore members they do not know, and refuse a newer one.
/// </summary>
internal interface IStateRecord<TSelf> : IRecord<TSelf>
    where TSelf : class, IStateRecord<TSelf>;
