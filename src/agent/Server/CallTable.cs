using Shimd.Protocol;

namespace Shimd.Server;

/// <summary>The requests of a connection that are not answered yet, begun or not.</summary>
internal sealed class CallTable
{
    private readonly Dictionary<RequestId, Call> _unanswered = [];
    private TaskCompletionSource? _noneLong;

    public int Count => _unanswered.Count;

    public int LongCount { get; private set; }

    /// <returns>False when another one has its id.</returns>
    public bool TryAdd(Call call) => _unanswered.TryAdd(call.Id, call);

    public bool Contains(RequestId id) => _unanswered.ContainsKey(id);

    public Call? Find(RequestId id) => _unanswered.GetValueOrDefault(id);

    /// <summary>As <see cref="Call.Cancel"/>, those for which it holds.</summary>
    public void Cancel(ShimdException reason, Predicate<Call> holds) => All().FindAll(holds).ForEach(call => call.Cancel(reason));

    /// <summary>As <see cref="Call.Abandon"/>, those for which it holds.</summary>
    public void Abandon(Predicate<Call> holds) => All().FindAll(holds).ForEach(static call => call.Abandon());

    /// <summary>One of the requests is a long one.</summary>
    /// <exception cref="ShimdException">LIMIT.</exception>
    public void CountLong()
    {
        if (LongCount >= Limits.MaxLongCalls)
        {
            throw ShimdException.Limit($"{Limits.MaxLongCalls} long calls are unanswered on this connection; wait for one, cancel one, or open another connection");
        }

        LongCount++;
    }

    public void Remove(Call call)
    {
        _ = _unanswered.Remove(call.Id);
        LongCount -= call.IsLong ? 1 : 0;
        if (LongCount == 0)
        {
            _ = _noneLong?.TrySetResult();
        }
    }

    /// <summary>A copy: answering one takes it out.</summary>
    private List<Call> All() => new(_unanswered.Values);

    /// <summary>Ends when no long call is unanswered. For one caller at a time.</summary>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public async Task WhenNoneLongAsync(CancellationToken cancellation)
    {
        if (LongCount > 0)
        {
            // Not Task.WaitAsync: it resumes on the thread pool.
            var none = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _noneLong = none;
            using CancellationTokenRegistration registration = cancellation.Register(() => none.TrySetCanceled(cancellation));
            await none.Task;
        }
    }
}
