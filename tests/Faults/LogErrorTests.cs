using System.Globalization;
using System.Text;
using System.Text.Json;
using Shimd.Native;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Faults;

/// <summary>Logs on a disk that fails and is mended, and logs that may not grow.</summary>
public sealed class LogErrorTests : SceneTests
{
    private const int Block = 64 * 1000;

    [Theory]
    [InlineData("EIO", "json-file")]
    [InlineData("EIO", "cri")]
    [InlineData("EDQUOT", "cri")]
    public void Drop_WritesFail_TheContainerRunsOnAndWhatIsMissingIsCountedAndMarked(string error, string format)
    {
        (Scene scene, string id, Fd input) = Cat(format, "drop");
        using Fd held = input;
        string log = scene["out.log"];

        int sent = 0;
        using (Tracer.FailWrites(scene.ShimOf(id), log, error))
        {
            // More than any buffer takes: the container is not held up.
            for (; sent < 40 * Block; sent += Block)
            {
                Ready.Send(input, Lines());
            }

            Poll.Until(() => Dropped(scene, id) > 0, "what is dropped is in stats");
            Assert.Equal("running", scene.StatusOf(id));
        }

        Poll.Until(() => Marks(log, error).Sum() is > 0 and var marked && marked == Dropped(scene, id), "the log says what is missing");
        Ready.Send(input, "after\n"u8);
        Poll.Until(() => LogContent.ReadSoFar(log)[^1].Text == "after\n", "what comes then is logged");
        Assert.Equal("first\n".Length + sent + "after\n".Length, LogContent.Read(log).Bytes("stdout").Length + Dropped(scene, id));
    }

    [Theory]
    [InlineData("EIO")]
    [InlineData("EROFS")]
    public void Block_WritesFail_TheContainerWaitsAndLosesNothing(string error)
    {
        (Scene scene, string id, Fd input) = Cat("cri", "block");
        using Fd held = input;
        string log = scene["out.log"];
        byte[] lines = Lines();
        int sent = 0;
        using (Tracer.FailWrites(scene.ShimOf(id), log, error))
        {
            // Until all buffers are full, ours and the pipes'.
            Poll.Until(() => SendMore() && ShimLog(scene, id).Contains("output waits", StringComparison.Ordinal), "nothing more is taken, and the log waits");
            Assert.Equal("running", scene.StatusOf(id));
        }

        Ready.Send(input, [.. lines.AsSpan(sent % lines.Length), .. "after\n"u8]);
        sent += lines.Length - (sent % lines.Length);
        Poll.Until(() => LogContent.ReadSoFar(log)[^1].Text == "after\n", "the log goes on");
        byte[] expected = [.. "first\n"u8, .. Enumerable.Repeat(lines, sent / lines.Length).SelectMany(block => block), .. "after\n"u8];
        Assert.Equal(expected, LogContent.Read(log).Bytes("stdout"));
        Assert.Equal(0, Dropped(scene, id));

        bool SendMore()
        {
            SysResult written;
            while ((written = input.Write(lines.AsSpan(sent % lines.Length))).IsOk)
            {
                sent += (int)written.Value;
            }

            return sent > 2 * Block;
        }
    }

    [Fact]
    public void Drop_FileMayNotGrow_NobodyDiesAndItGoesOnWhenItMay()
    {
        string prlimit = Machine.RequireProgram("prlimit");
        (Scene scene, string id, Fd input) = Cat("cri", "drop");
        using Fd held = input;
        int shim = scene.ShimOf(id);
        Assert.Equal(0, Child.Run(prlimit, "--pid", $"{shim}", $"--fsize={Block}:").Status.Code);

        int sent = 0;
        for (; sent < 10 * Block; sent += Block)
        {
            Ready.Send(input, Lines());
        }

        Poll.Until(() => Dropped(scene, id) > 0, "what is dropped is in stats");
        Assert.Equal("running", scene.StatusOf(id));
        Assert.Equal(0, Child.Run(prlimit, "--pid", $"{shim}", "--fsize=unlimited:").Status.Code);

        Poll.Until(() => Marks(scene["out.log"], "EFBIG").Sum() is > 0 and var marked && marked == Dropped(scene, id), "the log says what is missing");
        Ready.Send(input, "after\n"u8);
        Poll.Until(() => LogContent.ReadSoFar(scene["out.log"])[^1].Text == "after\n", "what comes then is logged");
    }

    /// <summary>A container that says what comes through a fifo, and has said something already.</summary>
    private (Scene Scene, string Id, Fd Input) Cat(string format, string onFull)
    {
        Scene scene = Enter(Scene.With("crun"));
        Fifo.Create(scene["in"]).OrThrow("mkfifo");
        Fd input = Fifo.OpenBoth(scene["in"]).OrThrow("open");
        input.SetNonBlocking(true).OrThrow("fcntl");
        string id = scene.NewId();
        var stdio = new { stdin = new { fifo = scene["in"] }, stdout = "log" };
        _ = scene.Client.Call("run", new { id, bundle = scene.Payload("cat"), stdio, log = new { format, path = scene["out.log"], onFull } });
        Ready.Send(input, "first\n"u8);
        Poll.Until(() => new FileInfo(scene["out.log"]) is { Exists: true, Length: > 0 }, "the first line is logged");
        return (scene, id, input);
    }

    private static byte[] Lines() => Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, Block / 10).Select(i => $"line {i:0000}\n")));

    private static string ShimLog(Scene scene, string id) => File.ReadAllText(Path.Combine(scene.ProcessDirectory(id), "shim.log"));

    private static long Dropped(Scene scene, string id)
        => scene.Client.Call("stats", new { id }).GetProperty("shim").TryGetProperty("droppedBytes", out JsonElement bytes) ? bytes.GetInt64() : 0;

    private static long[] Marks(string log, string error)
        => [.. from line in LogContent.ReadSoFar(log)
               where line.Stream == "stderr" && line.Text.StartsWith("shimd: ", StringComparison.Ordinal) && line.Text.Contains(error, StringComparison.Ordinal)
               select long.Parse(line.Text.Split(' ')[1], CultureInfo.InvariantCulture)];
}
