using Shimd.Protocol;

namespace Shimd.Supervisor;

/// <summary>
/// One container's operations, one at a time, in the order in which they came: so that a hung runtime holds up its own
/// container and no other.
/// </summary>
internal sealed class OperationQueue(string id)
{
    private const int MaxWaiting = 32;
    private readonly Queue<TaskCompletionSource> _waiting = new();
    private bool _busy;

    /// <summary>Runs the operation when those before it are done.</summary>
    /// <exception cref="ShimdException">BUSY: too many wait already.</exception>
    public async Task<T> RunAsync<T>(Func<Task<T>> operation)
    {
        if (_busy)
        {
            if (_waiting.Count >= MaxWaiting)
            {
                throw ShimdException.Busy(id);
            }

            var turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Enqueue(turn);
            await turn.Task;
        }

        _busy = true;
        try
        {
            return await operation();
        }
        finally
        {
            // The next one is on before anybody new can slip in between.
            if (_waiting.TryDequeue(out TaskCompletionSource? next))
            {
                next.SetResult();
            }
            else
            {
                _busy = false;
            }
        }
    }
}
