using System.Runtime.CompilerServices;

namespace Shimd.Protocol;

/// <summary>
/// Reads an object from its beginning to its end, if it is written as most are: without escapes, with few names at a time, no key twice, nothing between tokens but
/// spaces. What it accepts is JSON, and the parser would accept it (a test compares the two); of what it does not accept it says nothing, and the parser is asked.
/// </summary>
internal ref struct JsonScanner
{
    private const int MaxNames = 32;
    private const byte LastControl = 0x1F;

    private readonly ReadOnlySpan<byte> _text;
    private readonly JsonMembers _members;
    private readonly Span<(int Start, int Length)> _names;
    private int _count;
    private int _depth;
    private int _at;

    /// <param name="names">Room for those of the open objects, one after the other.</param>
    private JsonScanner(ReadOnlySpan<byte> text, JsonMembers members, Span<(int Start, int Length)> names)
    {
        _text = text;
        _members = members;
        _names = names;
    }

    /// <summary>Reads all of the text, which must be valid UTF-8.</summary>
    /// <param name="text">What may be an object.</param>
    /// <param name="members">Gets its members; none where it is not accepted.</param>
    /// <param name="root">Where in the text the object lies.</param>
    [SkipLocalsInit]
    public static bool TryRead(ReadOnlySpan<byte> text, JsonMembers members, out Range root)
    {
        root = default;
        if (text.Contains((byte)'\\') || text.IndexOfAnyInRange((byte)0, LastControl) >= 0)
        {
            return false;
        }

        Span<(int Start, int Length)> names = stackalloc (int, int)[MaxNames];
        JsonScanner scanner = new(text, members, names);
        scanner.SkipSpaces();
        int begin = scanner._at;
        bool accepted = scanner.Next == '{' && scanner.TryObject();
        root = begin..scanner._at;
        scanner.SkipSpaces();
        accepted = accepted && scanner._at == text.Length;
        if (!accepted)
        {
            members.Clear();
        }

        return accepted;
    }

    /// <summary>NUL at the end: it is no part of JSON.</summary>
    private readonly byte Next
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (uint)_at < (uint)_text.Length ? _text[_at] : (byte)0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void SkipSpaces()
    {
        while (Next == ' ')
        {
            _at++;
        }
    }

    private bool TryTake(char expected)
    {
        bool found = Next == expected;
        _at += found ? 1 : 0;
        return found;
    }

    private bool TryObject()
    {
        int before = _count;
        if (++_depth > Limits.MaxDepth)
        {
            return false;
        }

        _at++;
        SkipSpaces();
        while (!TryTake('}'))
        {
            if (!TryMember(before) || !TrySeparator('}'))
            {
                return false;
            }
        }

        _depth--;
        _count = before;
        return true;
    }

    /// <param name="first">The first name of the object that it belongs to.</param>
    private bool TryMember(int first)
    {
        int name = _at + 1;
        if (Next != '"' || !TryString() || _count == MaxNames || IsTaken(first, name, _at - 1))
        {
            return false;
        }

        int nameEnd = _at - 1;
        _names[_count++] = (name, nameEnd - name);
        SkipSpaces();
        if (!TryTake(':'))
        {
            return false;
        }

        SkipSpaces();
        int start = _at;
        bool accepted = TryValue();
        if (_depth == 1)
        {
            _members.Add(name, nameEnd - name, start, _at);
        }

        return accepted;
    }

    private readonly bool IsTaken(int first, int start, int end)
    {
        ReadOnlySpan<byte> name = _text[start..end];
        for (int i = first; i < _count; i++)
        {
            (int otherStart, int length) = _names[i];
            if (length == name.Length && name.SequenceEqual(_text.Slice(otherStart, length)))
            {
                return true;
            }
        }

        return false;
    }

    private bool TryArray()
    {
        if (++_depth > Limits.MaxDepth)
        {
            return false;
        }

        _at++;
        SkipSpaces();
        while (!TryTake(']'))
        {
            if (!TryValue() || !TrySeparator(']'))
            {
                return false;
            }
        }

        _depth--;
        return true;
    }

    /// <summary>A comma with something behind it, or the end, which is left.</summary>
    private bool TrySeparator(char end)
    {
        SkipSpaces();
        if (!TryTake(','))
        {
            return Next == end;
        }

        SkipSpaces();
        return Next != end;
    }

    private bool TryValue() => Next switch
    {
        (byte)'"' => TryString(),
        (byte)'{' => TryObject(),
        (byte)'[' => TryArray(),
        (byte)'t' => TryWord("true"u8),
        (byte)'f' => TryWord("false"u8),
        (byte)'n' => TryWord("null"u8),
        _ => TryNumber(),
    };

    private bool TryString()
    {
        int length = _text[(_at + 1)..].IndexOf((byte)'"');
        _at += length + 2;
        return length >= 0;
    }

    private bool TryWord(scoped ReadOnlySpan<byte> word)
    {
        bool found = _text[_at..].StartsWith(word);
        _at += found ? word.Length : 0;
        return found;
    }

    private bool TryNumber()
    {
        _ = TryTake('-');
        if (!TryTake('0') && !TryDigits())
        {
            return false;
        }

        if (TryTake('.') && !TryDigits())
        {
            return false;
        }

        if (!TryTake('e') && !TryTake('E'))
        {
            return true;
        }

        _ = TryTake('+') || TryTake('-');
        return TryDigits();
    }

    private bool TryDigits()
    {
        int start = _at;
        while (Next is >= (byte)'0' and <= (byte)'9')
        {
            _at++;
        }

        return _at > start;
    }
}
