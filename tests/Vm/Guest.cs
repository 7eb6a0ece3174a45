using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Vm;

/// <summary>
/// The guest's whole file system, as an initramfs: the binary under test, busybox, crun and jq with their libraries, the scripts
/// of tests/Vm/guest, and bundles that share one root file system.
/// </summary>
internal static partial class Guest
{
    private const long MiB = 1024 * 1024;
    private const string RootFileSystemPath = "/rootfs";
    private const string Counting = "n=0; while :; do n=$((n + 1)); echo $n >/dev/count.new; /busybox mv /dev/count.new /dev/count; /busybox usleep 50000; done";

    public static string Scripts => Path.Combine(Repository.Root, "tests/Vm/guest");

    /// <summary>Makes it, or the test is skipped for what the machine has not.</summary>
    /// <param name="path">The file.</param>
    /// <param name="more">Further programs of this machine to take along.</param>
    public static void Write(string path, params IReadOnlyList<string> more)
    {
        string busybox = Machine.RequireProgram("busybox");
        string[] programs = [Machine.RequireProgram("crun"), Machine.RequireProgram("jq"), .. more.Select(Machine.RequireProgram)];
        using var archive = new CpioArchive(path);
        archive.Add("/bin/shimd", File.ReadAllBytes(Machine.Binary), executable: true);
        archive.Add("/bin/busybox", File.ReadAllBytes(busybox), executable: true);
        foreach (string program in programs)
        {
            archive.Add($"/bin/{Path.GetFileName(program)}", File.ReadAllBytes(program), executable: true);
        }

        foreach (string library in programs.SelectMany(LibrariesOf).Distinct())
        {
            archive.Add(library, File.ReadAllBytes(library), executable: true);
        }

        foreach (string module in Kernel.Modules)
        {
            archive.Add($"/modules/{Path.GetFileName(module)}", File.ReadAllBytes(module));
        }

        AddScripts(archive);
        AddBundles(archive);
    }

    private static void AddScripts(CpioArchive archive)
    {
        foreach (string script in Directory.EnumerateFiles(Scripts, "*", SearchOption.AllDirectories))
        {
            string name = Path.GetRelativePath(Scripts, script);
            archive.Add(name == "init" ? "/init" : $"/guest/{name}", File.ReadAllBytes(script), executable: true);
        }
    }

    private static void AddBundles(CpioArchive archive)
    {
        foreach (string mountPoint in (ReadOnlySpan<string>)["proc", "dev"])
        {
            archive.AddDirectory($"{RootFileSystemPath}/{mountPoint}");
        }

        AddBundle(archive, "exit7", Payload("print seven follows", "exit 7"));
        AddBundle(archive, "sleeper", Payload("sleep 10000"));
        AddBundle(archive, "obedient", Payload("until-term 3"));
        AddBundle(archive, "deaf", Payload("ignore-term"));
        AddBundle(archive, "ticker", Payload("ticks 1000000 20"));
        AddBundle(archive, "oom", WithMemoryLimit(Payload("oom 64"), 16 * MiB));
        AddBundle(archive, "limited", WithMemoryLimit(Payload("sleep 10000"), 32 * MiB));
        AddBundle(archive, "counter", WithoutNetwork(BundleBuilder.Config(["/busybox", "sh", "-c", Counting])));
    }

    private static JsonObject Payload(params IReadOnlyList<string> steps) => BundleBuilder.Config(["/shimd", "payload", "run", .. steps]);

    private static JsonObject WithMemoryLimit(JsonObject config, long bytes)
    {
        config["linux"]!["resources"] = new JsonObject { ["memory"] = new JsonObject { ["limit"] = bytes } };
        return config;
    }

    /// <summary>Without a network namespace of its own, whose packets CRIU would hold back by iptables-restore(8).</summary>
    private static JsonObject WithoutNetwork(JsonObject config)
    {
        config["linux"]!["namespaces"]!.AsArray().RemoveAll(space => (string)space!["type"]! == "network");
        return config;
    }

    private static void AddBundle(CpioArchive archive, string name, JsonObject config)
    {
        config["root"]!["path"] = RootFileSystemPath;
        config["mounts"]!.AsArray().Add(new JsonObject
        {
            ["destination"] = "/dev/pts",
            ["type"] = "devpts",
            ["source"] = "devpts",
            ["options"] = new JsonArray("newinstance", "ptmxmode=0666", "mode=0620"),
        });
        archive.Add($"/bundles/{name}/config.json", Encoding.UTF8.GetBytes(config.ToJsonString()));
    }

    /// <summary>What the dynamic loader would load for it, and the loader; nothing for a static program.</summary>
    private static IEnumerable<string> LibrariesOf(string program)
    {
        ChildEnd listed = Child.Run(Machine.RequireProgram("ldd"), program);
        Assert.DoesNotContain("not found", listed.Output, StringComparison.Ordinal);
        return LibraryPath().Matches(listed.Output).Select(match => match.Groups["path"].Value);
    }

    [GeneratedRegex(@"(?<path>/\S+) \(0x")]
    private static partial Regex LibraryPath();
}
