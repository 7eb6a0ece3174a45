using System.Text.Json;
using System.Text.Json.Serialization;
using Shimd.Storage;

namespace Shimd.Oci;

/// <summary>The words of <see cref="ControlVerb"/>: see <see cref="EnumWords"/>.</summary>
internal sealed class ControlVerbConverter : JsonConverter<ControlVerb>
{
    private static readonly string[] s_words = ["Ready", "CloseStdin", "Resize"];

    public override ControlVerb Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => (ControlVerb)EnumWords.Read(ref reader, s_words);

    public override void Write(Utf8JsonWriter writer, ControlVerb value, JsonSerializerOptions options) => EnumWords.Write(writer, (int)value, s_words);
}
