using System.Text;
using System.Text.Json;

namespace Shimd.Protocol;

/// <summary>The members of one JSON object, each as a piece of its text.</summary>
internal sealed class JsonMembers(ReadOnlyMemory<byte> text)
{
    private const int UsualCount = 8;

    /// <summary>Of each thread, that is of each loop: most objects are read, and done with, before the next.</summary>
    [ThreadStatic]
    private static Entry[]? s_spare;

    private Entry[] _entries = TakeSpare();

    public int Count { get; private set; }

    /// <exception cref="JsonException">The text is no JSON object, or more than one.</exception>
    public static JsonMembers Of(ReadOnlyMemory<byte> text)
    {
        JsonMembers members = new(text);
        Utf8JsonReader reader = new(text.Span);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("must be an object");
        }

        // Whatever follows the object makes it throw.
        while (reader.Read())
        {
            if (reader.CurrentDepth == 1)
            {
                members.See(ref reader);
            }
        }

        return members;
    }

    /// <summary>The reader has come to the next token that is a member's name, its value, or the beginning or end of that.</summary>
    public void See(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.PropertyName:
                Add(new Entry((int)reader.TokenStartIndex + 1, reader.ValueSpan.Length, reader.ValueIsEscaped));
                return;
            case not (JsonTokenType.EndObject or JsonTokenType.EndArray):
                _entries[Count - 1].Start = (int)reader.TokenStartIndex;
                break;
        }

        _entries[Count - 1].End = (int)reader.BytesConsumed;
    }

    /// <summary>A copy of the object, for who passes it on.</summary>
    public JsonElement ToElement() => JsonElement.Parse(text.Span);

    /// <summary>Nothing more is asked of it: its table may serve the next.</summary>
    public void Recycle()
    {
        Count = 0;
        s_spare = _entries.Length == UsualCount ? _entries : null;
    }

    public string NameAt(int index) => JsonSlice.Decode(text.Span.Slice(_entries[index].NameStart - 1, _entries[index].NameLength + 2));

    public JsonSlice ValueAt(int index) => new(text[_entries[index].Start.._entries[index].End]);

    /// <summary>The member of that name; of twins, which only text that nobody has checked can have, the last.</summary>
    public bool TryGet(string name, out JsonSlice value)
    {
        for (int i = Count - 1; i >= 0; i--)
        {
            ref readonly Entry entry = ref _entries[i];
            if (entry.IsEscaped ? NameAt(i) == name : entry.NameLength == name.Length && Ascii.Equals(NameOf(entry), name))
            {
                value = ValueAt(i);
                return true;
            }
        }

        value = default;
        return false;
    }

    private static Entry[] TakeSpare()
    {
        Entry[] entries = s_spare ?? new Entry[UsualCount];
        s_spare = null;
        return entries;
    }

    private void Add(Entry entry)
    {
        if (Count == _entries.Length)
        {
            Array.Resize(ref _entries, Count * 2);
        }

        _entries[Count++] = entry;
    }

    private ReadOnlySpan<byte> NameOf(in Entry entry) => text.Span.Slice(entry.NameStart, entry.NameLength);

    private struct Entry(int nameStart, int nameLength, bool isEscaped)
    {
        public readonly int NameStart = nameStart;
        public readonly int NameLength = nameLength;
        public readonly bool IsEscaped = isEscaped;
        public int Start;
        public int End;
    }
}
