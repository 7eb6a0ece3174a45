using System.Text.Json;
using System.Text.Json.Nodes;

namespace Shimd.Tests.Fixtures;

/// <summary>
/// Makes OCI bundles whose root file system holds nothing but the binary under test, as /shimd, whose hidden verb <c>payload</c>
/// is the program that containers run.
/// </summary>
internal static class BundleBuilder
{
    /// <summary>A file of the root file system that is no program.</summary>
    public const string NotExecutable = "/not-executable";

    /// <summary>A bundle whose container runs the steps of <c>shimd payload</c>, one after the other.</summary>
    public static string Payload(string path, params IReadOnlyList<string> steps) => Program(path, ["/shimd", "payload", "run", .. steps]);

    /// <summary>A bundle whose container runs this program.</summary>
    public static string Program(string path, params IReadOnlyList<string> arguments) => Write(path, Config(arguments));

    /// <summary>A bundle with this configuration.</summary>
    public static string Write(string path, JsonNode config)
    {
        Directory.CreateDirectory(path);
        File.WriteAllText(Path.Combine(path, "config.json"), config.ToJsonString());
        return path;
    }

    /// <summary>The smallest configuration that both crun and runc take.</summary>
    public static JsonObject Config(IReadOnlyList<string> arguments) => JsonSerializer.SerializeToNode(new
    {
        ociVersion = "1.0.2",
        process = new
        {
            terminal = false,
            user = new { uid = 0, gid = 0 },
            args = arguments,
            env = new[] { "PATH=/", "WORD=passed" },
            cwd = "/",
        },
        root = new { path = RootFileSystem.Path, @readonly = true },
        mounts = new object[]
        {
            new { destination = "/proc", type = "proc", source = "proc" },
            new { destination = "/dev", type = "tmpfs", source = "tmpfs", options = new[] { "nosuid", "mode=755", "size=64k" } },
        },
        linux = new
        {
            namespaces = new object[]
            {
                new { type = "pid" }, new { type = "mount" }, new { type = "ipc" }, new { type = "uts" }, new { type = "network" },
            },
        },
    })!.AsObject();
}
