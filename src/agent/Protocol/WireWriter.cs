using System.Text.Json;

namespace Shimd.Protocol;

/// <summary>
/// Writes the members of a wire object. X always writes the member, null where the value is; XIfAny leaves out what is null.
/// </summary>
internal readonly struct WireWriter(Utf8JsonWriter json)
{
    /// <summary>For what has no shape of its own.</summary>
    public Utf8JsonWriter Json() => json;

    /// <summary>A whole object, as a value.</summary>
    public void Value(IWireObject value)
    {
        json.WriteStartObject();
        value.Write(this);
        json.WriteEndObject();
    }

    public void Text(string name, string? value) => json.WriteString(name, value);

    public void TextIfAny(string name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }

    public void Number(string name, long value) => json.WriteNumber(name, value);

    public void Number(string name, long? value)
    {
        if (value is { } number)
        {
            json.WriteNumber(name, number);
        }
        else
        {
            json.WriteNull(name);
        }
    }

    public void NumberIfAny(string name, long? value)
    {
        if (value is { } number)
        {
            json.WriteNumber(name, number);
        }
    }

    public void Flag(string name, bool value) => json.WriteBoolean(name, value);

    /// <summary>Leaves out false.</summary>
    public void FlagIfSet(string name, bool value)
    {
        if (value)
        {
            json.WriteBoolean(name, value);
        }
    }

    public void FlagIfAny(string name, bool? value)
    {
        if (value is { } flag)
        {
            json.WriteBoolean(name, flag);
        }
    }

    public void Time(string name, DateTimeOffset? value)
    {
        if (value is null)
        {
            json.WriteNull(name);
        }

        TimeIfAny(name, value);
    }

    public void TimeIfAny(string name, DateTimeOffset? value)
    {
        if (value is { } time)
        {
            Span<byte> text = stackalloc byte[Rfc3339.MaxLength];
            json.WriteString(name, text[..Rfc3339.Format(time, text)]);
        }
    }

    public void Object(string name, IWireObject? value)
    {
        json.WritePropertyName(name);
        if (value is null)
        {
            json.WriteNullValue();
        }
        else
        {
            Value(value);
        }
    }

    public void ObjectIfAny(string name, IWireObject? value)
    {
        if (value is not null)
        {
            Object(name, value);
        }
    }

    public void Texts(string name, IReadOnlyList<string> values)
    {
        json.WriteStartArray(name);
        for (int i = 0; i < values.Count; i++)
        {
            json.WriteStringValue(values[i]);
        }

        json.WriteEndArray();
    }

    public void TextsIfAny(string name, IReadOnlyList<string>? values)
    {
        if (values is not null)
        {
            Texts(name, values);
        }
    }

    public void Numbers(string name, IReadOnlyList<int> values)
    {
        json.WriteStartArray(name);
        for (int i = 0; i < values.Count; i++)
        {
            json.WriteNumberValue(values[i]);
        }

        json.WriteEndArray();
    }

    public void Objects(string name, IReadOnlyList<IWireObject>? values)
    {
        if (values is null)
        {
            json.WriteNull(name);
            return;
        }

        json.WriteStartArray(name);
        for (int i = 0; i < values.Count; i++)
        {
            Value(values[i]);
        }

        json.WriteEndArray();
    }

    public void TextMap(string name, IReadOnlyDictionary<string, string> values)
    {
        json.WriteStartObject(name);
        foreach ((string key, string value) in values)
        {
            json.WriteString(key, value);
        }

        json.WriteEndObject();
    }

    public void TextMapIfAny(string name, IReadOnlyDictionary<string, string>? values)
    {
        if (values is not null)
        {
            TextMap(name, values);
        }
    }

    public void Json(string name, JsonElement value)
    {
        json.WritePropertyName(name);
        value.WriteTo(json);
    }

    public void JsonIfAny(string name, JsonElement? value)
    {
        if (value is { } element)
        {
            Json(name, element);
        }
    }

    /// <summary>Every member of an object.</summary>
    public void Members(JsonElement value)
    {
        foreach (JsonProperty member in value.EnumerateObject())
        {
            member.WriteTo(json);
        }
    }

    public void SignalIfAny(string name, SignalParam? value)
    {
        if (value is { Name: string word })
        {
            json.WriteString(name, word);
        }
        else if (value is not null)
        {
            json.WriteNumber(name, value.Number);
        }
    }

    public void StdioIfAny(string name, StdioSpec? value)
    {
        if (value is not null)
        {
            json.WritePropertyName(name);
            value.Write(json);
        }
    }

    public void RequestIdIfAny(string name, RequestId? value)
    {
        if (value is not null)
        {
            json.WritePropertyName(name);
            json.WriteRawValue(value.ToString(), skipInputValidation: true);
        }
    }
}
