using Shimd.Native;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Conformance;

/// <summary>Descriptors: counted by the line, or the end of the connection.</summary>
public sealed class DescriptorTests : ConformanceTests
{
    public static TheoryData<string, int> Mismatches => new()
    {
        { """{"id":1,"method":"hello","fds":1}""" + "\n", 0 },
        { """{"id":1,"method":"hello","fds":2}""" + "\n", 1 },
        { """{"id":1,"method":"hello"}""" + "\n", 1 },
        { """{"id":1,"method":"hello","fds":1}""" + "\n", 2 },
        { """{"id":1,"method":"hello","fds":8}""" + "\n", 9 },
        { """{"id":1,"method":"hello","fds":9}""" + "\n", 9 },
        { """{"id":1,"method":"hello","fds":9}""" + "\n", 0 },
        { """{"id":1,"method":"hello","fds":-1}""" + "\n", 0 },
        { """{"id":1,"method":"hello","fds":"1"}""" + "\n", 1 },
        { """{"id":1,"method":"hello","fds":1.0}""" + "\n", 1 },
        { """{"id":1,"method":"hello","fds":null}""" + "\n", 0 },
        { "nonsense\n", 1 },
        { """{"id":null,"method":"hello","fds":1}""" + "\n", 1 },
        { """{"id":1,"method":"list","params":[],"fds":1}""" + "\n", 1 },
        { new string('x', 1_100_000) + "\n", 1 },
        { """{"id":1,"meth""", 9 },
        { "\n", 1 },
        { """{"id":1,"method":"hello"}""" + "\n", 16 },
    };

    [Theory]
    [MemberData(nameof(Mismatches))]
    public void Mismatch_Any_IsFdErrorAndTheEnd(string input, int descriptors)
    {
        Wire wire = Connect();
        _ = wire.SendWithDescriptors(input, descriptors);
        List<string> answers = wire.AnswersToTheEnd();

        Assert.EndsWith(": FD_ERROR", answers[^1], StringComparison.Ordinal);
        Assert.All(answers[..^1], answer => Assert.Equal("1: ok", answer));
    }

    [Fact]
    public void Descriptors_NoneToldAndNoneSent_IsNoMismatch()
    {
        Wire wire = Connect();
        wire.SendLines("""{"id":1,"method":"hello","fds":0}""", """{"id":2,"method":"hello","fds":-0}""", Hello(3));

        Assert.Equal(["1: ok", "2: ok", "3: ok"], wire.Answers(3));
    }

    [Fact]
    public void Descriptors_ThatAMethodDoesNotUse_AreClosed()
    {
        Wire wire = Connect();
        for (int id = 1; id <= 100; id++)
        {
            Assert.True(wire.SendWithDescriptors($$"""{"id":{{id}},"method":"hello","fds":8}""" + "\n", 8));
            Assert.Equal($"{id}: ok", wire.Answer());
        }
    }

    [Fact]
    public void Descriptors_WithTheFirstByteOfALine_WaitForItsEnd()
    {
        Wire wire = Connect();
        Assert.True(wire.SendWithDescriptors("{", 2));
        AskBystander();
        Assert.True(wire.SendWithDescriptors(""" "id":1,"method":"hello","fds":3}""" + "\n", 1));
        wire.SendLines(Hello(2));

        Assert.Equal(["1: ok", "2: ok"], wire.Answers(2));
    }

    [Fact]
    public void Descriptor_NumberBeyondThoseSent_IsRefused()
    {
        string id = Scene.NewId();
        Wire wire = Connect();
        string request = Request(1, "create", new { id, bundle = Scene.Payload(), stdio = new { stdout = new { fd = 1 } } });
        _ = wire.SendWithDescriptors(request[..^1] + ",\"fds\":1}\n", 1);

        Assert.Equal("1: INVALID_PARAMS", wire.Answer());
        Assert.Empty(Scene.Fake.Calls);
    }

    [Theory]
    [InlineData("""{"method":"$/cancelRequest","params":{"id":99},"fds":2}""")]
    [InlineData("""{"id":5,"method":"$/cancelRequest","params":{"id":99},"fds":2}""")]
    [InlineData("""{"id":5,"method":"no-such-method","fds":2}""")]
    [InlineData("""{"id":5,"method":"hello","params":{"nonsense":1},"fds":2}""")]
    public void Descriptors_OfALineThatIsNotExecuted_AreNotTheNextOnes(string line)
    {
        // The next line's are an end of a pipe: only with its own can it write there.
        using Pipe pipe = Pipe.Create().OrThrow("pipe2");
        Scene.Fake.Program = "echo said";
        string id = Scene.NewId();
        Wire wire = Connect();
        _ = wire.SendWithDescriptors(line + "\n", 2);
        string request = Request(1, "run", new { id, bundle = Scene.Payload(), stdio = new { stdout = new { fd = 0 } } });
        _ = wire.Send(request[..^1] + ",\"fds\":1}\n", pipe.Writer);
        pipe.Writer.Dispose();

        Assert.Equal(line.Contains("\"id\":5", StringComparison.Ordinal) ? [5, 1] : [1], Enumerable.Range(0, line.Contains("\"id\":5", StringComparison.Ordinal) ? 2 : 1).Select(_ => wire.Next().Number("id")));
        Assert.Equal("said", Child.ReadLine(pipe.Reader));
    }

    [Fact]
    public void Descriptors_AndTheAgentHasNoneLeft_AreTheEndOfTheConnection()
    {
        string prlimit = Machine.RequireProgram("prlimit");
        int pid = Scene.Agent.Pid;
        Wire wire = Connect();
        Wire other = Connect();
        other.SendLines(Hello(1));
        Assert.Equal("1: ok", other.Answer());
        wire.SendLines(Hello(1));
        Assert.Equal("1: ok", wire.Answer());
        int open = ProcFs.DescriptorsOf(pid).Count;
        foreach ((int room, int sent) in (IEnumerable<(int, int)>)[(0, 1), (0, 8), (3, 8)])
        {
            Wire victim = Connect();
            victim.SendLines(Hello(1));
            Assert.Equal("1: ok", victim.Answer());
            Limit(prlimit, pid, open + 1 + room);

            // The kernel has closed what did not fit, and says so (MSG_CTRUNC); what did fit belongs to nobody.
            string id = Scene.NewId();
            string request = Request(2, "create", new { id, bundle = Scene.Payload(), stdio = new { stdout = new { fd = 0 } } });
            _ = victim.SendWithDescriptors($"{request[..^1]},\"fds\":{sent}}}\n", sent);
            Assert.Equal(["null: FD_ERROR"], victim.AnswersToTheEnd());
            Limit(prlimit, pid, 1024);
            victim.Dispose();
            Poll.Until(() => ProcFs.DescriptorsOf(pid).Count == open, "what was received is closed");
        }

        Assert.Empty(Scene.Fake.Calls);
        Assert.True(wire.SendWithDescriptors("""{"id":2,"method":"hello","fds":8}""" + "\n", 8));
        Assert.Equal("2: ok", wire.Answer());
        other.SendLines(Hello(2));
        Assert.Equal("2: ok", other.Answer());
    }

    [Fact]
    public void Descriptors_LeftQueuedByAThousandClients_AreClosed()
    {
        for (int turn = 0; turn < 20; turn++)
        {
            var wires = new List<Wire>();
            for (int n = 0; n < 50; n++)
            {
                wires.Add(Wire.Connect(Scene.Agent.Socket));
                Assert.True(wires[^1].SendWithDescriptors("""{"id":1,"method":"hel""", 1));
            }

            AskBystander();
            wires.ForEach(wire => wire.Dispose());
            Poll.Until(() => ProcFs.DescriptorsOf(Scene.Agent.Pid).Count < 40, "the agent has closed what was left");
        }
    }
}
