using Shimd.Loop;
using Shimd.Protocol;
using Shimd.Supervisor;

namespace Shimd.Server;

/// <summary>The live subscriptions of a connection.</summary>
/// <param name="onEnded">One has ended by itself.</param>
internal sealed class SubscriptionSet(EventLoop loop, SessionOutput output, Action onEnded)
{
    private readonly Dictionary<long, Subscription> _live = [];
    private long _lastNumber;

    public int Count => _live.Count;

    /// <summary>Begins a subscription; its first event comes after the reply to <paramref name="call"/>.</summary>
    /// <param name="containers">For a snapshot: all containers as they are now; else null.</param>
    /// <exception cref="ShimdException">LIMIT, HISTORY_GONE.</exception>
    public SubscribeResult Add(Call call, SubscribeParams request, EventLog events, IEnumerable<ContainerInfo>? containers)
    {
        if (_live.Count >= Limits.MaxSubscriptions)
        {
            throw ShimdException.Limit($"a connection has at most {Limits.MaxSubscriptions} subscriptions; unsubscribe from one, or open another connection");
        }

        var subscription = new Subscription(_lastNumber + 1, request, events, output, containers, ended =>
        {
            _ = _live.Remove(ended.Number);
            onEnded();
        });
        _lastNumber = subscription.Number;
        _live.Add(subscription.Number, subscription);
        call.AfterReply = () => subscription.Begin(loop);
        return new SubscribeResult { Subscription = subscription.Number, Epoch = subscription.Epoch, Seq = subscription.Seq };
    }

    /// <exception cref="ShimdException">NOT_FOUND: it never was, or has ended.</exception>
    public void Remove(long number)
    {
        if (!_live.Remove(number, out Subscription? subscription))
        {
            throw ShimdException.NotFound($"subscription {number}");
        }

        subscription.Dispose();
    }

    /// <summary>Ends when every backlog (a snapshot, a replay) has been written: it was asked for, and is part of an answer.</summary>
    public async Task WhenFedAsync()
    {
        foreach (Subscription subscription in new List<Subscription>(_live.Values))
        {
            await subscription.Fed;
        }
    }

    public void Clear()
    {
        foreach (Subscription subscription in _live.Values)
        {
            subscription.Dispose();
        }

        _live.Clear();
    }
}
