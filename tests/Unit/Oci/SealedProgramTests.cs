using Shimd.Native;
using Shimd.Oci;
using Shimd.Storage;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Unit.Oci;

public sealed class SealedProgramTests : IDisposable
{
    private static readonly byte[] s_program = [0x7F, (byte)'E', (byte)'L', (byte)'F', 1, 2, 3];

    private readonly TempDirectory _directory = new();
    private readonly SealedProgram _programs = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Of_Crun_IsOneCopyThatNobodyCanChange()
    {
        RuntimeRecord crun = Make("crun", s_program);

        Fd copy = _programs.Of(crun)!;

        Assert.True(NativeFile.IsSealed(copy));
        Assert.Equal(s_program, ContentOf(copy));
        Assert.Equal(Errno.EPERM, copy.Write([0]).Error);
        Assert.Same(copy, _programs.Of(crun));
    }

    [Fact]
    public void Of_ProgramWasReplaced_IsTheNewOne()
    {
        _ = _programs.Of(Make("crun", s_program));
        byte[] newer = [.. s_program, 4];

        Fd copy = _programs.Of(Make("crun", newer))!;

        Assert.Equal(newer, ContentOf(copy));
    }

    [Fact]
    public void Of_ProgramHasGone_None()
    {
        RuntimeRecord crun = Make("crun", s_program);
        _ = _programs.Of(crun);
        File.Delete(crun.Path);

        Assert.Null(_programs.Of(crun));
    }

    [Theory]
    [InlineData("runc", "\u007FELF")]
    [InlineData("crun", "#!/bin/sh\n")]
    [InlineData("crun", "")]
    public void Of_AnotherRuntimeOrAScript_None(string name, string content)
        => Assert.Null(_programs.Of(Make(name, System.Text.Encoding.ASCII.GetBytes(content))));

    /// <summary>By rename, as a package manager does it.</summary>
    private RuntimeRecord Make(string name, byte[] content)
    {
        File.WriteAllBytes(_directory["new"], content);
        File.Move(_directory["new"], _directory[name], overwrite: true);
        return new RuntimeRecord { Name = name, Path = _directory[name], Root = _directory["root"] };
    }

    private static byte[] ContentOf(Fd fd)
    {
        byte[] content = new byte[100];
        return content[..(int)NativeFile.ReadAt(fd, content, 0).OrThrow("pread")];
    }
}
