using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using CsCheck;
using Shimd.Oci;
using Shimd.Protocol;
using Shimd.Storage;
using Shimd.Tests.Fixtures;
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

    public static TheoryData<Type> MessageTypes =>
        [.. typeof(IMessage).Assembly.GetTypes().Where(type => type is { IsClass: true } && type.IsAssignableTo(typeof(IMessage)) && HasSetters(type))];

    [Theory]
    [MemberData(nameof(WireTypes))]
    public void Wire_AnyValue_IsReadAsItWasWritten(Type type)
    {
        var read = typeof(Wire).GetMethod(nameof(Wire.Read), [typeof(ReadOnlyMemory<byte>)])!.MakeGenericMethod(type)
            .CreateDelegate<Func<ReadOnlyMemory<byte>, IWireObject>>();
        Samples.Of(type).Sample(
            value =>
            {
                string written = Encoding.UTF8.GetString(Wire.ToLine((IWireObject)value));
                Assert.Equal(written.Length - 1, written.IndexOf('\n', StringComparison.Ordinal));
                Assert.Null(Problem(written[..^1]));
                Assert.Equal(written, Encoding.UTF8.GetString(Wire.ToLine(read(Encoding.UTF8.GetBytes(written)))));
            },
            iter: SampleCount,
            threads: 1);
    }

    [Theory]
    [MemberData(nameof(MessageTypes))]
    public void Message_AnyValue_IsReadAsItWasWritten(Type type)
    {
        ReadMessage read = typeof(MessageReader).GetMethod(nameof(MessageReader.Read), [typeof(ReadOnlySpan<byte>)])!.MakeGenericMethod(type).CreateDelegate<ReadMessage>();
        Samples.Of(type).Sample(
            value =>
            {
                byte[] written = MessageText.Line((IMessage)value).ToArray();
                Assert.Equal(Encoding.UTF8.GetString(written), Encoding.UTF8.GetString(MessageText.Line(read(written))));
            },
            iter: SampleCount,
            threads: 1);
    }

    [Fact]
    public void StateFiles_AnyValue_AreReadAsTheyWereWritten()
    {
        using var directory = new TempDirectory();
        Gen.Select(Gen.String, Gen.Int[1, int.MaxValue], Gen.ULong[1, ulong.MaxValue], Gen.Long[0, 4_000_000_000_000], Gen.Bool, Gen.Dictionary(Gen.String, Gen.String)[0, 5]).Sample(
            (text, number, ticks, milliseconds, flag, map) =>
            {
                var time = DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
                AssertSame(directory["running.json"], new RunningRecord { Pid = number, StartTicks = ticks, BootId = text, ShimPid = number, At = time }, StateJson.Default.RunningRecord);
                AssertSame(
                    directory["exit.json"],
                    new ExitRecord { Code = flag ? null : number % 256, Signal = flag ? 1 + (number % 64) : null, CoreDumped = flag, At = time, Source = ExitSource.Lost, Reason = flag ? text : null },
                    StateJson.Default.ExitRecord);
                AssertSame(
                    directory["container.json"],
                    new ContainerRecord
                    {
                        Id = text,
                        Instance = text,
                        Bundle = text,
                        Runtime = new RuntimeRecord { Name = text, Path = text, Root = text, Arguments = [text, ""] },
                        Phase = ContainerPhase.Running,
                        Labels = map,
                        CreatedAt = time,
                        StartedAt = flag ? time : null,
                    },
                    StateJson.Default.ContainerRecord);
            },
            iter: SampleCount,
            threads: 1);
    }

    private static void AssertSame<T>(string path, T record, JsonTypeInfo<T> type)
        where T : class, IStateRecord
    {
        StateFile.Write(path, record, type).OrThrow("write");
        StateRead<T> read = StateFile.Read(path, type);
        Assert.Null(read.Problem);
        Assert.Equal(JsonSerializer.Serialize(record, type), JsonSerializer.Serialize(read.Record!, type));
    }

    private delegate IMessage ReadMessage(ReadOnlySpan<byte> json);

    /// <summary>Our own lines satisfy what we ask of others'.</summary>
    private static string? Problem(string line)
        => JsonText.TryRead(Encoding.UTF8.GetBytes(line), out _, out string problem) is null ? problem : null;

    private static bool HasSetters(Type type) => type.GetProperties().Any(property => property.SetMethod is not null);
}
