using System.Text.Json.Nodes;

namespace Shimd.Tests.Fixtures;

/// <summary>
/// Bundles whose root file system holds a static busybox as /busybox, for what shimd's own payload has no word for: a shell's
/// traps, <c>stty</c>, <c>tty</c>, <c>pwd</c>. /dev/pts is mounted, so that there can be terminals.
/// </summary>
internal static class Busybox
{
    /// <summary>A bundle whose container runs these words of sh; skips the test where there is no busybox.</summary>
    public static string Bundle(string path, string words, bool terminal = false)
    {
        JsonObject config = BundleBuilder.Config(Shell(words));
        config["process"]!["terminal"] = terminal;
        config["root"]!["path"] = MakeRoot(Directory.CreateDirectory(path).FullName);
        config["mounts"]!.AsArray().Add(JsonNode.Parse(
            """{"destination":"/dev/pts","type":"devpts","source":"devpts","options":["newinstance","ptmxmode=0666","mode=0620"]}"""));
        return BundleBuilder.Write(path, config);
    }

    /// <summary>The arguments that run these words in such a container.</summary>
    public static string[] Shell(string words) => ["/busybox", "sh", "-c", words];

    private static string MakeRoot(string path)
    {
        const UnixFileMode ForAll = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
            | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
        string root = Path.Combine(path, "rootfs");
        foreach (string directory in (ReadOnlySpan<string>)["", "proc", "dev", "srv"])
        {
            File.SetUnixFileMode(Directory.CreateDirectory(Path.Combine(root, directory)).FullName, ForAll);
        }

        File.Copy(Machine.RequireProgram("busybox"), Path.Combine(root, "busybox"));
        File.SetUnixFileMode(Path.Combine(root, "busybox"), ForAll);
        return root;
    }
}
