using System.Text.Json;
using Shimd.Native;
using Shimd.Protocol;

namespace Shimd.Server;

/// <summary>
/// One request, from its line to its answer, of which there is exactly one: whoever comes second (the result of what was cancelled)
/// speaks to nobody.
/// </summary>
internal sealed class Call(ClientSession session, MethodInfo? method, Envelope request, IReadOnlyList<Fd> descriptors, int sizeBytes) : IDisposable
{
    private CancellationTokenSource? _cancellation;
    private bool _isCancelled;

    public ClientSession Session { get; } = session;

    public RequestId Id { get; } = request.Id!;

    public string Method { get; } = request.Method;

    public JsonElement Params { get; } = request.Params;

    /// <summary>The descriptors that came with the line, for the time of the call: duplicate what must live longer.</summary>
    public IReadOnlyList<Fd> Descriptors { get; } = descriptors;

    public int SizeBytes { get; } = sizeBytes;

    public bool Mutates => method?.Mutates == true;

    /// <summary>The next request does not wait for this one's answer.</summary>
    public bool IsLong { get; private set; }

    public bool IsAnswered { get; private set; }

    /// <summary>Runs once the result is on its way, before anything else is written: a subscription's first event.</summary>
    public Action? AfterReply { get; set; }

    /// <summary>Cancelled by <c>$/cancelRequest</c>, by the peer's end or by our own; the answer has then been given.</summary>
    public CancellationToken Cancellation
    {
        get
        {
            if (_isCancelled)
            {
                return new CancellationToken(canceled: true);
            }

            _cancellation ??= new CancellationTokenSource();
            return _cancellation.Token;
        }
    }

    /// <exception cref="ShimdException">LIMIT: too many are unanswered on this connection.</exception>
    public void BecomeLong()
    {
        Session.Calls.CountLong();
        IsLong = true;
    }

    public void Reply(IWireObject result)
    {
        if (TryAnswer())
        {
            Session.Output.WriteResult(Id, result);
            AfterReply?.Invoke();
        }
    }

    /// <summary>Somebody else gives the answer, and has the connection for it.</summary>
    public void AnsweredElsewhere() => _ = TryAnswer();

    public void Fail(ShimdException error)
    {
        if (TryAnswer())
        {
            Session.Output.WriteError(Id, error);
        }
    }

    /// <summary>An event of the stream that this request asked for (<c>logs</c>, <c>attach</c>).</summary>
    public void SendEvent(EventMessage message) => Session.Output.WriteEvent(message with { Request = Id });

    /// <summary>Ends when there is room for more events, or nobody reads them any more.</summary>
    public Task WhenRoomAsync() => Session.Output.WhenRoomAsync();

    /// <summary>Answers <paramref name="reason"/> at once, then asks what is under way to stop, if it can.</summary>
    public void Cancel(ShimdException reason)
    {
        Fail(reason);
        Abandon();
    }

    /// <summary>Asks what is under way to stop, if it can: nobody waits for it any more.</summary>
    public void Abandon()
    {
        _isCancelled = true;
        _cancellation?.Cancel();
    }

    public void Dispose()
    {
        foreach (Fd descriptor in Descriptors)
        {
            descriptor.Dispose();
        }

        _cancellation?.Dispose();
        _cancellation = null;
    }

    private bool TryAnswer()
    {
        if (IsAnswered)
        {
            return false;
        }

        IsAnswered = true;
        Session.OnAnswered(this);
        return true;
    }
}
