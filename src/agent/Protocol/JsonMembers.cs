using System.Text;
using System.Text.Json;

namespace Shimd.Protocol;

/// <summary>The members of one JSON object, each as a piece of its text.</summary>
internal sealed class JsonMembers
{
    private const int UsualCount = 8;

    /// <summary>Of each thread, that is of each loop: most objects, and those in them, are read, and done with, before the next.</summary>
    [ThreadStatic]
    private static JsonMembers? s_spare;

    private ReadOnlyMemory<byte> _text;
    private JsonMembers? _nextSpare;
    private Entry[] _entries = new Entry[UsualCount];

    private JsonMembers()
    {
    }

    public int Count { get; private set; }

    /// <summary>None yet.</summary>
    public static JsonMembers In(ReadOnlyMemory<byte> text)
    {
        JsonMembers members = s_spare ?? new JsonMembers();
        s_spare = members._nextSpare;
        members._nextSpare = null;
        members._text = text;
        return members;
    }

    /// <exception cref="JsonException">The text is no JSON object, or more than one.</exception>
    public static JsonMembers Of(ReadOnlyMemory<byte> text)
    {
        JsonMembers members = In(text);
        if (JsonScanner.TryRead(text.Span, members, out _))
        {
            return members;
        }

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
    public JsonElement ToElement() => JsonElement.Parse(_text.Span);

    /// <summary>Nothing more is asked of it: it may serve the next.</summary>
    public void Recycle()
    {
        Clear();
        _text = default;
        if (_entries.Length == UsualCount)
        {
            _nextSpare = s_spare;
            s_spare = this;
        }
    }

    public void Clear() => Count = 0;

    /// <summary>A member, by where its name and its value lie in the text; the name has no escapes.</summary>
    public void Add(int nameStart, int nameLength, int start, int end)
        => Add(new Entry(nameStart, nameLength, isEscaped: false) { Start = start, End = end });

    public string NameAt(int index) => JsonSlice.Decode(_text.Span.Slice(_entries[index].NameStart - 1, _entries[index].NameLength + 2));

    public JsonSlice ValueAt(int index) => new(_text[_entries[index].Start.._entries[index].End]);

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

    private void Add(Entry entry)
    {
        if (Count == _entries.Length)
        {
            Array.Resize(ref _entries, Count * 2);
        }

        _entries[Count++] = entry;
    }

    private ReadOnlySpan<byte> NameOf(in Entry entry) => _text.Span.Slice(entry.NameStart, entry.NameLength);

    private struct Entry(int nameStart, int nameLength, bool isEscaped)
    {
        public readonly int NameStart = nameStart;
        public readonly int NameLength = nameLength;
        public readonly bool IsEscaped = isEscaped;
        public int Start;
        public int End;
    }
}
