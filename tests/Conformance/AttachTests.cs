using System.Text;
using System.Text.Json;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Conformance;

/// <summary>Attached clients that never read: they hold up neither the container nor who does read, and cost nothing that grows.</summary>
public sealed class AttachTests : ConformanceTests
{
    private const int Bytes = 4_000_000;

    [Fact]
    public void Attachers_ThatNeverRead_HoldNobodyUp()
    {
        Scene.Fake.Program = $"head -c {Bytes} /dev/zero | tr '\\0' x; exit 4";
        string id = Scene.NewId();
        _ = Scene.Client.Call("create", new { id, bundle = Scene.Payload(), stdio = new { stdout = "attach" } });
        Wire inEvents = Connect();
        Wire raw = Connect();
        Wire reader = Connect();
        inEvents.SendLines(Request(1, "attach", new { id }));
        raw.SendLines(Request(1, "attach", new { id, raw = true }));
        reader.SendLines(Request(1, "attach", new { id }), Request(2, "start", new { id }), Request(3, "wait", new { id }));
        Assert.Equal("1: ok", inEvents.Answer());
        Assert.Equal("1: ok", raw.Answer());

        // One reads, and gets every byte, the end, and its answers.
        var seen = new List<string>();
        long got = 0;
        for (bool ended = false; !ended || seen.Count < 3;)
        {
            JsonElement next = reader.Next();
            string last = Wire.Short(next);
            ended |= last == "event end";
            if (last == "event output")
            {
                got += Encoding.UTF8.GetByteCount(next.GetProperty("params").Text("text"));
            }
            else if (last != "event end")
            {
                seen.Add(last);
            }
        }

        Assert.Equal(Bytes, got);
        Assert.Equal(["1: ok", "2: ok", "3: ok"], seen);
        Assert.InRange(ProcFs.PrivateDirtyKilobytes(Scene.Agent.Pid), 0, 16 * 1024);

        // Who looks only now is told what is missing: all bytes are accounted for.
        long accounted = 0;
        long lost = 0;
        JsonElement message = inEvents.Next().GetProperty("params");
        for (; message.Text("type") != "end"; message = inEvents.Next().GetProperty("params"))
        {
            Assert.Equal(1, message.Number("request"));
            Assert.False(message.TryGetProperty("seq", out _));
            lost += message.Text("type") == "gap" ? message.GetProperty("lostBytes").GetInt64() : 0;
            accounted += message.Text("type") == "output" ? message.Text("text").Length : 0;
        }

        Assert.Equal(Bytes, accounted + lost);
        Assert.True(lost > 0, "four megabytes fit a socket?");
    }
}
