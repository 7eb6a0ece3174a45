using System.Runtime.CompilerServices;

namespace Shimd.Protocol;

/// <summary>
/// A question as most are written: id, method, params with nothing but a container's id, jsonrpc or not, in ASCII without escapes, nothing between tokens but spaces. It is pieces of its line, which is
/// read once, and nothing is made for it. Of what is not understood here nothing is said: <see cref="Envelope"/> reads it again (a test compares the two).
/// </summary>
internal ref struct PlainRequest
{
    /// <summary>A number of so many is within ±(2^53−1).</summary>
    private const int MaxIdDigits = 15;

    private readonly ReadOnlySpan<byte> _line;
    private int _at;
    private bool _hasVersion;

    private PlainRequest(ReadOnlySpan<byte> line) => _line = line;

    /// <summary>The JSON token, to be echoed.</summary>
    public ReadOnlySpan<byte> Id { get; private set; }

    /// <summary>A name, whether there is such a method or not.</summary>
    public ReadOnlySpan<byte> Method { get; private set; }

    /// <summary>What params say of an id, whether there is such a container or not.</summary>
    public ReadOnlySpan<byte> Container { get; private set; }

    /// <summary>NUL at the end, and the line has none.</summary>
    private readonly byte Next
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (uint)_at < (uint)_line.Length ? _line[_at] : (byte)0;
    }

    public static bool TryRead(ReadOnlySpan<byte> line, out PlainRequest request)
    {
        request = new PlainRequest(line);
        return !line.ContainsAnyExceptInRange((byte)' ', (byte)'~') && !line.Contains((byte)'\\') && request.TryRequest();
    }

    private bool TryRequest()
    {
        if (!TryTake('{'))
        {
            return false;
        }

        do
        {
            if (!TryMember())
            {
                return false;
            }
        }
        while (TryTake(','));
        return TryTake('}') && TryTake('\0') && !Id.IsEmpty && !Method.IsEmpty && !Container.IsEmpty;
    }

    /// <summary>One that has not been there yet: what is empty is not accepted, so whatever is there is not empty.</summary>
    private bool TryMember()
    {
        ReadOnlySpan<byte> name = Text();
        if (!TryTake(':'))
        {
            return false;
        }

        if (name.SequenceEqual("id"u8) && Id.IsEmpty)
        {
            Id = IdToken();
            return !Id.IsEmpty;
        }

        if (name.SequenceEqual("method"u8) && Method.IsEmpty)
        {
            Method = Text();
            return !Method.IsEmpty;
        }

        if (name.SequenceEqual("params"u8) && Container.IsEmpty)
        {
            Container = TryTake('{') && Text().SequenceEqual("id"u8) && TryTake(':') ? Text() : default;
            return !Container.IsEmpty && TryTake('}');
        }

        bool isVersion = name.SequenceEqual("jsonrpc"u8) && !_hasVersion && Text().SequenceEqual("2.0"u8);
        _hasVersion |= isVersion;
        return isVersion;
    }

    /// <summary>Of those that <see cref="RequestId"/> takes; else empty.</summary>
    private ReadOnlySpan<byte> IdToken()
    {
        SkipSpaces();
        int start = _at;
        if (Next == '"')
        {
            return Text().Length is > 0 and <= Limits.MaxIdBytes ? _line[start.._at] : default;
        }

        while (Next is >= (byte)'0' and <= (byte)'9')
        {
            _at++;
        }

        ReadOnlySpan<byte> number = _line[start.._at];
        return number.Length > MaxIdDigits || (number.Length > 1 && number[0] == '0') ? default : number;
    }

    /// <summary>What a string says; empty where there is none.</summary>
    private ReadOnlySpan<byte> Text()
    {
        int length = TryTake('"') ? _line[_at..].IndexOf((byte)'"') : -1;
        if (length < 0)
        {
            return default;
        }

        int start = _at;
        _at += length + 1;
        return _line.Slice(start, length);
    }

    private bool TryTake(char expected)
    {
        SkipSpaces();
        bool found = Next == expected;
        _at += found ? 1 : 0;
        return found;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void SkipSpaces()
    {
        while (Next == ' ')
        {
            _at++;
        }
    }
}
