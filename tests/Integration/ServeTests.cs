using System.Text.Json;
using Shimd.Native;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Integration;

/// <summary>The role <c>shimd serve</c>: where it serves, where it refuses to, and what it logs.</summary>
public sealed class ServeTests : SceneTests
{
    [Fact]
    public void Serve_RootThatIsServed_IsRefused()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());

        ChildEnd second = scene.Shimd("serve");

        Assert.Equal(1, second.Status.Code);
        Assert.Contains($"another agent serves {scene.Agent.Root} already", second.Errors, StringComparison.Ordinal);
        Assert.Equal("shimd", scene.Client.Call("hello").Text("server"));
    }

    [Fact]
    public void Serve_SocketThatAnswers_IsRefused()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());

        ChildEnd second = scene.Shimd("serve", "--root", scene["another-root"]);

        Assert.Equal(1, second.Status.Code);
        Assert.Contains($"somebody answers on {scene.Agent.Socket} already", second.Errors, StringComparison.Ordinal);
        Assert.Equal("shimd", scene.Client.Call("hello").Text("server"));
    }

    [Fact]
    public void Serve_StaleSocketFile_IsReplaced()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        scene.Agent.Kill();
        Assert.True(NativeFile.Status(scene.Agent.Socket) is { IsSocket: true });

        scene.Agent.Start();

        Assert.Equal("shimd", scene.Client.Call("hello").Text("server"));
    }

    [Fact]
    public void Serve_PlainFileAtTheSocketsPlace_IsLeftAlone()
    {
        using var directory = new TempDirectory();
        string file = directory.Write("shimd.sock", "precious");

        ChildEnd end = Serve("--root", directory["root"], "--socket", file);

        Assert.Equal(1, end.Status.Code);
        Assert.Contains("is no socket", end.Errors, StringComparison.Ordinal);
        Assert.Equal("precious", File.ReadAllText(file));
    }

    [Fact]
    public void Serve_RootThatCannotBeMade_SaysSo()
    {
        using var directory = new TempDirectory();
        string file = directory.Write("file", "");

        ChildEnd end = Serve("--root", $"{file}/root");

        Assert.Equal(1, end.Status.Code);
        Assert.Contains("choose another one with --root", end.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Serve_RootOfAnotherUser_IsRefused()
    {
        Machine.RequireRoot();
        using var directory = new TempDirectory();
        NativeFile.ChangeOwner(directory.Path, 12345, 12345).OrThrow("chown");

        ChildEnd end = Serve("--root", directory.Path);

        Assert.Equal(1, end.Status.Code);
        Assert.Contains("belongs to uid 12345", end.Errors, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(directory.Path));
    }

    [Fact]
    public void Serve_RootNotWritable_IsRefused()
    {
        Machine.RequireRoot();
        string setpriv = Machine.RequireProgram("setpriv");
        using var directory = new TempDirectory();
        File.Copy(Machine.Binary, directory["shimd"]);
        string root = directory.MakeDirectory("root");
        File.SetUnixFileMode(directory.Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherExecute);
        File.SetUnixFileMode(root, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        NativeFile.ChangeOwner(root, 12345, 12345).OrThrow("chown");

        ChildEnd end = Child.Run(setpriv, "--reuid=12345", "--regid=12345", "--clear-groups", directory["shimd"], "serve", "--root", root);

        Assert.Equal(1, end.Status.Code);
        Assert.Contains($"cannot write in the state root {root}", end.Errors, StringComparison.Ordinal);
        Assert.Contains("EACCES", end.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Serve_RootAndSocket_AreForTheOwnerOnly()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(scene.Agent.Socket));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(scene.Agent.Root));
    }

    [Fact]
    public void Serve_WithAGroup_LetsItInAndNobodyElse()
    {
        Machine.RequireRoot();
        string setpriv = Machine.RequireProgram("setpriv");
        Scene scene = Enter(Scene.WithFakeRuntime("--group", "23456"));
        string id = scene.Run();
        File.SetUnixFileMode(Path.GetDirectoryName(scene.Agent.Root)!, File.GetUnixFileMode(Path.GetDirectoryName(scene.Agent.Root)!) | UnixFileMode.OtherExecute);
        using var programs = new TempDirectory();
        File.Copy(Machine.Binary, programs["shimd"]);
        File.SetUnixFileMode(programs.Path, File.GetUnixFileMode(programs.Path) | UnixFileMode.OtherExecute);

        ChildEnd AsGroup(int group, params string[] program)
            => Child.Run(setpriv, ["--reuid=12345", $"--regid={group}", "--clear-groups", .. program]);

        ChildEnd member = AsGroup(23456, programs["shimd"], "--root", scene.Agent.Root, "ps", "-q");
        Assert.Equal((0, id, ""), (member.Status.Code, member.Output.Trim(), member.Errors));
        ChildEnd other = AsGroup(23457, programs["shimd"], "--root", scene.Agent.Root, "ps", "-q");
        Assert.NotEqual(0, other.Status.Code);
        Assert.Contains("not allowed to connect", other.Errors, StringComparison.Ordinal);
        Assert.NotEqual(0, AsGroup(23456, Machine.RequireProgram("ls"), scene.Agent.Root).Status.Code);
        Assert.NotEqual(0, AsGroup(23456, Machine.RequireProgram("ls"), Path.Combine(scene.Agent.Root, "containers")).Status.Code);
        Assert.NotEqual(0, AsGroup(23456, Machine.RequireProgram("cat"), Path.Combine(scene.Agent.Root, "events.log")).Status.Code);
    }

    [Fact]
    public void Log_Text_IsOnStderrWithALineForEachChange()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        string id = scene.Create();

        Poll.Until(() => scene.Agent.Log.Contains($"create {id}: asked by pid {Environment.ProcessId}", StringComparison.Ordinal), "create is logged");

        Assert.All(scene.Agent.Log.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => Assert.Matches(@"^\d{4}-\d\d-\d\dT[\d:.]+Z (info|warn): shimd\[\d+\] ", line));
    }

    [Fact]
    public void Log_Json_IsAnObjectALine()
    {
        Scene scene = Enter(Scene.WithFakeRuntime("--log-format", "json"));
        string id = scene.Create();

        Poll.Until(() => scene.Agent.Log.Contains($"create {id}", StringComparison.Ordinal), "create is logged");

        Assert.All(
            scene.Agent.Log.Split('\n', StringSplitOptions.RemoveEmptyEntries),
            line =>
            {
                using var parsed = JsonDocument.Parse(line);
                Assert.True(parsed.RootElement.Number("EventId") > 0);
                Assert.NotEmpty(parsed.RootElement.Text("Message"));
            });
    }

    [Fact]
    public void Socket_PathTooLong_TheClientSaysSo()
    {
        using var directory = new TempDirectory();
        string socket = directory[new string('s', 120)];

        ChildEnd end = Child.Run(Machine.Binary, "ps", "--socket", socket);

        Assert.Equal(125, end.Status.Code);
        Assert.Contains("name is too long", end.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Socket_NameTooLong_ServeSaysSo()
    {
        using var directory = new TempDirectory();
        string socket = directory[new string('s', 120)];

        ChildEnd end = Serve("--root", directory["root"], "--socket", socket);

        Assert.Equal(1, end.Status.Code);
        Assert.Contains($"cannot listen on {socket}: ENAMETOOLONG", end.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Socket_InALongDirectory_IsServed()
    {
        using var directory = new TempDirectory();
        string socket = Path.Combine(directory.MakeDirectory(new string('d', 120)), "socket");
        using var agent = new Agent(directory["root"], directory["log"], "--socket", socket);
        using var client = Client.Connect(socket);

        Assert.Equal("shimd", client.Call("hello").Text("server"));
        Assert.Equal(0, Child.Run(Machine.Binary, "ps", "--socket", socket).Status.Code);
        Assert.Equal(0, agent.Terminate().Code);
        Assert.False(File.Exists(socket));
    }

    private static ChildEnd Serve(params IReadOnlyList<string> arguments) => Child.Run(new SpawnRequest
    {
        Path = Machine.Binary,
        Arguments = ["shimd", "serve", .. arguments],
        Environment = Agent.CleanEnvironment,
        Descriptors = [],
    });
}
