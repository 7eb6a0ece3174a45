using Shimd.Native;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Integration;

/// <summary>What the agent has unpacked: where it leaves it, and which files clients map. See docs/adr/0012-shims-share-what-the-agent-has-unpacked.md.</summary>
public sealed class ImageTests : IDisposable
{
    private const int SizeKiB = 4096;
    private const UnixFileMode OwnersOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>The image's header: where it has the length of what names the build, and behind that the name.</summary>
    private const int NoteLengthAt = 24;
    private const int NoteAt = 32;

    private readonly TempDirectory _root = new();

    [Fact]
    public void Serve_RootInMemory_LeavesAnImageThatGoesWithIt()
    {
        using TinyFileSystem memory = TinyFileSystem.MountOrSkip(SizeKiB);
        using var agent = new Agent(memory["root"], _root["agent.log"]);

        Assert.Equal(ImageOf(agent), File.ReadAllBytes(memory["root/image"]));
        Assert.Equal(OwnersOnly, File.GetUnixFileMode(memory["root/image"]));
        Assert.Equal(0, agent.Terminate().Code);
        Assert.Empty(Directory.GetFiles(memory["root"], "image*"));
    }

    [Fact]
    public void Serve_AfterKill_ReplacesTheImage()
    {
        using TinyFileSystem memory = TinyFileSystem.MountOrSkip(SizeKiB);
        using var agent = new Agent(memory["root"], _root["agent.log"]);
        agent.Kill();
        File.WriteAllText(memory["root/image"], "of another version");
        File.WriteAllText(memory["root/image.new"], "of one that was killed");

        agent.Start();

        Assert.Equal(ImageOf(agent), File.ReadAllBytes(memory["root/image"]));
        Assert.Equal(0, agent.Terminate().Code);
        Assert.Empty(Directory.GetFiles(memory["root"], "image*"));
    }

    [Fact]
    public void Serve_NoRoom_ServesWithout()
    {
        using TinyFileSystem memory = TinyFileSystem.MountOrSkip();
        using var agent = new Agent(memory["root"], _root["agent.log"]);

        Assert.Empty(Directory.GetFiles(memory["root"], "image*"));
        Assert.Equal(0, agent.Terminate().Code);
    }

    [Fact]
    public void Serve_RootOnADisk_LeavesNone()
    {
        Assert.SkipWhen(NativeFile.IsInMemory(_root.Path), "the temporary directory is memory");
        File.WriteAllText(_root["image"], "of a time when this was a file system in memory");
        using var agent = new Agent(_root.Path, _root["agent.log"]);

        Assert.Empty(Directory.GetFiles(_root.Path, "image*"));
        Assert.Equal(0, agent.Terminate().Code);
    }

    /// <summary>Where there may be a file of that size and not its content, after a power cut.</summary>
    [Fact]
    public void Client_ImageOnADisk_UnpacksForItself()
    {
        Assert.SkipWhen(NativeFile.IsInMemory(_root.Path), "the temporary directory is memory");
        Publish(_root.Path);

        AssertUsed(false, _root.Path);
    }

    [Theory]
    [InlineData("600", true)]
    [InlineData("644", true)]
    [InlineData("620", false)]
    [InlineData("602", false)]
    public void Client_Mode_UsesWhatOnlyTheOwnerMayWrite(string mode, bool isUsed)
    {
        using TinyFileSystem memory = TinyFileSystem.MountOrSkip(SizeKiB);
        Publish(memory.Path);
        File.SetUnixFileMode(memory["image"], (UnixFileMode)Convert.ToInt32(mode, 8));

        AssertUsed(isUsed, memory.Path);
    }

    [Fact]
    public void Client_AnotherOwner_UnpacksForItself()
    {
        using TinyFileSystem memory = TinyFileSystem.MountOrSkip(SizeKiB);
        Publish(memory.Path);
        NativeFile.ChangeOwner(memory["image"], 12345, 0).OrThrow("chown");

        AssertUsed(false, memory.Path);
    }

    [Fact]
    public void Client_AnotherBuild_UnpacksForItself()
    {
        using TinyFileSystem memory = TinyFileSystem.MountOrSkip(SizeKiB);
        byte[] image = Publish(memory.Path);
        image[NoteAt + image[NoteLengthAt] - 1] ^= 1;
        File.WriteAllBytes(memory["image"], image);

        AssertUsed(false, memory.Path);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(0x1000)]
    [InlineData(-1)]
    public void Client_Truncated_UnpacksForItself(int sizeBytes)
    {
        using TinyFileSystem memory = TinyFileSystem.MountOrSkip(SizeKiB);
        byte[] image = Publish(memory.Path);
        File.WriteAllBytes(memory["image"], image[..(sizeBytes < 0 ? ^1 : sizeBytes)]);

        AssertUsed(false, memory.Path);
    }

    [Fact]
    public void Client_NoFileButAFifo_UnpacksForItself()
    {
        Fifo.Create(_root["image"]).OrThrow("mkfifo");

        AssertUsed(false, _root.Path);
    }

    [Fact]
    public void Client_NoImage_UnpacksForItself() => AssertUsed(false, _root.Path);

    public void Dispose() => _root.Dispose();

    private static byte[] ImageOf(Agent agent) => File.ReadAllBytes($"/proc/{agent.Pid}/fd/{EarlyLibc.ImageDescriptor}");

    /// <summary>Puts an agent's image into a directory, as the agent does.</summary>
    private byte[] Publish(string root)
    {
        using var agent = new Agent(_root["agent"], _root["agent.log"]);
        byte[] image = ImageOf(agent);
        Assert.Equal(0, agent.Terminate().Code);
        string path = Path.Combine(root, "image");
        File.WriteAllBytes(path, image);
        File.SetUnixFileMode(path, OwnersOnly);
        return image;
    }

    /// <summary>Whether a client has it mapped; it works in any case, and keeps no descriptor of it.</summary>
    private static void AssertUsed(bool expected, string root)
    {
        using Fd nothing = NativeFile.OpenNull().OrThrow("open");
        using Pipe output = Pipe.Create().OrThrow("pipe2");
        using Child client = Child.Start(new SpawnRequest
        {
            Path = Machine.Binary,
            Arguments = ["shimd", "payload", "run", "print ready", "until-term 7"],
            Environment = [.. Agent.CleanEnvironment, $"SHIMD_ROOT={root}"],
            Descriptors = [nothing, output.Writer, nothing],
        });

        Assert.Equal("ready", Child.ReadLine(output.Reader));
        Assert.Equal(expected, File.ReadLines($"/proc/{client.Pid}/maps").Any(line => line.EndsWith("/image", StringComparison.Ordinal)));
        Assert.DoesNotContain(ProcFs.DescriptorsOf(client.Pid), link => link.EndsWith("/image", StringComparison.Ordinal));
        client.PidFd.Send(Signal.SIGTERM).OrThrow("kill");
        Assert.Equal(7, client.WaitForEnd().Code);
    }
}
