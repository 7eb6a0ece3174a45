namespace Shimd.Protocol;

/// <summary>As many items as fit one reply line, and whether there are more.</summary>
internal readonly record struct Page<T>(List<T> Items, bool HasMore);

/// <summary>Cuts lists into pages by what they weigh on the wire: counting items does not bound a line.</summary>
internal static class Page
{
    /// <summary>Leaves room for the envelope, an id of the longest kind, and a few members beside the list.</summary>
    public const int DefaultMaxBytes = 60_000;

    /// <summary>Takes items in order. The first is taken whatever it weighs, so that a caller that goes on after it always makes progress.</summary>
    public static Page<T> Take<T>(IEnumerable<T> items, int limit, int maxBytes = DefaultMaxBytes)
        where T : class, IWireObject
    {
        List<T> taken = [];
        OutputBuffer buffer = new();
        int bytes = 0;
        foreach (T item in items)
        {
            Wire.Write(buffer, item);
            bytes += buffer.Pending + 1;
            buffer.Consume(buffer.Pending);
            if (taken.Count == limit || (bytes > maxBytes && taken.Count > 0))
            {
                return new Page<T>(taken, HasMore: true);
            }

            taken.Add(item);
        }

        return new Page<T>(taken, HasMore: false);
    }
}
