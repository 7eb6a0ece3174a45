using System.Diagnostics.CodeAnalysis;

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

    /// <summary>Whether it is this very one that has its id.</summary>
    public bool Contains(Container container) => _byId.GetValueOrDefault(container.Id) == container;
}
