using System.Runtime.InteropServices;
using Shimd.Native;
using Shimd.Tests.Fixtures;
using Xunit;
using Cpu = System.Runtime.InteropServices.Architecture;

namespace Shimd.Tests.Native;

[Collection(Sequential.Name)]
public sealed class CLayoutTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(Cpu.X64, "x86_64-linux-gnu-gcc")]
    [InlineData(Cpu.Arm64, "aarch64-linux-gnu-gcc")]
    public void Layouts_CCompiler_AgreesWithAll(Cpu architecture, string crossCompiler)
    {
        string compiler = architecture == RuntimeInformation.ProcessArchitecture ? "gcc" : crossCompiler;
        string? path = Find(compiler);
        Assert.SkipWhen(path is null, $"{compiler} is not installed");
        string source = _directory.Write("layout.c", CLayout.SourceFor(architecture == Cpu.X64));

        ChildEnd end = Child.Run(path, "-c", "-o", _directory["layout.o"], source);

        Assert.Equal("", end.Errors);
        Assert.Equal(0, end.Status.Code);
    }

    [Fact]
    public void Layouts_WrongNumber_TheCompilerRefuses()
    {
        string? path = Find("gcc");
        Assert.SkipWhen(path is null, "gcc is not installed");
        bool isX64 = RuntimeInformation.ProcessArchitecture == Cpu.X64;
        string source = _directory.Write("layout.c", CLayout.SourceFor(!isX64));

        ChildEnd end = Child.Run(path, "-c", "-o", _directory["layout.o"], source);

        Assert.NotEqual(0, end.Status.Code);
        Assert.Contains("O_DIRECTORY", end.Errors, StringComparison.Ordinal);
        Assert.Contains("sizeof(struct epoll_event)", end.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Layouts_Declared_AreAllCompared()
    {
        Assert.Empty(CLayout.Declared.Except(CLayout.Covered));
        Assert.Empty(CLayout.Declared.SelectMany(CLayout.Uncovered));
        Assert.NotEmpty(CLayout.Declared);
    }

    [Fact]
    public void Abi_ThisMachine_IsOneOfTheTwo()
    {
        bool isX64 = RuntimeInformation.ProcessArchitecture == Cpu.X64;

        Assert.Equal(Abi.OpenDirectoryFor(isX64), Abi.OpenDirectory);
        Assert.Equal(Abi.OpenNoFollowFor(isX64), Abi.OpenNoFollow);
        Assert.Equal(Abi.EpollEventSizeFor(isX64), Abi.EpollEventSize);
        Assert.Equal(isX64 ? 4 : 8, Abi.EpollEventDataOffset);
    }

    private static string? Find(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "/usr/bin").Split(':')
        .Select(directory => Path.Combine(directory, program))
        .FirstOrDefault(File.Exists);
}
