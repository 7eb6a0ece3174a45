using Shimd.Loop;
using Shimd.Protocol;
using Shimd.Supervisor;

namespace Shimd.Server;

/// <summary>
/// One subscription: first its backlog (a snapshot, or what is replayed), made only as fast as the client reads, and behind it the
/// events as they happen. A client that falls too far behind those loses the subscription, not the agent its memory.
/// </summary>
internal sealed class Subscription : IDisposable
{
    private readonly EventLog _events;
    private readonly SessionOutput _output;
    private readonly HashSet<string>? _ids;
    private readonly HashSet<string>? _types;
    private readonly Action<Subscription> _onEnded;
    private readonly Queue<(EventMessage Message, string? LiveEpoch)> _waiting = new();
    private readonly Queue<(long End, int SizeBytes)> _unsent = new();
    private readonly TaskCompletionSource _fed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private string _epoch;
    private long _lastSeq;
    private int _liveWaiting;
    private long _unsentBytes;
    private bool _isFeeding = true;
    private bool _ended;

    /// <summary>Collects from now on; nothing is written before <see cref="Begin"/>.</summary>
    /// <param name="containers">For a snapshot: all containers as they are now; else null.</param>
    /// <param name="onEnded">It has fallen behind, and the client has been told.</param>
    /// <exception cref="ShimdException">HISTORY_GONE.</exception>
    public Subscription(
        long number, SubscribeParams request, EventLog events, SessionOutput output, IEnumerable<ContainerInfo>? containers, Action<Subscription> onEnded)
    {
        Number = number;
        _events = events;
        _output = output;
        _onEnded = onEnded;
        _ids = request.Ids is null ? null : new HashSet<string>(request.Ids, StringComparer.Ordinal);
        _types = request.Types is null ? null : new HashSet<string>(request.Types, StringComparer.Ordinal);
        Epoch = _epoch = events.Epoch;
        Seq = _lastSeq = request.Since?.Seq ?? events.LastSeq;
        foreach (EventMessage message in request.Since is { } since ? events.ReadSince(since) : [])
        {
            if (Matches(message))
            {
                _waiting.Enqueue((message, null));
            }
        }

        AddSnapshot(containers);
        events.Appended += OnAppended;
    }

    public long Number { get; }

    /// <summary>Ends when the backlog has been written, or never will be.</summary>
    public Task Fed => _fed.Task;

    /// <summary>The numbering at the beginning.</summary>
    public string Epoch { get; }

    /// <summary>The last event before the first of this subscription.</summary>
    public long Seq { get; }

    /// <summary>The reply is on its way: the backlog may follow.</summary>
    public void Begin(EventLoop loop) => loop.Start("subscription", FeedAsync);

    public void Dispose()
    {
        _ended = true;
        _events.Appended -= OnAppended;
        _waiting.Clear();
        _ = _fed.TrySetResult();
    }

    private void AddSnapshot(IEnumerable<ContainerInfo>? containers)
    {
        if (containers is null)
        {
            return;
        }

        DateTimeOffset now = DateTimeOffset.UtcNow;
        foreach (ContainerInfo container in containers)
        {
            if (_ids is null || _ids.Contains(container.Id))
            {
                var state = new EventMessage { Type = EventTypes.State, Time = now, Id = container.Id, Instance = container.Instance };
                _waiting.Enqueue((state with { Container = container }, null));
            }
        }

        _waiting.Enqueue((new EventMessage { Type = EventTypes.Synced, Time = now, Seq = Seq, Epoch = Epoch }, null));
    }

    /// <summary>What concerns no container in particular (agent-started, gap) concerns every subscriber.</summary>
    private bool Matches(EventMessage message) =>
        (_ids is null || message.Id is null || _ids.Contains(message.Id)) && (_types is null || _types.Contains(message.Type));

    private void OnAppended(EventMessage message)
    {
        if (_ended || !Matches(message))
        {
            // Nothing of it to send, but it has been seen.
            _lastSeq = !_isFeeding && _events.Epoch == _epoch ? message.Seq ?? _lastSeq : _lastSeq;
            return;
        }

        while (_unsent.TryPeek(out (long End, int SizeBytes) oldest) && oldest.End <= _output.Sent)
        {
            _ = _unsent.Dequeue();
            _unsentBytes -= oldest.SizeBytes;
        }

        if (_liveWaiting + _unsent.Count >= Limits.MaxSubscriptionEvents || _unsentBytes >= Limits.MaxSubscriptionBytes)
        {
            EndSlow();
        }
        else if (_isFeeding)
        {
            _waiting.Enqueue((message, _events.Epoch));
            _liveWaiting++;
        }
        else
        {
            Send(message, _events.Epoch);
        }
    }

    private async Task FeedAsync()
    {
        while (_waiting.TryDequeue(out (EventMessage Message, string? LiveEpoch) next))
        {
            _liveWaiting -= next.LiveEpoch is null ? 0 : 1;
            Send(next.Message, next.LiveEpoch);
            await _output.WhenRoomAsync();
        }

        _isFeeding = false;
        _ = _fed.TrySetResult();
    }

    /// <param name="liveEpoch">The numbering that a live event belongs to; null for the backlog, whose numbering the reply has told.</param>
    private void Send(EventMessage message, string? liveEpoch)
    {
        bool renumbered = liveEpoch is not null && liveEpoch != _epoch;
        _epoch = liveEpoch ?? _epoch;
        _lastSeq = message.Seq ?? _lastSeq;
        long before = _output.Written;
        _output.WriteEvent(message with { Subscription = Number, Epoch = renumbered ? liveEpoch : message.Epoch });
        if (liveEpoch is not null)
        {
            int sizeBytes = (int)(_output.Written - before);
            _unsent.Enqueue((_output.Written, sizeBytes));
            _unsentBytes += sizeBytes;
        }
    }

    private void EndSlow()
    {
        Dispose();
        _output.WriteEvent(new EventMessage
        {
            Subscription = Number,
            Time = DateTimeOffset.UtcNow,
            Type = EventTypes.Gap,
            Reason = "slow",
            Last = _lastSeq,
            Epoch = _epoch,
        });
        _onEnded(this);
    }
}
