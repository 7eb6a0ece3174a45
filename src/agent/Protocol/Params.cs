using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Shimd.Protocol;

/// <summary>The params of a method.</summary>
internal interface IParams
{
    /// <summary>Checks what types cannot say: ranges, alphabets, members that exclude each other.</summary>
    /// <exception cref="ShimdException">INVALID_PARAMS with the path of the member.</exception>
    void Validate();
}

/// <summary>Binds params to their record.</summary>
internal static class Params
{
    /// <summary>
    /// The one way from JSON to params: all or nothing, before anything has been done. The result holds no reference to
    /// <paramref name="element"/>.
    /// </summary>
    /// <exception cref="ShimdException">INVALID_PARAMS with <c>data.path</c>.</exception>
    public static T Read<T>(JsonElement element, JsonTypeInfo<T> info)
        where T : class, IParams
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            throw ShimdException.InvalidParams("", "must be an object");
        }

        T value;
        try
        {
            value = element.Deserialize(info)!;
        }
        catch (JsonException e)
        {
            throw ParamsDiagnosis.Explain(element, info, e);
        }

        value.Validate();
        return value;
    }
}
