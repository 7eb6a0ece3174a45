using System.Diagnostics;
using System.Text;
using Shimd.Tests.Conformance;
using Xunit;

namespace Shimd.Tests.Fuzz;

/// <summary>
/// The published binary under fuzz: it lives, a second client notices nothing, and every line it answers is whole, an object of the
/// protocol, and at most 65,535 bytes.
/// </summary>
public sealed class AgentFuzzTests : ConformanceTests
{
    [Fact]
    public void Agent_AnyLines_AnswersEachWithinTheLimit()
    {
        List<byte[]> corpus = [.. Fuzzing.Corpus("lines.txt"), .. Fuzzing.Found("lines"), .. Fuzzing.Found("requests")];
        var mutator = new Mutator(Fuzzing.Seed);

        // One that has ended: whatever is asked of it is answered at once.
        string ended = Scene.Create();
        _ = Scene.Client.Call("stop", new { id = ended });
        long began = Stopwatch.GetTimestamp();
        int sent = 0;
        var answers = new HashSet<string>();
        while (Stopwatch.GetElapsedTime(began).TotalSeconds < Fuzzing.Seconds)
        {
            using var wire = Wire.Connect(Scene.Agent.Socket);
            List<byte> input = [];
            for (int turn = 0; turn < 40; turn++, sent++)
            {
                byte[] line = mutator.Mutate(corpus[mutator.Next(corpus.Count)], corpus);

                // What starts something is the business of other tests: here it would cost the time of a thousand lines.
                input.AddRange(Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(line).Replace("web", ended, StringComparison.Ordinal)
                    .Replace("\"create\"", "\"list\"", StringComparison.Ordinal).Replace("\"run\"", "\"state\"", StringComparison.Ordinal)));
                input.Add((byte)'\n');
            }

            try
            {
                _ = wire.Send(input.ToArray());
                _ = wire.Send("""{"id":"last","method":"hello"}""" + "\n");
                for (string answer = wire.Answer(); answer is not ("end" or "\"last\": ok"); answer = wire.Answer())
                {
                    _ = answers.Add(answer[(answer.LastIndexOf(':') + 1)..]);
                }

                AskBystander();
            }
            catch (Exception failure)
            {
                Assert.Fail($"seed {Fuzzing.Seed}, input in {Fuzzing.Keep(input.ToArray())}: {failure}");
                throw;
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{sent} lines: {string.Join(',', answers.Order(StringComparer.Ordinal))}; seed {Fuzzing.Seed}");
        Assert.Contains(" PARSE_ERROR", answers);
        Assert.True(Scene.Agent.IsRunning);
    }
}
