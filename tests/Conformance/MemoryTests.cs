using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Conformance;

/// <summary>
/// What one connection leaves behind is too little to be seen beside the garbage collector's budget: here there are thousands. What the first
/// of them cost is the room that lines of the longest kind move about in; the others, some two thousand, must cost nothing more.
/// </summary>
public sealed class MemoryTests : ConformanceTests
{
    private const int Rounds = 7;
    private const int TurnsOfEach = 60;

    /// <summary>Half a kilobyte for each connection that comes after the first rounds.</summary>
    private const int GrowthKilobytes = 1_200;

    [Fact]
    public void Connections_OfEveryKind_LeaveNoMemoryBehind()
    {
        string id = Scene.Run();
        (string Name, Action Do)[] kinds =
        [
            ("malformed", () => Play(wire => wire.SendLines(Enumerable.Repeat("nonsense", 16)))),
            ("too long", TakeLongLine),
            ("a long line", () => Play(wire => wire.SendLines(Hello(1).PadRight(500_000)))),
            ("reset", () => Play(wire => wire.SendLines(Enumerable.Range(1, 200).Select(Hello)), toTheEnd: false)),
            ("waits and subscriptions left", () => Play(
                wire => wire.SendLines(
                    [.. Enumerable.Range(1, 32).Select(n => Request(n, "wait", new { id })), .. Enumerable.Range(50, 16).Select(n => Request(n, "subscribe", new { snapshot = true })), Hello(99)]),
                toTheEnd: false)),
            ("cancelled", () => Play(wire =>
            {
                for (int n = 1; n <= 30; n++)
                {
                    wire.SendLines(Request(n, "wait", new { id, timeoutMs = 60_000 }), $$$"""{"method":"$/cancelRequest","params":{"id":{{{n}}}}}""");
                }
            })),
            ("descriptors", () => Play(wire => wire.SendWithDescriptors("""{"id":1,"method":"hello","fds":9}""" + "\n", 8))),
            ("half a line with descriptors", () => Play(wire => wire.SendWithDescriptors("{", 8), toTheEnd: false)),
            ("ids in flight", () => Play(wire => wire.SendLines(Enumerable.Range(1, 100).Select(_ => Request(1, "wait", new { id, timeoutMs = 1 }))))),
            ("foreign", () => Play(wire => wire.Send("GET / HTTP/1.1\r\n\r\n"))),
        ];
        var settled = new List<int>();
        for (int round = 0; round < Rounds; round++)
        {
            foreach ((_, Action act) in kinds)
            {
                for (int turn = 0; turn < TurnsOfEach; turn++)
                {
                    act();
                }
            }

            settled.Add(Settled());
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"private dirty, in KB: {string.Join(", then ", settled)}");
        Assert.InRange(settled[^1] - settled[..3].Max(), int.MinValue, GrowthKilobytes);
    }

    /// <summary>One connection, from its beginning to its end.</summary>
    private void Play(Action<Wire> act, bool toTheEnd = true)
    {
        using var wire = Wire.Connect(Scene.Agent.Socket);
        act(wire);
        if (toTheEnd)
        {
            wire.HalfClose();
            _ = wire.AnswersToTheEnd();
        }
    }

    /// <summary>The least of what it has to itself while it answers on.</summary>
    private int Settled()
    {
        int least = int.MaxValue;
        for (int turn = 0; turn < 400; turn++)
        {
            AskBystander();
            if (turn % 20 == 0)
            {
                TakeLongLine();
                least = Math.Min(least, ProcFs.PrivateDirtyKilobytes(Scene.Agent.Pid));
            }
        }

        return least;
    }
}
