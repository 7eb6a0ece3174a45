using System.Text;
using Shimd.Loop;
using Shimd.Native;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Unit.Loop;

[Collection(Sequential.Name)]
public sealed class OutputCaptureTests
{
    private const int CapBytes = 10_000;

    [Fact]
    public void Finish_WrittenAndClosed_IsAll() => OnLoop.Run(loop =>
    {
        using var capture = new OutputCapture(loop, CapBytes);
        capture.ChildEnd.WriteAll("what it said"u8);
        capture.CloseChildEnd();

        Assert.Equal("what it said"u8, capture.Finish());
        return Task.CompletedTask;
    });

    [Fact]
    public void Finish_StillHeldOpen_DoesNotWait() => OnLoop.Run(async loop =>
    {
        using var capture = new OutputCapture(loop, CapBytes);
        using Fd grandchild = capture.ChildEnd.Duplicate().OrThrow("fcntl");
        capture.CloseChildEnd();
        grandchild.WriteAll("first "u8);
        await OnLoop.TurnAsync();
        grandchild.WriteAll("second"u8);

        Assert.Equal("first second"u8, capture.Finish());
    });

    [Fact]
    public void Finish_MoreThanTheCap_IsTheBeginningAndTheChildIsNeverBlocked() => OnLoop.Run(async loop =>
    {
        using var capture = new OutputCapture(loop, CapBytes);
        capture.ChildEnd.SetNonBlocking(true).OrThrow("fcntl");
        byte[] much = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 50_000).Select(i => $"{i},")));
        for (int sent = 0; sent < much.Length;)
        {
            SysResult written = capture.ChildEnd.Write(much.AsSpan(sent));
            sent += (int)Math.Max(written.Value, 0);
            await OnLoop.TurnAsync();
        }

        capture.CloseChildEnd();

        Assert.Equal(much[..CapBytes], capture.Finish());
    });

    [Fact]
    public void Finish_NothingWritten_IsEmpty() => OnLoop.Run(async loop =>
    {
        using var capture = new OutputCapture(loop, CapBytes);
        capture.CloseChildEnd();
        await OnLoop.TurnAsync();

        Assert.Empty(capture.Finish());
    });
}
