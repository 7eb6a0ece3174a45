using Xunit;

namespace Shimd.Tests.Fuzz;

/// <summary>Whatever bytes come: they are understood, or refused with the error that is meant for it, and nothing else happens.</summary>
public sealed class MessageFuzzTests
{
    public static TheoryData<string> Names => [.. Targets.All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Target_AnyBytes_UnderstandsOrRefuses(string target)
    {
        (string corpus, Func<byte[], string> act) = Targets.All[target];
        Fuzzing.Run([.. Fuzzing.Corpus(corpus), .. Fuzzing.Found(target)], act);
    }

    [Fact]
    public void Run_ATargetThatFails_KeepsTheInput()
    {
        Exception? failure = Record.Exception(() => Fuzzing.Run([[1, 2, 3]], static input => throw new InvalidOperationException($"{input.Length} bytes")));

        string kept = failure!.Message.Split("input in ")[1].Split(": ")[0];
        Assert.Equal([1, 2, 3], File.ReadAllBytes(kept));
        File.Delete(kept);
    }
}
