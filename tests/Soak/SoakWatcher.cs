using System.Text.Json;
using Shimd.Native;
using Shimd.Tests.Faults.Matrix;
using Shimd.Tests.Fixtures;
using Xunit;
using Xunit.Sdk;

namespace Shimd.Tests.Soak;

/// <summary>Hears all events from the first on; when the agent dies, it goes on at the next one after the last event that it has heard.</summary>
internal sealed class SoakWatcher : IDisposable
{
    private readonly Agent _agent;
    private readonly EventStream _events = new();
    private readonly Thread _thread;
    private readonly string _epoch;
    private Client? _client;
    private volatile bool _stopped;
    private volatile string? _problem;
    private long _last;
    private long _count;

    public SoakWatcher(Agent agent)
    {
        _agent = agent;
        using Client client = Client.Connect(agent.Socket);
        JsonElement now = client.Call("subscribe");
        _epoch = now.Text("epoch");
        _last = now.GetProperty("seq").GetInt64();
        _thread = new Thread(Run) { IsBackground = true, Name = "soak watcher" };
        _thread.Start();
    }

    public long Count => Interlocked.Read(ref _count);

    /// <summary>What it has heard, once it has heard this event. From here on it hears only when it is asked. The journal may have forgotten
    /// most of it by now.</summary>
    public EventStream ReadTo(long seq)
    {
        Stop();
        Poll.Until(
            () =>
            {
                Hear(() => _last >= seq);
                return _last >= seq || _problem is not null;
            },
            () => $"event {seq} is heard, and not only {_last}");
        Assert.True(_problem is null, _problem);
        return _events;
    }

    public void Dispose()
    {
        Stop();
        Forget();
    }

    private void Stop()
    {
        _stopped = true;
        _thread.Join();
    }

    private void Run()
    {
        while (!_stopped && _problem is null)
        {
            Hear(() => _stopped);
        }
    }

    private void Hear(Func<bool> isEnough)
    {
        try
        {
            if (_client is null)
            {
                Subscribe();
            }

            while (!isEnough() && _client!.TryNextEvent(out JsonElement message, withinMs: 50))
            {
                Take(message);
            }

            if (_client!.IsClosed)
            {
                Forget();
            }
        }
        catch (Exception exception) when (exception is SysException or XunitException)
        {
            Forget();
        }
        catch (InvalidOperationException refused)
        {
            // What it has missed is not kept any more: it was away for too long.
            _problem = refused.Message;
        }
    }

    private void Subscribe()
    {
        _client = Client.Connect(_agent.Socket);
        _ = _client.Call("subscribe", new { since = new { epoch = _epoch, seq = Interlocked.Read(ref _last) } });
    }

    private void Forget()
    {
        _client?.Dispose();
        _client = null;
    }

    private void Take(JsonElement message)
    {
        if (message.Text("type") == "gap")
        {
            // We were too slow; what we missed is in the journal.
            Forget();
            Subscribe();
            return;
        }

        _events.Add(message);
        Interlocked.Exchange(ref _last, message.GetProperty("seq").GetInt64());
        Interlocked.Increment(ref _count);
    }
}
