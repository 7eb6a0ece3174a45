using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Shimd.Protocol;

/// <summary>
/// The <c>id</c> of a request, kept as the bytes it came in so that it is echoed unchanged, compared by what it means: <c>"a"</c> and
/// <c>"\u0061"</c> are the same id, <c>1</c> and <c>"1"</c> are not.
/// </summary>
internal sealed class RequestId : IEquatable<RequestId>
{
    private const int MaxNumberBytes = 20;

    /// <summary>Null for a number that is written as we would.</summary>
    private readonly byte[]? _raw;
    private readonly string? _text;
    private readonly long _number;

    private RequestId(byte[]? raw, string? text, long number)
    {
        _raw = raw;
        _text = text;
        _number = number;
    }

    /// <summary>For requests we make ourselves.</summary>
    public static RequestId Of(long number) => new(null, null, number);

    /// <summary>Writes the JSON token, quotes included.</summary>
    public void WriteTo(OutputBuffer output)
    {
        if (_raw is not null)
        {
            output.Write(_raw);
            return;
        }

        _ = _number.TryFormat(output.GetSpan(MaxNumberBytes), out int length, provider: CultureInfo.InvariantCulture);
        output.Advance(length);
    }

    /// <summary>Accepts a string of at most 128 UTF-8 bytes or an integer within ±(2^53−1), written without fraction or exponent.</summary>
    public static bool TryCreate(JsonSlice value, [NotNullWhen(true)] out RequestId? id)
    {
        id = null;
        if (value.Kind == JsonValueKind.String)
        {
            string text = value.GetString();
            if (Encoding.UTF8.GetByteCount(text) <= Limits.MaxIdBytes)
            {
                id = new RequestId(value.Text.ToArray(), text, 0);
            }
        }
        else if (value.Kind == JsonValueKind.Number && value.TryGetInt64(out long number)
            && number is >= -Limits.MaxInteger and <= Limits.MaxInteger)
        {
            // Minus zero is the one number that has a second spelling.
            id = new RequestId(number == 0 && value.Text.Length > 1 ? value.Text.ToArray() : null, null, number);
        }

        return id is not null;
    }

    public bool Equals(RequestId? other) => other is not null && _number == other._number && string.Equals(_text, other._text, StringComparison.Ordinal);

    public override bool Equals(object? obj) => Equals(obj as RequestId);

    public override int GetHashCode() => _text is null ? _number.GetHashCode() : string.GetHashCode(_text, StringComparison.Ordinal);

    public override string ToString() => _raw is null ? _number.ToString(CultureInfo.InvariantCulture) : Encoding.UTF8.GetString(_raw);
}
