using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Shimd.Protocol;

namespace Shimd.Supervisor;

/// <summary>All containers: found by their ids without a search, listed in the order of these.</summary>
internal sealed class ContainerTable
{
    private readonly Dictionary<string, Container> _byId = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, Container> _inOrder = new(StringComparer.Ordinal);

    /// <summary>In the order of their ids. For one who does not wait on the way: a container that comes or goes ends the enumeration.</summary>
    public IReadOnlyCollection<Container> Values => _inOrder.Values;

    public void Add(Container container)
    {
        _byId.Add(container.Id, container);
        _inOrder.Add(container.Id, container);
    }

    public void Remove(Container container)
    {
        _byId.Remove(container.Id);
        _inOrder.Remove(container.Id);
    }

    public bool TryGet(string id, [NotNullWhen(true)] out Container? container) => _byId.TryGetValue(id, out container);

    /// <summary>What <c>state</c> answers of the container with this id, as JSON, if it was asked for as it is before; else empty. Nothing is made for it.</summary>
    /// <param name="id">In UTF-8, as it stands in a line.</param>
    public ReadOnlySpan<byte> StateAtHand(ReadOnlySpan<byte> id) => TryGet(id, out Container? container) && !container.IsLeaving ? container.DescriptionAtHand : default;

    /// <summary>Whether it is this very one that has its id.</summary>
    public bool Contains(Container container) => _byId.GetValueOrDefault(container.Id) == container;

    private bool TryGet(ReadOnlySpan<byte> id, [NotNullWhen(true)] out Container? container)
    {
        container = null;
        Span<char> text = stackalloc char[Identifier.MaxLength];
        return id.Length <= text.Length
            && Ascii.ToUtf16(id, text, out int length) == OperationStatus.Done
            && _byId.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(text[..length], out container);
    }
}
