using System.Text;
using Shimd.Native;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Integration;

/// <summary>The same container's output, in our log and in that of conmon, which podman uses.</summary>
public sealed class LogPeerTests : SceneTests
{
    private const string Words = "cat /srv/data; echo oh >&2; head -c 100000 /dev/zero | tr '\\0' x; echo; echo end >&2; printf 'last words'";

    [Fact]
    public void Cri_SameContainer_TheSameLinesAsConmon()
    {
        string conmon = Machine.RequireProgram("conmon");
        Scene scene = Enter(Scene.With("crun"));
        string bundle = Busybox.Bundle(scene["bundle"], Words);
        byte[] data = new byte[2_000_000];
        new Random(11).NextBytes(data);
        File.WriteAllBytes(Path.Combine(bundle, "rootfs/srv/data"), data);
        string id = scene.NewId();

        _ = scene.Client.Call("run", new { id, bundle, log = new { format = "cri", path = scene["ours.log"] } });
        _ = scene.WaitFor(id);
        RunConmon(scene, conmon, bundle);

        foreach (string stream in (ReadOnlySpan<string>)["stdout", "stderr"])
        {
            Assert.Equal(Lines(scene["conmon.log"], stream), Lines(scene["ours.log"], stream));
        }

        Assert.StartsWith("last words", Lines(scene["ours.log"], "stdout")[^1], StringComparison.Ordinal);
        Assert.Equal(["oh\n", "end\n"], Lines(scene["ours.log"], "stderr"));
    }

    /// <summary>conmon has the runtime create it, and ends with it.</summary>
    private static void RunConmon(Scene scene, string conmon, string bundle)
    {
        string crun = Machine.RequireProgram("crun");
        string id = scene.NewId();
        Directory.CreateDirectory(scene["conmon/exits"]);
        using Fd nothing = NativeFile.OpenNull().OrThrow("open");
        using Child running = Child.Start(new SpawnRequest
        {
            Path = conmon,
            Arguments =
            [
                "conmon", "--sync", "-c", id, "-u", id, "-n", id, "-r", crun, "--runtime-arg", "--root", "--runtime-arg", scene["conmon/state"],
                "-b", bundle, "-l", $"k8s-file:{scene["conmon.log"]}", "-p", scene["conmon/pid"], "--exit-dir", scene["conmon/exits"],
                "--full-attach", "--socket-dir-path", scene["conmon"], "-0", scene["conmon"],
            ],
            Descriptors = [nothing, nothing, nothing],
        });
        Poll.Until(() => File.Exists(scene["conmon/pid"]) && new FileInfo(scene["conmon/pid"]).Length > 0, "conmon has the container created");
        Poll.Until(() => Child.Run(crun, "--root", scene["conmon/state"], "start", id).Status.Code == 0, "crun starts it");
        _ = running.WaitForEnd();
        _ = Child.Run(crun, "--root", scene["conmon/state"], "delete", "-f", id);
    }

    /// <summary>The lines of one stream, their pieces joined.</summary>
    private static List<string> Lines(string path, string stream)
    {
        var lines = new List<string>();
        var line = new StringBuilder();
        foreach (string record in File.ReadAllText(path, Encoding.Latin1).Split('\n')[..^1])
        {
            string[] parts = record.Split(' ', 4);
            if (parts[1] == stream)
            {
                line.Append(parts[3]);
                if (parts[2] == "F")
                {
                    lines.Add(line.Append('\n').ToString());
                    line.Clear();
                }
            }
        }

        lines.Add(line.ToString());
        return [.. lines.Where(text => text.Length > 0)];
    }
}
