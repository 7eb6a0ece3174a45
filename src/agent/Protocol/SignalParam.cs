using System.Globalization;
using System.Text.Json;

namespace Shimd.Protocol;

/// <summary>
/// A signal as the client said it, a name or a number, exactly one of them set. Which number a name has is another floor's knowledge:
/// it differs between architectures.
/// </summary>
internal sealed record SignalParam(string? Name, int Number)
{
    public const int MaxNumber = 64;

    /// <summary>What a signal must be, for messages.</summary>
    public const string Shape = "must be a signal's name, such as \"SIGTERM\", or its number from 1 to 64";

    private const int MaxNameLength = 32;

    /// <summary>Null for what cannot be a signal on any architecture.</summary>
    public static SignalParam? TryRead(JsonSlice value) => value.Kind switch
    {
        JsonValueKind.String => value.GetString() is { Length: > 0 and <= MaxNameLength } name && IsPrintable(name) ? new SignalParam(name, 0) : null,
        JsonValueKind.Number => value.TryGetInt32(out int number) && number is >= 1 and <= MaxNumber ? new SignalParam(null, number) : null,
        _ => null,
    };

    /// <summary>For messages.</summary>
    public override string ToString() => Name ?? Number.ToString(CultureInfo.InvariantCulture);

    private static bool IsPrintable(string name) => !name.AsSpan().ContainsAnyExceptInRange('!', '~');
}
