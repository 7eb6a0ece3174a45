namespace Shimd.Protocol;

/// <summary>
/// A record that crosses the socket as a JSON object. It reads and writes itself, member by member: the serializer's model of the same
/// records, a property object and a converter for each member, took a sixth of the binary.
/// </summary>
internal interface IWireObject
{
    /// <summary>Writes the members, without the braces.</summary>
    void Write(WireWriter to);
}

/// <inheritdoc/>
internal interface IWireObject<TSelf> : IWireObject
    where TSelf : class, IWireObject<TSelf>
{
    /// <summary>
    /// Builds the record by asking for every member exactly once, whatever was found of the others: what it asks for is also what
    /// <see cref="WireShape"/> knows of the type.
    /// </summary>
    static abstract TSelf Read(WireReader from);
}

/// <summary>The whole of a JSON object, passed through: what <c>shimd call</c> sends.</summary>
internal sealed record RawObject(System.Text.Json.JsonElement Element) : IWireObject<RawObject>
{
    public static RawObject Read(WireReader from) => new(from.Whole());

    public void Write(WireWriter to) => to.Members(Element);
}
