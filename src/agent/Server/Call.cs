using Shimd.Native;
using Shimd.Protocol;

namespace Shimd.Server;

/// <summary>
/// One request, from its line to its answer, of which there is exactly one: whoever comes second (the result of what was cancelled)
/// speaks to nobody.
/// </summary>
internal sealed class Call(ClientSession session, Envelope request, IReadOnlyList<Fd> descriptors, int sizeBytes) : IDisposable
{
    private CancellationTokenSource? _cancellation;
    private bool _isCancelled;
    private bool _isKept;

    public ClientSession Session { get; } = session;

    public RequestId Id => request.Id!;

    public string Method => request.Method;

    /// <summary>The text of an object. It lives until more is read, unless it is kept: read it before anything is awaited.</summary>
    public ReadOnlyMemory<byte> Params => request.Params;

    /// <summary>Of a change.</summary>
    public Subject Subject { get; } = request.Info?.Mutates == true ? Subject.Of(request.Params) : default;

    /// <summary>The descriptors that came with the line, for the time of the call: duplicate what must live longer.</summary>
    public IReadOnlyList<Fd> Descriptors { get; } = descriptors;

    public int SizeBytes { get; } = sizeBytes;

    public bool Mutates => request.Info?.Mutates == true;

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

    /// <summary>The call must wait, and more is about to be read.</summary>
    public void Keep()
    {
        if (!_isKept)
        {
            _isKept = true;
            request.Keep();
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

    /// <summary>A result that is JSON already.</summary>
    public void Reply(ReadOnlySpan<byte> json)
    {
        if (TryAnswer())
        {
            Session.Output.WriteResult(Id, json);
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
        for (int i = 0; i < Descriptors.Count; i++)
        {
            Descriptors[i].Dispose();
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
