namespace Shimd.Protocol;

/// <summary>A container as clients see it. Its shape is constant: what is not known is null, not missing.</summary>
internal sealed record ContainerInfo : IWireObject<ContainerInfo>
{
    public required string Id { get; init; }

    /// <summary>New for each create: tells a container from a later one of the same id.</summary>
    public required string Instance { get; init; }

    public required string Bundle { get; init; }

    public required string Runtime { get; init; }

    /// <summary>One of <see cref="StatusWords"/>.</summary>
    public required string Status { get; init; }

    /// <summary>Of the process <c>init</c>, in the agent's PID namespace; null before it exists and after it was reaped.</summary>
    public int? Pid { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public ExitInfo? Exit { get; init; }

    public required IReadOnlyDictionary<string, string> Labels { get; init; }

    /// <summary>The names of its processes, <c>init</c> first, shortened with <see cref="ForDisplay"/>; the method <c>processes</c> has the whole of
    /// them.</summary>
    public required IReadOnlyList<string> Processes { get; init; }

    public static ContainerInfo Read(WireReader from) => new()
    {
        Id = from.Text("id"),
        Instance = from.Text("instance"),
        Bundle = from.Text("bundle"),
        Runtime = from.Text("runtime"),
        Status = from.Text("status"),
        Pid = from.IntOrNone("pid", WireNeed.OrNull),
        CreatedAt = from.Time("createdAt"),
        StartedAt = from.TimeOrNone("startedAt", WireNeed.OrNull),
        Exit = from.ObjectOrNone<ExitInfo>("exit", WireNeed.OrNull),
        Labels = from.TextMap("labels"),
        Processes = from.Texts("processes"),
    };

    public void Write(WireWriter to)
    {
        to.Text("id", Id);
        to.Text("instance", Instance);
        to.Text("bundle", Bundle);
        to.Text("runtime", Runtime);
        to.Text("status", Status);
        to.Number("pid", Pid);
        to.Time("createdAt", CreatedAt);
        to.Time("startedAt", StartedAt);
        to.Object("exit", Exit);
        to.TextMap("labels", Labels);
        to.Texts("processes", Processes);
    }

    /// <summary>
    /// As many names as always fit a reply, and an ellipsis, which is no name, where there are more: execs that nobody deletes pile up, and one
    /// container that does not fit a line would take <c>list</c> from everybody.
    /// </summary>
    public static List<string> ForDisplay(List<string> names, int maxBytes = Limits.MaxProcessNamesBytes)
    {
        // Two quotes and a comma each; a name has no escapes.
        const int Punctuation = 3;
        int bytes = 0;
        for (int i = 0; i < names.Count; i++)
        {
            bytes += names[i].Length + Punctuation;
            if (bytes > maxBytes)
            {
                return [.. names[..i], WireText.Ellipsis];
            }
        }

        return names;
    }
}
