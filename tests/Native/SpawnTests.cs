using System.Globalization;
using Shimd.Native;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Native;

[Collection(Sequential.Name)]
public sealed class SpawnTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("exit 0", 0, 0)]
    [InlineData("exit 7", 7, 0)]
    [InlineData("kill -9 $$", 0, 9)]
    public void Start_Ends_StatusIsTold(string words, int code, int signal)
        => Assert.Equal(new WaitStatus(code, signal, false), Child.RunShell(words).Status);

    [Fact]
    public void Start_Arguments_ArriveAsTheyAre()
    {
        ChildEnd end = Child.Run("/usr/bin/printf", "[%s]", "a b", "", "$HOME", "größe");

        Assert.Equal("[a b][][$HOME][größe]", end.Output);
    }

    [Fact]
    public void Start_Environment_IsJustThat()
    {
        ChildEnd end = Child.Run(Request("/usr/bin/env") with { Environment = ["A=1 2", "B=größe", "C="] });

        Assert.Equal("A=1 2\nB=größe\nC=\n", end.Output);
    }

    [Fact]
    public void Start_NoEnvironment_PassesOursOn()
    {
        const string Name = "SHIMD_TEST_VARIABLE";
        Environment.SetEnvironmentVariable(Name, "given");
        try
        {
            Assert.Contains($"{Name}=given\n", Child.Run(Request("/usr/bin/env")).Output, StringComparison.Ordinal);
        }
        finally
        {
            Environment.SetEnvironmentVariable(Name, null);
        }
    }

    [Fact]
    public void Start_WorkingDirectory_IsWhereItRuns()
    {
        string inner = _directory.MakeDirectory("inner");
        ChildEnd end = Child.Run(Request("/bin/sh", "-c", "echo here > file") with { WorkingDirectory = inner });

        Assert.Equal(0, end.Status.Code);
        Assert.Equal("here\n", File.ReadAllText(_directory["inner/file"]));
    }

    [Fact]
    public void Start_WorkingDirectoryMissing_ENOENT()
        => Assert.Equal(Errno.ENOENT, Spawn.Start(Request("/bin/true") with { WorkingDirectory = _directory["none"] }).Error);

    [Fact]
    public void Start_NoSuchProgram_ENOENT()
        => Assert.Equal(Errno.ENOENT, Spawn.Start(Request(_directory["none"])).Error);

    [Fact]
    public void Start_NameWithoutPath_IsNotLookedUp()
        => Assert.Equal(Errno.ENOENT, Spawn.Start(Request("true") with { WorkingDirectory = _directory.Path }).Error);

    [Fact]
    public void Start_NotExecutable_EACCES()
        => Assert.Equal(Errno.EACCES, Spawn.Start(Request(_directory.Write("file", "#!/bin/sh\n"))).Error);

    [Fact]
    public void Start_NoProgramFormat_ENOEXEC()
        => Assert.Equal(Errno.ENOEXEC, Spawn.Start(Request(_directory.WriteExecutable("file", "no program"))).Error);

    [Fact]
    public void Start_SignalState_IsClean()
    {
        Dictionary<string, ulong> signals = SignalsOf(Request("/bin/cat", "/proc/self/status"));

        Assert.Equal(0UL, signals["SigBlk"]);
        Assert.Equal(0UL, signals["SigIgn"]);
        Assert.Equal(0UL, signals["SigCgt"]);
    }

    [Fact]
    public void Start_BlockLoopSignals_JustThoseAreBlocked()
    {
        ulong expected = SignalMask.LoopSignals.ToArray().Aggregate(0UL, (bits, signal) => bits | (1UL << (signal - 1)));

        Dictionary<string, ulong> signals = SignalsOf(Request("/bin/cat", "/proc/self/status") with { BlockLoopSignals = true });

        Assert.Equal(expected, signals["SigBlk"]);
        Assert.Equal(0UL, signals["SigIgn"]);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void Start_SessionAndGroup_AreItsOwnOnlyWhenAskedFor(bool newSession, bool newGroup)
    {
        ChildEnd end = Child.Run(Request("/bin/cat", "/proc/self/stat") with { NewSession = newSession, NewProcessGroup = newGroup });

        // proc(5), stat: pid (comm) state ppid pgrp session.
        string[] fields = end.Output.Split(' ');
        Assert.Equal(newSession || newGroup, fields[0] == fields[4]);
        Assert.Equal(newSession, fields[0] == fields[5]);
    }

    [Fact]
    public void Start_Descriptors_OnlyThoseAreOpen()
    {
        using Fd leaked = Leak();
        using Pipe stdin = Pipe.Create().OrThrow("pipe2");
        using Pipe stdout = Pipe.Create().OrThrow("pipe2");
        using Fd given = NativeFile.Create(_directory["given"]).OrThrow("open");
        using Child child = Child.StartCat(stdin.Reader, stdout.Writer, given);
        WaitUntilItReads(stdin, stdout);

        Assert.Equal(["0", "1", "2", "3"], OpenIn(child).Order(StringComparer.Ordinal));
        Assert.Equal(_directory["given"], Target(child, 3));
        Assert.NotEqual(0, leaked.Number);
    }

    [Fact]
    public void Start_NullDescriptor_IsClosed()
    {
        // A number below the last one given, that is open and not close-on-exec here.
        using Fd leaked = Leak();
        using Pipe stdin = Pipe.Create().OrThrow("pipe2");
        using Pipe stdout = Pipe.Create().OrThrow("pipe2");
        var descriptors = new Fd?[leaked.Number + 2];
        (descriptors[0], descriptors[1], descriptors[^1]) = (stdin.Reader, stdout.Writer, stdin.Reader);
        using Child child = Child.Start(Request("/bin/cat") with { Descriptors = descriptors });
        WaitUntilItReads(stdin, stdout);

        string last = (leaked.Number + 1).ToString(CultureInfo.InvariantCulture);
        Assert.Equal(new[] { "0", "1", last }, OpenIn(child).OrderBy(name => int.Parse(name, CultureInfo.InvariantCulture)));
    }

    [Fact]
    public void Start_SourcesBelowTheTargets_AreNotMixedUp()
    {
        using Pipe stdin = Pipe.Create().OrThrow("pipe2");
        using Pipe stdout = Pipe.Create().OrThrow("pipe2");
        using Fd first = NativeFile.Create(_directory["first"]).OrThrow("open");
        using Fd second = NativeFile.Create(_directory["second"]).OrThrow("open");
        using Fd third = NativeFile.Create(_directory["third"]).OrThrow("open");

        // Each is to become the number that another one has here, and one of them its own.
        var descriptors = new Fd?[Math.Max(Math.Max(first.Number, second.Number), third.Number) + 1];
        (descriptors[0], descriptors[1]) = (stdin.Reader, stdout.Writer);
        (descriptors[first.Number], descriptors[second.Number], descriptors[third.Number]) = (second, first, third);
        using Child child = Child.Start(Request("/bin/cat") with { Descriptors = descriptors });
        WaitUntilItReads(stdin, stdout);

        Assert.Equal(_directory["second"], Target(child, first.Number));
        Assert.Equal(_directory["first"], Target(child, second.Number));
        Assert.Equal(_directory["third"], Target(child, third.Number));
    }

    [Fact]
    public void Start_OneSourceTwice_BothNumbersAreIt()
    {
        using Pipe stdin = Pipe.Create().OrThrow("pipe2");
        using Pipe stdout = Pipe.Create().OrThrow("pipe2");
        using Child child = Child.Start(Request("/bin/cat") with { Descriptors = [stdin.Reader, stdout.Writer, stdout.Writer] });
        WaitUntilItReads(stdin, stdout);

        Assert.Equal(Target(child, 1), Target(child, 2));
    }

    [Fact]
    public void Start_Fails_LeavesNoDescriptor()
    {
        using Fd nothing = NativeFile.OpenNull().OrThrow("open");
        var descriptors = new Fd?[nothing.Number + 2];
        Array.Fill(descriptors, nothing);
        int before = Directory.GetFiles("/proc/self/fd").Length;

        Assert.False(Spawn.Start(Request(_directory["none"]) with { Descriptors = descriptors }).IsOk);

        Assert.Equal(before, Directory.GetFiles("/proc/self/fd").Length);
    }

    private static SpawnRequest Request(string path, params string[] arguments)
        => new() { Path = path, Arguments = [path, .. arguments], Descriptors = [] };

    private static Dictionary<string, ulong> SignalsOf(SpawnRequest cat) => Child.Run(cat).Output.Split('\n')
        .Where(line => line.StartsWith("Sig", StringComparison.Ordinal) && !line.StartsWith("SigQ", StringComparison.Ordinal))
        .Select(line => line.Split(":\t"))
        .ToDictionary(parts => parts[0], parts => ulong.Parse(parts[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture));

    /// <summary>A descriptor that a careless parent has left inheritable.</summary>
    private static Fd Leak()
    {
        Fd leaked = NativeFile.OpenNull().OrThrow("open");
        SysResult.From(Libc.fcntl(leaked, Libc.F_SETFD, 0)).OrThrow("fcntl");
        return leaked;
    }

    /// <summary>The loader opens libraries; afterwards the program has only what it was given.</summary>
    private static void WaitUntilItReads(Pipe stdin, Pipe stdout)
    {
        stdin.Writer.WriteAll("x\n"u8).OrThrow("write");
        Assert.Equal("x", Child.ReadLine(stdout.Reader));
    }

    private static IEnumerable<string> OpenIn(Child child)
        => Directory.GetFileSystemEntries($"/proc/{child.Pid}/fd").Select(path => Path.GetFileName(path));

    private static string Target(Child child, int number) => new FileInfo($"/proc/{child.Pid}/fd/{number}").LinkTarget!;
}
