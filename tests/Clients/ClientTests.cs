using Shimd.Native;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Clients;

/// <summary>The programs of docs/clients, as they stand there, with a real container each.</summary>
[Collection(Sequential.Name)]
public sealed class ClientTests : SceneTests
{
    private static string Clients => Path.Combine(Repository.Root, "docs/clients");

    [Fact]
    public void Shell_WithSocat_Works()
    {
        _ = Machine.RequireProgram("jq");
        _ = Machine.RequireProgram("socat");
        AssertWorks("/bin/sh", Path.Combine(Clients, "client.sh"));
    }

    [Fact]
    public void Shell_WithNc_Works()
    {
        using var path = new TempDirectory();
        foreach (string program in (ReadOnlySpan<string>)["jq", "nc"])
        {
            File.CreateSymbolicLink(path[program], Machine.RequireProgram(program));
        }

        Assert.SkipUnless(Child.Run(path["nc"], "-h").Errors.Contains("OpenBSD", StringComparison.Ordinal), "this nc is not OpenBSD's");
        AssertWorks("/bin/sh", ["-c", "PATH=$0; exec /bin/sh \"$@\"", path.Path, Path.Combine(Clients, "client.sh")]);
    }

    [Fact]
    public void Python_Works() => AssertWorks(Machine.RequireProgram("python3"), Path.Combine(Clients, "client.py"));

    [Fact]
    public void C_Works()
    {
        string compiler = Machine.PathOf("cc") ?? Machine.RequireProgram("clang");
        using var directory = new TempDirectory();
        ChildEnd built = Child.Run(compiler, "-std=c17", "-Wall", "-Wextra", "-Werror", "-o", directory["client"], Path.Combine(Clients, "client.c"));
        Assert.True(built.Status.Code == 0, built.Errors);

        AssertWorks(directory["client"]);
    }

    [Fact]
    public void Node_Works()
    {
        string node = Machine.RequireProgram("node");
        using var directory = new TempDirectory();
        File.Copy(Path.Combine(Clients, "client.mjs"), directory["client.mjs"]);
        ChildEnd installed = Child.RunShell($"cd '{directory.Path}' && timeout 60 npm install --no-audit --no-fund json-rpc-2.0");
        Assert.SkipUnless(installed.Status.Code == 0, $"npm cannot install json-rpc-2.0: {installed.Errors}");

        AssertWorks(node, directory["client.mjs"]);
    }

    [Fact]
    public void CSharp_Works()
    {
        string dotnet = Machine.RequireProgram("dotnet");
        using var directory = new TempDirectory();
        foreach (string file in (ReadOnlySpan<string>)["client.csproj", "Program.cs"])
        {
            File.Copy(Path.Combine(Clients, "csharp", file), directory[file]);
        }

        ChildEnd restored = Child.RunShell($"cd '{directory.Path}' && timeout 120 '{dotnet}' restore");
        Assert.SkipUnless(restored.Status.Code == 0, $"NuGet does not serve StreamJsonRpc: {restored.Output}");
        ChildEnd built = Child.RunShell($"cd '{directory.Path}' && '{dotnet}' build --no-restore -o out -nodeReuse:false");
        Assert.True(built.Status.Code == 0, built.Output);

        AssertWorks(dotnet, directory["out/client.dll"]);
    }

    private void AssertWorks(string program, params IReadOnlyList<string> arguments)
    {
        Scene scene = Enter(Scene.With("crun"));
        string id = scene.NewId();
        string bundle = scene.Payload("sleep 0.2", "exit 7");

        ChildEnd end = Child.Run(new SpawnRequest
        {
            Path = program,
            Arguments = [program, .. arguments, scene.Agent.Socket, bundle, id],
            Environment = Agent.CleanEnvironment,
            Descriptors = [],
        });

        Assert.True(end.Status.Code == 0, end.Errors);
        string[] lines = end.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["exit 7", "NOT_FOUND"], lines.Where(line => !line.StartsWith("event ", StringComparison.Ordinal)));
        Assert.Equal(["event create", "event start", "event exit"], lines.Where(line => line.StartsWith("event ", StringComparison.Ordinal)).Take(3));
        scene.AssertNothingLeft();
    }
}
