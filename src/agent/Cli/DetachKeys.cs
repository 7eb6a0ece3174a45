namespace Shimd.Cli;

/// <summary>Finds the keys that leave a terminal, such as <c>ctrl-p,ctrl-q</c>, in what is typed. The beginning of them is held back
/// until it is clear that they do not follow.</summary>
internal sealed class DetachKeys
{
    public const string Default = "ctrl-p,ctrl-q";

    /// <summary>The word for no keys at all.</summary>
    public const string None = "none";

    private readonly byte[] _keys;
    private int _matched;

    private DetachKeys(byte[] keys) => _keys = keys;

    /// <summary>Null when that is not understood.</summary>
    public static DetachKeys? Parse(string text)
    {
        if (text == None)
        {
            return new DetachKeys([]);
        }

        string[] names = text.Split(',');
        byte[] keys = new byte[names.Length];
        for (int i = 0; i < names.Length; i++)
        {
            string name = names[i];
            char last = name.Length > 0 ? name[^1] : '\0';
            if (name.Length == 1 && char.IsAscii(last) && !char.IsControl(last))
            {
                keys[i] = (byte)last;
            }
            else if (name.Length == 6 && name.StartsWith("ctrl-", StringComparison.Ordinal) && char.ToUpperInvariant(last) is >= '@' and <= '_' and var upper)
            {
                keys[i] = (byte)(upper - '@');
            }
            else
            {
                return null;
            }
        }

        return new DetachKeys(keys);
    }

    /// <summary>Passes on what was typed.</summary>
    /// <param name="typed">What was read.</param>
    /// <param name="passed">Gets what is not held back: room for <paramref name="typed"/> and for the keys.</param>
    /// <param name="length">How much that is.</param>
    /// <returns>True when the keys were typed; what came after them is dropped.</returns>
    public bool Filter(ReadOnlySpan<byte> typed, Span<byte> passed, out int length)
    {
        length = 0;
        foreach (byte key in typed)
        {
            Match(key, passed, ref length);
            if (_keys.Length > 0 && _matched == _keys.Length)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>How many bytes the filter may add to what was read.</summary>
    public int MaxHeld => _keys.Length;

    private void Match(byte key, Span<byte> passed, ref int length)
    {
        // The longest beginning of the keys that what was typed ends with now.
        while (_matched > 0 && _keys[_matched] != key)
        {
            int shorter = _matched - 1;
            while (shorter > 0 && !_keys.AsSpan(0, shorter).SequenceEqual(_keys.AsSpan(_matched - shorter, shorter)))
            {
                shorter--;
            }

            _keys.AsSpan(0, _matched - shorter).CopyTo(passed[length..]);
            length += _matched - shorter;
            _matched = shorter;
        }

        if (_keys.Length > 0 && _keys[_matched] == key)
        {
            _matched++;
        }
        else
        {
            passed[length++] = key;
        }
    }
}
