namespace Shimd.Supervisor;

/// <summary>An operation whose event comes before that of the exit, however it ends: until it is disposed of the exit waits.</summary>
internal sealed class Settling : IDisposable
{
    private readonly TaskCompletionSource _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Settling(Container container) => container.Settled = _settled.Task;

    public void Dispose() => _settled.SetResult();
}
