namespace Shimd.Tests.Fixtures;

/// <summary>A scripted runtime that also executes, checkpoints and restores: see tests/Fakes/more-verbs.sh.</summary>
internal sealed class MoreVerbs
{
    private readonly string _directory;

    /// <summary>On top of the scene's own scripted runtime.</summary>
    public MoreVerbs(Scene scene)
    {
        _directory = scene[""];
        string script = System.IO.Path.Combine(_directory, "more-verbs");
        File.WriteAllText(script, File.ReadAllText(System.IO.Path.Combine(Repository.Root, "tests/Fakes/more-verbs.sh")));
        File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Path = script;
    }

    /// <summary>For create's <c>runtime</c>.</summary>
    public string Path { get; }

    /// <summary>Its calls of those verbs, each the verb and its arguments.</summary>
    public IReadOnlyList<string> Calls => File.Exists(this["calls"]) ? File.ReadAllLines(this["calls"]) : [];

    /// <summary>What exec runs, in the words of sh.</summary>
    public string ExecProgram
    {
        set => File.WriteAllText(this["exec.program"], value);
    }

    private string this[string name] => System.IO.Path.Combine(_directory, name);

    /// <summary>The verb fails from now on, with these words in the runtime's log.</summary>
    public void Fail(string verb, string message) => File.WriteAllText(this[$"{verb}.fail"], message);
}
