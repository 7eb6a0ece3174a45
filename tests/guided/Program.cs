using SharpFuzz;
using Shimd.Tests.Fuzz;

const int MaxInputBytes = 1024;

// How AFL++ and the corpus come to the targets; ./dev fuzz is who calls.
switch (args)
{
    case ["instrument", var assembly]:
        // Only what reads: the target's own branches say nothing.
        foreach (string type in Fuzzer.Instrument(assembly, IsReader, Options.Value))
        {
            Console.WriteLine(type);
        }

        return 0;

    case ["run", var target]:
        Func<byte[], string> tries = Targets.All[target].Try;
        Fuzzer.Run(stream =>
        {
            using var input = new MemoryStream();
            stream.CopyTo(input);
            _ = tries(input.ToArray());
        });
        return 0;

    case ["targets"]:
        foreach ((string name, (string corpus, _)) in Targets.All)
        {
            Console.WriteLine($"{name} {corpus}");
        }

        return 0;


    case ["take", var corpus, .. var found]:
        // What is there stays; an input that is long is mostly noise.
        string[] before = File.Exists(corpus) ? File.ReadAllLines(corpus) : [];
        IEnumerable<string> inputs = found.Select(File.ReadAllBytes).Where(input => input.Length <= MaxInputBytes).Select(Convert.ToBase64String);
        File.WriteAllLines(corpus, before.Concat(inputs).Distinct().Order(StringComparer.Ordinal));
        return 0;

    default:
        await Console.Error.WriteLineAsync("usage: guided instrument ASSEMBLY | run TARGET | targets | take CORPUS FILE…");
        return 2;
}

static bool IsReader(string type) =>
    type.StartsWith("Shimd.Protocol.", StringComparison.Ordinal) || type.StartsWith("Shimd.Storage.", StringComparison.Ordinal)
    || type.StartsWith("Shimd.Oci.", StringComparison.Ordinal);
