using System.Text.Json.Nodes;
using Shimd.Native;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Integration;

/// <summary>Containers whose root is another user outside (user_namespaces(7)).</summary>
public sealed class UserNamespaceTests : SceneTests
{
    private const int HostId = 100_000;

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Fifo_OpenedAgainByTheProcess_IsItsOwn(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        Assert.SkipUnless(NativeFile.Status("/proc/self/ns/user") is not null, "the kernel has no user namespaces");
        Fifo.Create(scene["out"]).OrThrow("mkfifo");
        using Fd output = Fifo.OpenReader(scene["out"]).OrThrow("open");
        string bundle = Busybox.Bundle(scene["userns"], "/busybox id -u; echo again >/proc/self/fd/1");
        BundleBuilder.Write(bundle, Mapped(JsonNode.Parse(File.ReadAllText(Path.Combine(bundle, "config.json")))!));
        MakeReachable(bundle);
        string id = scene.NewId();

        _ = scene.Client.Call("run", new { id, bundle, stdio = new { stdout = new { fifo = scene["out"] } } });

        Assert.Equal(0, scene.WaitFor(id).Number("code"));
        Assert.Equal("0\nagain\n", Child.ReadToEnd(output));
    }

    private static JsonNode Mapped(JsonNode config)
    {
        JsonNode linux = config["linux"]!;
        linux["namespaces"]!.AsArray().Add(new JsonObject { ["type"] = "user" });
        foreach (string mappings in (ReadOnlySpan<string>)["uidMappings", "gidMappings"])
        {
            linux[mappings] = new JsonArray(new JsonObject { ["containerID"] = 0, ["hostID"] = HostId, ["size"] = 1000 });
        }

        return config;
    }

    // Directories of tests are their owner's only, and the container's root is another user.
    private static void MakeReachable(string path)
    {
        for (string? directory = path; directory is not null and not "/tmp"; directory = Path.GetDirectoryName(directory))
        {
            File.SetUnixFileMode(directory, File.GetUnixFileMode(directory) | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        }
    }
}
