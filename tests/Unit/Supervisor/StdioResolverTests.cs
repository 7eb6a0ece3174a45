using Shimd.Native;
using Shimd.Protocol;
using Shimd.Storage;
using Shimd.Supervisor;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Unit.Supervisor;

public sealed class StdioResolverTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Resolve_Nothing_IsNull()
    {
        (StdioRecord record, Fd?[] passed) = StdioResolver.Resolve(null, []);

        Assert.Equivalent(new StdioRecord(), record, strict: true);
        Assert.Equal([null, null, null], passed);
    }

    [Fact]
    public void Resolve_FifoAndFile_AreTheirPaths()
    {
        Fifo.Create(_directory["fifo"]).OrThrow("mkfifo");
        string input = _directory.Write("input", "");
        var stdio = new StdioParams
        {
            Stdin = new StdioSpec(StdioKind.File, input),
            Stdout = new StdioSpec(StdioKind.Fifo, _directory["fifo"]),
            Stderr = new StdioSpec(StdioKind.File, _directory["to be made"]),
        };

        (StdioRecord record, _) = StdioResolver.Resolve(stdio, []);

        Assert.Equivalent(new StreamRecord(StreamKind.File, input), record.Stdin, strict: true);
        Assert.Equivalent(new StreamRecord(StreamKind.Fifo, _directory["fifo"]), record.Stdout, strict: true);
        Assert.Equivalent(new StreamRecord(StreamKind.File, _directory["to be made"]), record.Stderr, strict: true);
        Assert.False(File.Exists(_directory["to be made"]));
    }

    [Fact]
    public void Resolve_Descriptors_AreTakenByTheirNumber()
    {
        using Pipe pipe = Pipe.Create().OrThrow("pipe2");
        var stdio = new StdioParams { Stdin = new StdioSpec(StdioKind.Fd, Fd: 1), Stderr = new StdioSpec(StdioKind.Fd, Fd: 0) };

        (StdioRecord record, Fd?[] passed) = StdioResolver.Resolve(stdio, [pipe.Writer, pipe.Reader]);

        Assert.Equal([pipe.Reader, null, pipe.Writer], passed);
        Assert.Equal([StreamKind.Fd, StreamKind.Null, StreamKind.Fd], new[] { record.Stdin.Kind, record.Stdout.Kind, record.Stderr.Kind });
    }

    [Fact]
    public void Resolve_DescriptorThatDidNotCome_InvalidParams()
        => AssertRefused(ErrorCode.InvalidParams, "stdio.stdout", new StdioParams { Stdout = new StdioSpec(StdioKind.Fd, Fd: 0) });

    [Fact]
    public void Resolve_NoFifo_InvalidParams()
    {
        string file = _directory.Write("file", "");

        AssertRefused(ErrorCode.InvalidParams, "stdio.stdout", new StdioParams { Stdout = new StdioSpec(StdioKind.Fifo, file) });
        AssertRefused(ErrorCode.InvalidParams, "stdio.stderr", new StdioParams { Stderr = new StdioSpec(StdioKind.Fifo, _directory["none"]) });
    }

    [Fact]
    public void Resolve_NoFile_InvalidParams()
    {
        AssertRefused(ErrorCode.InvalidParams, "stdio.stdin", new StdioParams { Stdin = new StdioSpec(StdioKind.File, _directory["none"]) });
        AssertRefused(ErrorCode.InvalidParams, "stdio.stdin", new StdioParams { Stdin = new StdioSpec(StdioKind.File, _directory.Path) });
        AssertRefused(ErrorCode.InvalidParams, "stdio.stdout", new StdioParams { Stdout = new StdioSpec(StdioKind.File, _directory["none/file"]) });
    }

    private static void AssertRefused(ErrorCode code, string path, StdioParams stdio)
    {
        ShimdException refusal = Assert.Throws<ShimdException>(() => StdioResolver.Resolve(stdio, []));
        Assert.Equal(code, refusal.Code);
        Assert.StartsWith(path, refusal.Message, StringComparison.Ordinal);
    }
}
