using Shimd.Native;

namespace Shimd.Tests.Fixtures;

/// <summary>
/// An OCI runtime that does as the test says: see tests/Fakes/runtime.sh. What it is told, and the calls that it has had, are
/// files in its directory.
/// </summary>
internal sealed class FakeRuntime
{
    private readonly string _directory;
    private readonly List<Fd> _gates = [];

    public FakeRuntime(TempDirectory directory)
    {
        _directory = directory.MakeDirectory("fake");
        string script = File.ReadAllText(System.IO.Path.Combine(Repository.Root, "tests/Fakes/runtime.sh"));
        Path = directory.WriteExecutable("fake/runtime", script);
        Program = "exec sleep 1000";
    }

    public string Path { get; }

    /// <summary>The calls that it has had, each its verb and its arguments.</summary>
    public IReadOnlyList<string> Calls => File.Exists(this["calls"]) ? File.ReadAllLines(this["calls"]) : [];

    /// <summary>When it was last called.</summary>
    public DateTimeOffset LastCallAt => File.GetLastWriteTimeUtc(this["calls"]);

    /// <summary>What its containers run, in the words of sh.</summary>
    public string Program
    {
        set => File.WriteAllText(this["program"], value);
    }

    private string this[string name] => System.IO.Path.Combine(_directory, name);

    /// <summary>The verb fails from now on, with these words in the runtime's log.</summary>
    public void Fail(string verb, string message) => File.WriteAllText(this[$"{verb}.fail"], message);

    /// <summary>The verb starts a process of its own, and neither ever ends.</summary>
    public void Hang(string verb) => File.WriteAllText(this[$"{verb}.hang"], "");

    /// <summary>The verb writes so many bytes to stdout, to stderr and to its log before it does its work.</summary>
    public void Flood(string verb, long bytes) => File.WriteAllText(this[$"{verb}.flood"], $"{bytes}");

    /// <summary>The verb does its work and writes no pid file.</summary>
    public void ForgetPidFile() => File.WriteAllText(this["no-pid-file"], "");

    /// <summary>Takes all that was said back.</summary>
    public void Behave()
    {
        foreach (string file in Directory.EnumerateFiles(_directory).Where(file => System.IO.Path.GetExtension(file) is ".fail" or ".hang" or ".flood"))
        {
            File.Delete(file);
        }
    }

    /// <summary>The verb waits before its work until it is let through.</summary>
    public void Close(string verb) => CloseGate($"{verb}.gate");

    public void Open(string verb) => OpenGate($"{verb}.gate");

    /// <summary>The verb does its work and waits until it is let go; it fails where its container has gone meanwhile.</summary>
    public void Keep(string verb) => CloseGate($"{verb}.late");

    public void LetGo(string verb) => OpenGate($"{verb}.late");

    public void WaitForCall(string verb)
        => Poll.Until(() => Calls.Any(call => call.StartsWith(verb + " ", StringComparison.Ordinal)), $"the runtime is called to {verb}");

    private void CloseGate(string name) => Fifo.Create(this[name]).OrThrow("mkfifo");

    private void OpenGate(string name)
    {
        Fd fifo = Fifo.OpenBoth(this[name]).OrThrow("open");
        _gates.Add(fifo);
        fifo.WriteAll("open\n"u8).OrThrow("write");
        NativeFile.Unlink(this[name]).OrThrow("unlink");
    }
}
