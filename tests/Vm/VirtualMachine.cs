using System.Diagnostics;
using System.Text;
using Shimd.Native;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Vm;

/// <summary>A guest under qemu, without KVM: it is slower, and runs everywhere. What it says on its serial console is kept.</summary>
internal sealed class VirtualMachine : IDisposable
{
    private const string Qemu = "qemu-system-x86_64";

    private readonly Child _qemu;
    private readonly Fd _reader;
    private readonly StringBuilder _console = new();
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private bool _hasEnded;

    private VirtualMachine(Child qemu, Fd reader)
    {
        _qemu = qemu;
        _reader = reader;
    }

    /// <summary>What the guest has said so far.</summary>
    public IReadOnlyList<string> Lines => _console.ToString().Replace("\r", "", StringComparison.Ordinal).Split('\n');

    /// <summary>Skips the test where there can be none.</summary>
    public static void Require()
    {
        _ = Machine.RequireProgram(Qemu);
        Kernel.Require();
    }

    /// <summary>Switches it on.</summary>
    /// <param name="initramfs">What <see cref="Guest"/> has written.</param>
    /// <param name="words">What the guest is to do: <c>name=value</c>, read by its init.</param>
    /// <param name="disk">An image that the guest sees as /dev/vda; null for none.</param>
    public static VirtualMachine Boot(string initramfs, string words, string? disk = null)
    {
        string qemu = Machine.RequireProgram(Qemu);
        string[] diskOptions = disk is null ? [] : ["-drive", $"file={disk},format=raw,if=none,id=disk", "-device", "virtio-blk-pci,drive=disk"];
        using Fd nothing = NativeFile.OpenNull().OrThrow("open /dev/null");
        using Pipe console = Pipe.Create().OrThrow("pipe2");
        var child = Child.Start(new SpawnRequest
        {
            Path = qemu,
            Arguments =
            [
                qemu, "-accel", "tcg", "-cpu", "max", "-m", "512", "-nodefaults", "-nographic", "-serial", "stdio", "-no-reboot",
                "-kernel", Kernel.Image, "-initrd", initramfs, "-append", $"console=ttyS0 quiet loglevel=1 panic=-1 {words}", .. diskOptions,
            ],
            Descriptors = [nothing, console.Writer, console.Writer],
        });
        return new VirtualMachine(child, console.Reader.Duplicate().OrThrow("fcntl F_DUPFD_CLOEXEC"));
    }

    /// <summary>The rest of each line that begins with this word.</summary>
    public IEnumerable<string> After(string word)
        => Lines.Where(line => line.StartsWith(word + " ", StringComparison.Ordinal)).Select(line => line[(word.Length + 1)..]);

    /// <summary>Reads the console until it satisfies; fails when the time is up, or the guest has ended before.</summary>
    public void WaitUntil(Func<bool> holds, string what, int timeoutMs)
    {
        long start = Stopwatch.GetTimestamp();
        while (!holds())
        {
            int left = timeoutMs - (int)Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            if (left <= 0 || (!Read(left) && !holds()))
            {
                Assert.Fail($"{what}: {(_hasEnded ? "the guest has ended" : $"not within {timeoutMs} ms")}; its last words:\n{LastWords()}");
            }
        }
    }

    /// <summary>Reads the console for so long, or until the guest has switched itself off.</summary>
    public void ReadFor(int ms)
    {
        long start = Stopwatch.GetTimestamp();
        while ((int)Stopwatch.GetElapsedTime(start).TotalMilliseconds is var elapsed && elapsed < ms && Read(ms - elapsed))
        {
        }
    }

    /// <summary>Cuts the power: what the guest has not brought to the disk is lost.</summary>
    public void Cut()
    {
        _qemu.PidFd.Send(Signal.SIGKILL).OrThrow("kill qemu");
        _ = _qemu.WaitForEnd();
        while (Read(0))
        {
        }
    }

    public string LastWords(int count = 60) => string.Join('\n', Lines.TakeLast(count));

    public void Dispose()
    {
        _qemu.Dispose();
        _reader.Dispose();
    }

    /// <summary>False when nothing came in time, or nothing will ever come.</summary>
    private bool Read(int timeoutMs)
    {
        if (_hasEnded || Ready.Wait(_reader, timeoutMs: timeoutMs) == EpollEvents.None)
        {
            return false;
        }

        Span<byte> bytes = stackalloc byte[4096];
        Span<char> characters = stackalloc char[8192];
        int count = (int)_reader.Read(bytes).OrThrow("read the console");
        _hasEnded = count == 0;
        _console.Append(characters[.._decoder.GetChars(bytes[..count], characters, flush: false)]);
        return !_hasEnded;
    }
}
