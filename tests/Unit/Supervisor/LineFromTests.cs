using System.Text;
using Shimd.Native;
using Shimd.Supervisor;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Unit.Supervisor;

[Collection(Sequential.Name)]
public sealed class LineFromTests : IDisposable
{
    private readonly Pipe _pipe = Pipe.Create().OrThrow("pipe2");

    public void Dispose() => _pipe.Dispose();

    [Fact]
    public void ReadAsync_InPieces_IsTheWholeLine() => OnLoop.Run(async loop =>
    {
        Task<byte[]> line = LineFrom.ReadAsync(loop, _pipe.Reader);
        foreach (string piece in (string[])["{\"pid\"", ":", "7}", "\nmore"])
        {
            Assert.False(line.IsCompleted);
            _pipe.Writer.WriteAll(Encoding.UTF8.GetBytes(piece)).OrThrow("write");
            await OnLoop.TurnAsync();
        }

        Assert.Equal("{\"pid\":7}", Encoding.UTF8.GetString(await line));
    });

    [Theory]
    [InlineData("")]
    [InlineData("half a line")]
    public void ReadAsync_EndsWithoutANewline_IsEmpty(string said) => OnLoop.Run(async loop =>
    {
        _pipe.Writer.WriteAll(Encoding.UTF8.GetBytes(said)).OrThrow("write");
        _pipe.Writer.Dispose();

        Assert.Empty(await LineFrom.ReadAsync(loop, _pipe.Reader));
    });

    [Fact]
    public void ReadAsync_LineThenTheEnd_IsTheLine() => OnLoop.Run(async loop =>
    {
        _pipe.Writer.WriteAll("last words\n"u8).OrThrow("write");
        _pipe.Writer.Dispose();

        Assert.Equal("last words", Encoding.UTF8.GetString(await LineFrom.ReadAsync(loop, _pipe.Reader)));
    });

    [Fact]
    public void ReadAsync_NoNewlineForEver_GivesUp() => OnLoop.Run(async loop =>
    {
        Task<byte[]> line = LineFrom.ReadAsync(loop, _pipe.Reader);
        _pipe.Writer.SetNonBlocking(true).OrThrow("fcntl");
        for (int turns = 0; turns < 1000 && !line.IsCompleted; turns++)
        {
            _ = _pipe.Writer.Write(new byte[4096]);
            await OnLoop.TurnAsync();
        }

        Assert.True(line.IsCompleted);
        Assert.Empty(await line);
    });
}
