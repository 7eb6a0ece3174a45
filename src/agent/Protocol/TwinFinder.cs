using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Shimd.Protocol;

/// <summary>
/// Tells, while a text is read once from its beginning to its end, whether an object in it has a key twice. Compares names one by one, so it is for
/// what most lines are: with few names at a time, written plainly. Else it says that it cannot tell.
/// </summary>
internal struct TwinFinder
{
    private const int MaxNames = 32;

    private Names _names;
    private Begins _begins;
    private int _count;

    public bool Found { get; private set; }

    public bool CannotTell { get; private set; }

    /// <summary>The reader has come to its next token in the text.</summary>
    public void See(ref Utf8JsonReader reader, ReadOnlySpan<byte> text)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                _begins[reader.CurrentDepth] = _count;
                break;
            case JsonTokenType.EndObject:
                _count = _begins[reader.CurrentDepth];
                break;
            case JsonTokenType.PropertyName when reader.ValueIsEscaped || _count == MaxNames:
                CannotTell = true;
                break;
            case JsonTokenType.PropertyName:
                SeeName(ref reader, text);
                break;
        }
    }

    private void SeeName(ref Utf8JsonReader reader, ReadOnlySpan<byte> text)
    {
        ReadOnlySpan<byte> name = reader.ValueSpan;
        for (int i = _begins[reader.CurrentDepth - 1]; i < _count; i++)
        {
            Found |= _names[i].Length == name.Length && name.SequenceEqual(text.Slice(_names[i].Start, name.Length));
        }

        _names[_count++] = ((int)reader.TokenStartIndex + 1, name.Length);
    }

    /// <summary>Of the open objects, one after the other.</summary>
    [InlineArray(MaxNames)]
    private struct Names
    {
        private (int Start, int Length) _first;
    }

    /// <summary>Where the names of the open object of each depth begin.</summary>
    [InlineArray(Limits.MaxDepth)]
    private struct Begins
    {
        private int _first;
    }
}
