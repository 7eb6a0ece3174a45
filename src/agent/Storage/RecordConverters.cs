using System.Text.Json;
using System.Text.Json.Serialization;

namespace Shimd.Storage;

/// <summary>The words of <see cref="ContainerPhase"/>: see <see cref="EnumWords"/>.</summary>
internal sealed class ContainerPhaseConverter : JsonConverter<ContainerPhase>
{
    private static readonly string[] s_words = ["Creating", "Created", "Starting", "Running", "Pausing", "Paused", "Resuming", "Stopped", "Deleting"];

    public override ContainerPhase Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => (ContainerPhase)EnumWords.Read(ref reader, s_words);

    public override void Write(Utf8JsonWriter writer, ContainerPhase value, JsonSerializerOptions options) => EnumWords.Write(writer, (int)value, s_words);
}

/// <summary>The words of <see cref="ProcessAction"/>: see <see cref="EnumWords"/>.</summary>
internal sealed class ProcessActionConverter : JsonConverter<ProcessAction>
{
    private static readonly string[] s_words = ["Create", "Run", "Exec", "Restore"];

    public override ProcessAction Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => (ProcessAction)EnumWords.Read(ref reader, s_words);

    public override void Write(Utf8JsonWriter writer, ProcessAction value, JsonSerializerOptions options) => EnumWords.Write(writer, (int)value, s_words);
}

/// <summary>The words of <see cref="StreamKind"/>: see <see cref="EnumWords"/>.</summary>
internal sealed class StreamKindConverter : JsonConverter<StreamKind>
{
    private static readonly string[] s_words = ["Null", "Fifo", "File", "Fd"];

    public override StreamKind Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => (StreamKind)EnumWords.Read(ref reader, s_words);

    public override void Write(Utf8JsonWriter writer, StreamKind value, JsonSerializerOptions options) => EnumWords.Write(writer, (int)value, s_words);
}

/// <summary>The words of <see cref="ExitSource"/>: see <see cref="EnumWords"/>.</summary>
internal sealed class ExitSourceConverter : JsonConverter<ExitSource>
{
    private static readonly string[] s_words = ["Waited", "Reparented", "Pidfd", "Lost"];

    public override ExitSource Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => (ExitSource)EnumWords.Read(ref reader, s_words);

    public override void Write(Utf8JsonWriter writer, ExitSource value, JsonSerializerOptions options) => EnumWords.Write(writer, (int)value, s_words);
}
