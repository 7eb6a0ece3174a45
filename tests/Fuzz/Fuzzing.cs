using System.Diagnostics;
using System.Globalization;
using System.Text;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Fuzz;

/// <summary>
/// Runs a target on the corpus and on mutated inputs, for a few seconds in <c>./dev test</c> and as long as asked for in <c>./dev fuzz SECONDS
/// SEED</c>. The guide is what the target answers: an input with an answer that has not been seen yet joins the corpus. The other guide, which
/// branches an input takes, is that of tests/guided; what was found by it is in the corpus. An input that fails is written to artifacts/fuzz: put
/// it into the corpus.
/// </summary>
internal static class Fuzzing
{
    private const int DefaultSeconds = 3;
    private const int MaxCorpus = 4_000;
    private const int MaxInputBytes = 16 * 1024;

    public static int Seconds => Setting("SHIMD_FUZZ_SECONDS") ?? DefaultSeconds;

    public static int Seed { get; } = Setting("SHIMD_FUZZ_SEED") ?? Random.Shared.Next();

    /// <summary>A line each.</summary>
    public static List<byte[]> Corpus(string name) =>
        [.. File.ReadLines(Path.Combine(Repository.Root, "tests/Fuzz/corpus", name)).Where(line => line.Length > 0).Select(Encoding.UTF8.GetBytes)];

    /// <summary>What was found by looking at branches: an input a line, in base64, for there may be anything in it.</summary>
    public static List<byte[]> Found(string target)
        => [.. File.ReadLines(Path.Combine(Repository.Root, "tests/Fuzz/corpus/found", $"{target}.base64")).Select(Convert.FromBase64String)];

    /// <param name="corpus">To begin with; it grows.</param>
    /// <param name="target">Answers what came of the input, in a few words; throws when it must not have come to that.</param>
    public static void Run(List<byte[]> corpus, Func<byte[], string> target)
    {
        HashSet<string> seen = [];
        foreach (byte[] input in corpus)
        {
            _ = seen.Add(Try(target, input));
        }

        var mutator = new Mutator(Seed);
        int beginning = corpus.Count;
        long tried = 0;
        long began = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(began).TotalSeconds < Seconds)
        {
            for (int turn = 0; turn < 100; turn++, tried++)
            {
                byte[] input = mutator.Mutate(corpus[mutator.Next(corpus.Count)], corpus);
                input = input.Length > MaxInputBytes ? input[..MaxInputBytes] : input;
                if (seen.Add(Try(target, input)) && corpus.Count < MaxCorpus)
                {
                    corpus.Add(input);
                }
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{tried} inputs, {seen.Count} different answers, {corpus.Count - beginning} inputs more in the corpus; seed {Seed}");
        Assert.True(tried > 100, "hardly anything was tried");
    }

    /// <summary>Keeps what failed.</summary>
    public static string Keep(ReadOnlySpan<byte> input)
    {
        string directory = Directory.CreateDirectory(Path.Combine(Repository.Root, "artifacts/fuzz")).FullName;
        string path = Path.Combine(directory, $"{Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(input))[..16]}.txt");
        File.WriteAllBytes(path, input);
        return path;
    }

    private static string Try(Func<byte[], string> target, byte[] input)
    {
        try
        {
            return target(input);
        }
        catch (Exception failure)
        {
            Assert.Fail($"seed {Seed}, input in {Keep(input)}: {failure}");
            throw;
        }
    }

    private static int? Setting(string name)
        => int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out int value) ? value : null;
}
