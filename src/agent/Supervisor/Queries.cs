using Shimd.Protocol;

namespace Shimd.Supervisor;

/// <summary>Questions that memory answers: they never wait for a runtime.</summary>
internal sealed class Queries(Agency agency)
{
    private const int DefaultListLimit = 100;

    /// <summary>As JSON.</summary>
    public ReadOnlySpan<byte> Container(string id, string? instance) => agency.Find(id, instance).DescribeAsJson();

    public ProcessInfo Process(string id, string? instance, string process)
    {
        Container container = agency.Find(id, instance);
        return container.Describe(container.Find(process));
    }

    /// <summary>list: a page of the containers that match, in the order of their ids.</summary>
    public ListResult List(ListParams request)
    {
        Page<ContainerInfo> page = Page.Take(Matching(request), request.Limit ?? DefaultListLimit);
        return new ListResult { Containers = page.Items, Next = page.HasMore ? page.Items[^1].Id : null };
    }

    public ProcessesResult Processes(ContainerParams request)
    {
        Container container = agency.Find(request.Id, request.Instance);
        Page<ProcessInfo> page = Page.Take(Described(container), int.MaxValue);
        return new ProcessesResult { Processes = page.Items, Truncated = page.HasMore };
    }

    private IEnumerable<ContainerInfo> Matching(ListParams request)
    {
        foreach (Container container in agency.Containers.Values)
        {
            if (!container.IsLeaving
                && (request.After is null || string.CompareOrdinal(container.Id, request.After) > 0)
                && (request.Status is null || container.Status == request.Status)
                && (request.Label is null || HasLabel(container, request.Label)))
            {
                yield return container.Describe();
            }
        }
    }

    private static IEnumerable<ProcessInfo> Described(Container container)
    {
        foreach (SupervisedProcess process in container.Processes.Values)
        {
            yield return container.Describe(process);
        }
    }

    private static bool HasLabel(Container container, string label)
    {
        int equals = label.IndexOf('=', StringComparison.Ordinal);
        return equals < 0
            ? container.Record.Labels.ContainsKey(label)
            : container.Record.Labels.TryGetValue(label[..equals], out string? value) && value == label[(equals + 1)..];
    }
}
