using System.Text.Json;

namespace Shimd.Oci;

/// <summary>
/// What agent and shim say to each other, a JSON object a line. It reads and writes itself, member by member: a shim that loads the
/// serializer for a line or two has it in its memory for as long as it lives.
/// </summary>
internal interface IMessage
{
    /// <summary>Writes the members, without the braces.</summary>
    void Write(Utf8JsonWriter json);
}

/// <inheritdoc/>
internal interface IMessage<TSelf> : IMessage
    where TSelf : class, IMessage<TSelf>
{
    /// <summary>Builds the message; members that it does not know are ignored.</summary>
    /// <exception cref="JsonException">A member is missing, or is not what it should be; the message says which.</exception>
    static abstract TSelf Read(MessageReader from);
}
