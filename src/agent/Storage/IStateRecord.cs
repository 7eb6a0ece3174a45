namespace Shimd.Storage;

/// <summary>
/// What every state file begins with: readers ignore members they do not know, and refuse a newer version. A member that an older
/// version did not write has its default. Records are filled once, by whoever makes them or by the serializer, and not changed after.
/// </summary>
internal interface IStateRecord
{
    const int CurrentVersion = 1;

    long Version { get; }

    /// <summary>What is wrong with what was read, though it has all its members; null when nothing is. A newer version may know more words.</summary>
    string? Problem();
}

/// <summary>Members that are one word of a list.</summary>
internal static class Words
{
    /// <summary>The known word itself for one that was read, so that all who have it hold the same.</summary>
    public static string Shared(string word, ReadOnlySpan<string> known)
    {
        int index = known.IndexOf(word);
        return index < 0 ? word : known[index];
    }

    /// <summary>Says so when it is none of them.</summary>
    public static string? Problem(string member, string word, ReadOnlySpan<string> known)
        => known.Contains(word) ? null : $"its '{member}' is '{word}', which is none of {string.Join(", ", known)}";
}
