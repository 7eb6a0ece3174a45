using Shimd.Tests.Fixtures;

namespace Shimd.Tests.Soak;

/// <summary>What all that takes part in a soak shares.</summary>
internal sealed class SoakGround : IDisposable
{
    private const int Containers = 30;

    private readonly object _turn = new();
    private string? _problem;

    public SoakGround(Scene scene)
    {
        Agent = scene.Agent;
        Ids = [.. Enumerable.Range(0, Containers).Select(_ => scene.NewId("s"))];
        Bundles =
        [
            scene.Payload("ignore-term"),
            scene.Payload("until-term 4"),
            scene.Payload("fork-hold 1000", "until-term 5"),
            scene.Payload("sleep 0.2", "exit 6"),
            scene.Payload("exit 7"),
            scene.Program("/missing"),
        ];
    }

    public Agent Agent { get; }

    public IReadOnlyList<string> Ids { get; }

    /// <summary>Programs that go on, that listen, that leave a child, that end, and one that is not there.</summary>
    public IReadOnlyList<string> Bundles { get; }

    public bool IsStopped { get; private set; }

    /// <summary>The first thing that must not be.</summary>
    public string? Problem => Volatile.Read(ref _problem);

    public void Report(string problem) => Interlocked.CompareExchange(ref _problem, problem, null);

    public void Stop()
    {
        lock (_turn)
        {
            IsStopped = true;
            Monitor.PulseAll(_turn);
        }
    }

    /// <summary>Lets time pass, unless it is all over.</summary>
    public void Pause(int milliseconds)
    {
        lock (_turn)
        {
            _ = IsStopped || Monitor.Wait(_turn, milliseconds);
        }
    }

    /// <summary>However the test ends, the clients do.</summary>
    public void Dispose() => Stop();
}
