using System.Text.Json;
using Shimd.Native;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Integration;

/// <summary>The client's verbs, as people and scripts use them.</summary>
public sealed class VerbTests : SceneTests
{
    public static TheoryData<string> Verbs => ["serve", "run", "create", "start", "stop", "kill", "wait", "delete", "ps", "state", "events", "call", "version"];

    [Theory]
    [MemberData(nameof(Verbs))]
    public void Help_OfEveryVerb_HasAnExample(string verb)
    {
        ChildEnd end = Child.Run(Machine.Binary, verb, "--help");

        Assert.Equal((0, ""), (end.Status.Code, end.Errors));
        string[] examples = end.Output.Split("Examples:")[1].Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.StartsWith($"  shimd {verb}", examples[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Help_OfTheWhole_NamesEveryVerb()
    {
        ChildEnd end = Child.Run(Machine.Binary, "--help");

        Assert.Equal(0, end.Status.Code);
        Assert.All(Verbs, verb => Assert.Contains($"  {verb.Data} ", end.Output, StringComparison.Ordinal));
        Assert.DoesNotContain("payload", end.Output, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void CreateStartWaitDelete_EachPrintsWhatTheNextNeeds(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.NewId();

        Assert.Equal(new Said(0, $"{id}\n", ""), scene.Say("create", "--bundle", scene.Payload("exit 7"), id));
        Assert.Equal(new Said(0, $"{id}\n", ""), scene.Say("start", id));
        Assert.Equal(new Said(0, "7\n", ""), scene.Say("wait", id));
        Assert.Equal(new Said(0, $"{id}\n", ""), scene.Say("delete", id));
        Assert.Equal(new Said(0, "", ""), scene.Say("ps", "-q"));
    }

    [Fact]
    public void Verbs_Errors_ExitOneAndSayTheNextStep()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        string id = scene.Run();

        Said unknown = scene.Say("state", "nobody");
        Said running = scene.Say("delete", id);
        Said taken = scene.Say("create", "-b", scene.Payload(), id);

        Assert.Equal(new Said(1, "", "shimd: no such container nobody\nshimd: list what there is with: shimd ps\n"), unknown);
        Assert.Equal(1, running.Code);
        Assert.StartsWith("shimd: cannot delete a container in the 'running' state\n", running.Errors, StringComparison.Ordinal);
        Assert.Contains($"shimd stop {id}", running.Errors, StringComparison.Ordinal);
        Assert.Equal(1, taken.Code);
        Assert.Contains("already exists", taken.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Verbs_WrongUsage_ExitTwo()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());

        Assert.Equal(2, scene.Say("no-such-verb").Code);
        Assert.Equal(2, scene.Say("state").Code);
        Assert.Equal(2, scene.Say("kill", "-s", "SIGNOTHING", "web").Code);
        Assert.Equal(2, scene.Say("wait", "--timeout", "soon", "web").Code);
    }

    [Fact]
    public void Verbs_NoAgent_Exit125()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        foreach (string verb in (ReadOnlySpan<string>)["ps", "events"])
        {
            Said said = scene.Say(verb, "--socket", scene["none"]);
            Assert.Equal(125, said.Code);
            Assert.Contains("no agent", said.Errors, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Json_OfEveryVerb_IsAnObjectALine()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        string id = scene.NewId();
        string bundle = scene.Payload();

        Assert.Equal("created", Json(scene, "create", "--bundle", bundle, id).Text("status"));
        Assert.Equal("running", Json(scene, "start", id).Text("status"));
        Assert.Equal(id, Json(scene, "ps").Text("id"));
        Assert.Equal("running", Json(scene, "state", id).Text("status"));
        Assert.Equal("init", Json(scene, "state", id, "init").Text("process"));
        Assert.Equal("{}", Json(scene, "kill", "-s", "KILL", id).ToString());
        Assert.Equal(137, Json(scene, "wait", id).Number("code"));
        Assert.Equal("stopped", Json(scene, "stop", id).Text("status"));
        Assert.Equal("stopped", Json(scene, "delete", id).Text("status"));
        Assert.Equal("shimd", Json(scene, "version").GetProperty("server").Text("server"));
        Assert.Equal("shimd", Json(scene, "call", "hello").Text("server"));
    }

    [Fact]
    public void Json_Error_IsAnObjectOnStderr()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());

        Said said = scene.Say("--format", "json", "state", "nobody");

        using var error = JsonDocument.Parse(said.Errors);
        Assert.Equal((1, ""), (said.Code, said.Output));
        Assert.Equal((1001, "NOT_FOUND"), (error.RootElement.Number("code"), error.RootElement.GetProperty("data").Text("name")));
    }

    [Fact]
    public void Ps_Table_HasAHeaderAndARow()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        string id = scene.Run();

        string[] lines = scene.Say("ps").Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(2, lines.Length);
        Assert.StartsWith("ID ", lines[0], StringComparison.Ordinal);
        Assert.Matches($"^{id} +running +{scene.PidOf(id)} ", lines[1]);
    }

    [Fact]
    public void State_ForPeople_TellsPidAndBundle()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        string id = scene.Run();

        string output = scene.Say("state", id).Output;

        Assert.Matches($"ID +{id}\nSTATUS +running\nPID +{scene.PidOf(id)}\n", output);
        Assert.Contains("bundle-", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Events_FollowsUntilTheAgentGoes_AndSaysHowToGoOn()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        using Pipe output = Pipe.Create().OrThrow("pipe2");
        using Pipe errors = Pipe.Create().OrThrow("pipe2");
        using Fd nothing = NativeFile.OpenNull().OrThrow("open");
        string since = $"{scene.Client.Call("hello").Text("epoch")}:0";
        string id = scene.Create();
        using var events = Child.Start(scene.ShimdRequest("events", "--since", since, "--type", "create", "--type", "start") with { Descriptors = [nothing, output.Writer, errors.Writer] });
        output.Writer.Dispose();
        errors.Writer.Dispose();
        Assert.Matches($"Z  create +{id} +pid ", Child.ReadLine(output.Reader));

        _ = scene.Client.Call("start", new { id });
        Assert.Matches($"Z  start +{id} +pid ", Child.ReadLine(output.Reader));
        _ = scene.Agent.Terminate();

        Assert.Contains("--since ", Child.ReadToEnd(errors.Reader), StringComparison.Ordinal);
        Assert.Equal(125, events.WaitForEnd().Code);
        scene.Agent.Start();
    }

    [Theory]
    [InlineData("bash")]
    [InlineData("zsh")]
    [InlineData("fish")]
    public void Completion_OfAContainer_AsksTheAgentThatIsMeant(string shell)
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        string[] ids = [scene.Create(), scene.Create()];
        (string program, string[] before) = shell switch
        {
            "fish" => (Machine.RequireProgram("fish"), ["-c", $"source '{Repository.Root}/completions/shimd.fish'; complete -C (string join ' ' -- $argv) | env LC_ALL=C sort | string join ' '; true"]),
            "zsh" => (Machine.RequireProgram("zsh"), ["-c", ZshWords, "zsh"]),
            _ => (Machine.RequireProgram("bash"), new[] { "-c", $"source '{Repository.Root}/completions/shimd.bash'; COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); _shimd; echo \"${{COMPREPLY[@]}}\"", "bash" }),
        };
        string Complete(string[] environment, params string[] line)
        {
            ChildEnd end = Child.Run(scene.ShimdRequest() with { Path = program, Arguments = [program, .. before, Machine.Binary, .. line], Environment = environment, Descriptors = [] });
            Assert.Equal((0, ""), (end.Status.Code, end.Errors));
            return end.Output.TrimEnd('\n');
        }

        string[] known = [.. Agent.CleanEnvironment, $"SHIMD_SOCKET={scene.Agent.Socket}"];
        string[] unknown = [.. Agent.CleanEnvironment, $"SHIMD_SOCKET={scene["nothing"]}"];
        Assert.Equal(string.Join(' ', ids.Order(StringComparer.Ordinal)), Complete(known, "state", ""));
        Assert.Equal(ids[1], Complete(known, "stop", ids[1]));
        Assert.Equal("", Complete(unknown, "state", ""));
        Assert.Equal(string.Join(' ', ids.Order(StringComparer.Ordinal)), Complete(unknown, "--socket", scene.Agent.Socket, "--format", "json", "state", ""));
        Assert.Equal(string.Join(' ', ids.Order(StringComparer.Ordinal)), Complete(unknown, "state", "--socket", scene.Agent.Socket, ""));
    }

    /// <summary>What zsh itself does with the words of the line, as far as it matters here.</summary>
    private static string ZshWords => $$"""
        compadd() { shift; print -- $(print -l -- "$@" | grep -- "^$PREFIX" | LC_ALL=C sort) }
        _arguments() {
            if [[ $1 == -C ]]; then state=rest words=(state "${words[-1]}"); else _shimd_containers; fi
        }
        words=("$@") CURRENT=$# PREFIX=${@[-1]}
        source '{{Repository.Root}}/completions/_shimd'
        """;

    private static JsonElement Json(Scene scene, params IReadOnlyList<string> arguments)
    {
        Said said = scene.Say(["--format", "json", .. arguments]);
        Assert.Equal((0, ""), (said.Code, said.Errors));
        Assert.Equal(1, said.Output.Count(character => character == '\n'));
        return JsonElement.Parse(said.Output);
    }
}
