using System.Text;
using System.Text.Json;
using CsCheck;
using Shimd.Protocol;
using Shimd.Storage;
using Xunit;

namespace Shimd.Tests.Properties;

/// <summary>What is written is read again as the same, whatever is in it.</summary>
public sealed class RoundTripTests
{
    private const int SampleCount = 60;

    public static TheoryData<Type> WireTypes =>
    [
        .. typeof(IWireObject).Assembly.GetTypes()
            .Where(type => type is { IsClass: true } && type.IsAssignableTo(typeof(IWireObject)) && type != typeof(RawObject) && type != typeof(OpenRpc)),
    ];

    public static TheoryData<Type> RecordTypes =>
        [.. typeof(IRecord).Assembly.GetTypes().Where(type => type is { IsClass: true } && type.IsAssignableTo(typeof(IRecord)) && HasSetters(type))];

    [Theory]
    [MemberData(nameof(WireTypes))]
    public void Wire_AnyValue_IsReadAsItWasWritten(Type type)
    {
        Func<JsonElement, IWireObject> read = typeof(Wire).GetMethod(nameof(Wire.Read))!.MakeGenericMethod(type).CreateDelegate<Func<JsonElement, IWireObject>>();
        Samples.Of(type).Sample(
            value =>
            {
                string written = Encoding.UTF8.GetString(Wire.ToLine((IWireObject)value));
                Assert.Equal(written.Length - 1, written.IndexOf('\n', StringComparison.Ordinal));
                Assert.Null(Problem(written[..^1]));
                Assert.Equal(written, Encoding.UTF8.GetString(Wire.ToLine(read(JsonElement.Parse(written)))));
            },
            iter: SampleCount,
            threads: 1);
    }

    [Theory]
    [MemberData(nameof(RecordTypes))]
    public void Record_AnyValue_IsReadAsItWasWritten(Type type)
    {
        ReadRecord read = typeof(RecordReader).GetMethod(nameof(RecordReader.Read), [typeof(ReadOnlySpan<byte>)])!.MakeGenericMethod(type).CreateDelegate<ReadRecord>();
        Samples.Of(type).Sample(
            value =>
            {
                byte[] written = RecordText.Of((IRecord)value).ToArray();
                Assert.Equal(Encoding.UTF8.GetString(written), Encoding.UTF8.GetString(RecordText.Of(read(written))));
            },
            iter: SampleCount,
            threads: 1);
    }

    private delegate IRecord ReadRecord(ReadOnlySpan<byte> json);

    /// <summary>Our own lines satisfy what we ask of others'.</summary>
    private static string? Problem(string line)
    {
        using JsonDocument? document = JsonText.TryParse(Encoding.UTF8.GetBytes(line), out string problem);
        return document is null ? problem : null;
    }

    private static bool HasSetters(Type type) => type.GetProperties().Any(property => property.SetMethod is not null);
}
