using System.Text.Json;
using Shimd.Protocol;

namespace Shimd.Server;

/// <summary>Whom a change concerns, as its params say, for the log and for explain.</summary>
/// <param name="Container">"?" where they name none, or nothing that could be a container's name.</param>
/// <param name="Process">Null where they name none.</param>
internal readonly record struct Subject(string Container, string? Process)
{
    /// <summary>Of a name's text, each character escaped, and its quotes.</summary>
    private const int MaxNameBytes = (6 * Identifier.MaxLength) + 2;

    public static Subject Of(ReadOnlyMemory<byte> parameters)
    {
        var members = JsonMembers.Of(parameters);
        return new Subject(NameIn(members, "id") ?? "?", NameIn(members, "process"));
    }

    private static string? NameIn(JsonMembers members, string member) =>
        members.TryGet(member, out JsonSlice value) && value.Kind == JsonValueKind.String && value.Text.Length <= MaxNameBytes
        && value.GetString() is var name && Identifier.IsValid(name) ? name : null;
}
