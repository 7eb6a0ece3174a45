using Shimd.Protocol;

namespace Shimd.Supervisor;

/// <summary>
/// Numbers the events, writes them to the journal and hands them to who listens. Numbers grow by one within an epoch; when an
/// event could not be written, a new epoch begins, so that no number ever comes to mean two events.
/// </summary>
internal sealed class EventLog : IDisposable
{
    private readonly EventJournal _journal;

    public EventLog(string journalPath)
    {
        _journal = EventJournal.Open(journalPath);
        Epoch = _journal.Epoch ?? NewEpoch();
        LastSeq = _journal.LastSeq;
    }

    /// <summary>On the loop, in order, each with its number and time.</summary>
    public event Action<EventMessage>? Appended;

    public string Epoch { get; private set; }

    /// <summary>The number of the newest event; 0 before the first.</summary>
    public long LastSeq { get; private set; }

    /// <summary>Gives the event its number and time, keeps it and announces it.</summary>
    public void Append(EventMessage message)
    {
        EventMessage numbered = message with { Seq = LastSeq + 1, Time = message.Time ?? DateTimeOffset.UtcNow };
        if (!_journal.TryAppend(Epoch, numbered))
        {
            Epoch = NewEpoch();
            numbered = numbered with { Seq = 1 };
            _ = _journal.TryAppend(Epoch, numbered);
        }

        LastSeq = numbered.Seq!.Value;
        Appended?.Invoke(numbered);
    }

    /// <summary>The events after <paramref name="since"/>, in order.</summary>
    /// <exception cref="ShimdException">HISTORY_GONE: of another epoch, no longer kept, or not there yet.</exception>
    public IReadOnlyList<EventMessage> ReadSince(SinceParams since)
    {
        if (since.Epoch == Epoch && since.Seq == LastSeq)
        {
            return [];
        }

        IReadOnlyList<EventMessage> kept = _journal.ReadAll(Epoch);
        long oldest = kept.Count > 0 ? kept[0].Seq!.Value : LastSeq + 1;
        if (since.Epoch != Epoch || since.Seq > LastSeq || since.Seq < oldest - 1)
        {
            throw ShimdException.HistoryGone(oldest, LastSeq, Epoch);
        }

        List<EventMessage> later = [];
        foreach (EventMessage message in kept)
        {
            if (message.Seq > since.Seq)
            {
                later.Add(message);
            }
        }

        return later;
    }

    /// <summary>All events that are kept, oldest first.</summary>
    public IReadOnlyList<EventMessage> ReadAll() => _journal.ReadAll(Epoch);

    /// <summary>The newest kept event of a container that is of one of the types, of one of its processes if that is named; null if there
    /// is none. Reads the journal: for recovery, not for the daily round.</summary>
    public EventMessage? FindLast(string instance, string? process, params ReadOnlySpan<string> types)
    {
        EventMessage? last = null;
        foreach (EventMessage message in ReadAll())
        {
            if (message.Instance == instance && (process is null || message.Process == process) && types.Contains(message.Type))
            {
                last = message;
            }
        }

        return last;
    }

    /// <summary>How many kept exits of the container were out-of-memory kills.</summary>
    public long CountOomExits(string instance)
    {
        long count = 0;
        foreach (EventMessage message in ReadAll())
        {
            bool counts = message.Type == EventTypes.Exit && message.Instance == instance && message.Exit is { OomKilled: true };
            count += counts ? 1 : 0;
        }

        return count;
    }

    public void Dispose() => _journal.Dispose();

    private static string NewEpoch() => InstanceId.New(DateTimeOffset.UtcNow);
}
