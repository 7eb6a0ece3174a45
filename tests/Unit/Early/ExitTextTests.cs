using System.Text.Json;
using CsCheck;
using Shimd.Early;
using Shimd.Storage;
using Xunit;

namespace Shimd.Tests.Unit.Early;

/// <summary>The exit as it is written without the runtime is the one that all others read.</summary>
public sealed unsafe class ExitTextTests
{
    [Fact]
    public void Write_AnyExit_IsReadAsIt()
        => Gen.Select(Gen.Int[0, 255], Gen.Int[0, 64], Gen.Bool, Gen.Bool, Gen.Long[0, 8_000_000_000_000_000_000]).Sample(
            (code, signal, core, oom, at) => AssertSame(new RestState
            {
                ExitCode = signal == 0 ? code : 0,
                Signal = signal,
                IsCoreDumped = core,
                IsOomKilled = oom,
                EndedAt = at,
            }));

    [Theory]
    [InlineData("1970-01-01T00:00:00.0000000+00:00")]
    [InlineData("1999-12-31T23:59:59.9999999+00:00")]
    [InlineData("2000-02-29T12:00:00.0000001+00:00")]
    [InlineData("2000-03-01T00:00:00.0000000+00:00")]
    [InlineData("2026-11-24T02:19:17.0000000+00:00")]
    [InlineData("2028-02-29T23:59:59.0000000+00:00")]
    [InlineData("2100-02-28T23:59:59.0000000+00:00")]
    [InlineData("2100-03-01T00:00:00.0000000+00:00")]
    public void Write_Time_IsThatTime(string time)
    {
        DateTimeOffset at = RecordTime.Parse(time)!.Value;
        AssertSame(new RestState { EndedAt = (at - DateTimeOffset.UnixEpoch).Ticks * 100 });
    }

    private static void AssertSame(RestState state)
    {
        byte* text = stackalloc byte[ExitText.MaxBytes];
        int length = ExitText.Write(text, &state);

        Assert.InRange(length, 1, ExitText.MaxBytes);
        ExitRecord read = JsonSerializer.Deserialize(new ReadOnlySpan<byte>(text, length), StateJson.Default.ExitRecord)!;
        Assert.Null(read.Problem());
        Assert.Equal(1, read.Version);
        Assert.Equal(state.Signal == 0 ? state.ExitCode : 128 + state.Signal, read.Code);
        Assert.Equal(state.Signal == 0 ? null : state.Signal, read.Signal);
        Assert.Equal((state.IsCoreDumped, state.IsOomKilled, ExitSource.Waited), (read.CoreDumped, read.OomKilled, read.Source));
        Assert.Equal(DateTimeOffset.UnixEpoch.AddTicks(state.EndedAt / 100), read.At);
    }
}
