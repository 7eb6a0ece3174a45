using Shimd.Loop;
using Shimd.Native;
using Shimd.Protocol;

namespace Shimd.Server;

/// <summary>
/// One connection, from accept to close. An end of input is half a close: what was asked is answered, subscriptions go on. When the
/// peer has gone altogether, what it had asked to be changed is still done, in order; what it only asked is not.
/// </summary>
internal sealed class ClientSession : IDisposable
{
    private const int ReadsPerTurn = 8;
    private const int RequestsPerTurn = 64;

    private readonly EventLoop _loop;
    private readonly Fd _fd;
    private readonly Action<ClientSession, string?> _onEnded;
    private readonly SendOrPostCallback _pumpLater;
    private readonly SessionInput _input;
    private readonly RequestPipeline _requests;
    private Watch? _watch;
    private bool _isPumping;
    private bool _pumpPosted;
    private bool _isEnding;
    private bool _isHandedOver;
    private bool _ended;

    /// <param name="fd">The connection; taken over.</param>
    /// <param name="onEnded">Called once; with the reason if the peer was to blame.</param>
    public ClientSession(EventLoop loop, Fd fd, long number, Peer peer, Dispatcher dispatcher, Action<ClientSession, string?> onEnded)
    {
        _loop = loop;
        _fd = fd;
        _onEnded = onEnded;
        Number = number;
        Peer = peer;
        _pumpLater = _ => PumpLater();
        Output = new SessionOutput(loop, fd, onProgress: OnSent, onBroken: OnBroken);
        Subscriptions = new SubscriptionSet(loop, Output, onEnded: Schedule);
        Attachments = new AttachmentSet(loop, Output, onEnded: Schedule);
        _input = new SessionInput(loop, fd, onOverdue: Pump);
        _requests = new RequestPipeline(loop, this, _input, dispatcher, onExecuted: Pump);
    }

    /// <summary>For the log.</summary>
    public long Number { get; }

    public Peer Peer { get; }

    public SessionOutput Output { get; }

    public SubscriptionSet Subscriptions { get; }

    public CallTable Calls { get; } = new();

    /// <summary>The attached processes whose output comes as events.</summary>
    public AttachmentSet Attachments { get; }

    /// <summary>The connection itself, for who takes it over.</summary>
    public Fd Socket => _fd;

    /// <summary>What was sent behind the last line, and is no line.</summary>
    public ReadOnlySpan<byte> Rest => _input.Rest;

    /// <summary>Whether it has nothing to do but the one request that is being executed.</summary>
    public bool IsAlone => Calls.Count == 1 && _requests.IsLast && Subscriptions.Count == 0 && Attachments.Count == 0 && !_input.HasDescriptors;

    private bool CanRead => !_input.IsClosed && _requests.HasRoom;

    /// <summary>Begins to serve. Errors: ENOSPC (the user's limit of epoll watches); the connection is then still the caller's.</summary>
    public SysResult<Watch> TryBegin()
    {
        SysResult<Watch> watch = _loop.TryWatch("connection", _fd, EpollEvents.In, OnReady);
        _watch = watch.Value;
        return watch;
    }

    /// <summary>Nothing more is listened to; the connection ends when all that was written has been sent.</summary>
    public void EndWhenSent()
    {
        _isEnding = true;
        _input.Close();
        _requests.Close();
        Subscriptions.Clear();
        Attachments.Clear();
        Schedule();
    }

    /// <summary>A copy of the connection is somebody else's by now: ours is closed, and nothing is sent or read any more.</summary>
    public void HandOver()
    {
        _isHandedOver = true;
        Dispose();
    }

    /// <summary>New requests and waits are told that the agent is going; what is under way is answered, then the connection ends.</summary>
    public void ShutDown()
    {
        _requests.IsShuttingDown = true;
        Subscriptions.Clear();
        Attachments.Clear();
        Calls.Cancel(ShimdException.ShuttingDown(), static call => call.IsLong && !call.Mutates);
        ReadTurn();
    }

    /// <summary>Ends at once: what has no answer is told why, as far as the socket takes it.</summary>
    public void Abort()
    {
        Calls.Cancel(ShimdException.ShuttingDown(), static _ => true);
        Output.Flush();
        Dispose();
    }

    /// <summary>Ends at once, without another word.</summary>
    public void Dispose() => End(null);

    /// <summary>The call has its answer.</summary>
    public void OnAnswered(Call call)
    {
        Calls.Remove(call);
        Schedule();
    }

    private void OnReady(EpollEvents events)
    {
        if ((events & (EpollEvents.HangUp | EpollEvents.Error)) != 0)
        {
            // Half a close is an end of input only (EPOLLRDHUP); this is both halves, and would be reported for ever.
            OnBroken(null);
            return;
        }

        if ((events & EpollEvents.Out) != 0)
        {
            Output.Flush();
        }

        if ((events & EpollEvents.In) != 0)
        {
            ReadTurn();
        }
    }

    /// <summary>Nothing reaches the peer any more.</summary>
    private void OnBroken(string? reason)
    {
        if (_ended || _requests.IsPeerGone)
        {
            return;
        }

        if (reason is not null)
        {
            End(reason);
            return;
        }

        _requests.IsPeerGone = true;
        _watch?.Dispose();
        Output.Drop();
        Subscriptions.Clear();
        Attachments.Clear();
        Calls.Abandon(static call => !call.Mutates);
        ReadTurn();
    }

    private void ReadTurn()
    {
        for (int turn = 0; turn < ReadsPerTurn && CanRead && !_pumpPosted; turn++)
        {
            _requests.Keep();
            bool received = _input.Receive();
            if (!received && _requests.IsPeerGone)
            {
                _input.Complete();
            }

            // Nobody watches the connection of a peer that has gone: there the end is to be seen here.
            if (!received || (_input.IsDrained && !_requests.IsPeerGone))
            {
                break;
            }

            Pump();
        }

        Pump();
    }

    private void Schedule()
    {
        if (!_pumpPosted && !_isPumping)
        {
            _pumpPosted = true;
            _loop.Post(_pumpLater, null);
        }
    }

    private void PumpLater()
    {
        _pumpPosted = false;
        Pump();
    }

    /// <summary>Something was sent, or the socket is full. Where we read all the time, and need not wait for the socket either, that changes nothing.</summary>
    private void OnSent()
    {
        if (_watch!.Interest != EpollEvents.In || Output.IsBlocked || _isEnding || _requests.IsShuttingDown)
        {
            Pump();
        }
    }

    /// <summary>Takes lines and executes them as far as that goes now. Everything that may let it go further comes here.</summary>
    private void Pump()
    {
        if (_isPumping || _ended)
        {
            return;
        }

        _isPumping = true;
        Output.Gather();
        bool more = true;
        for (int turn = 0; turn < RequestsPerTurn && more; turn++)
        {
            more = _requests.TryExecuteNext();
            more |= Output.SendAhead();
        }

        more |= Output.SendGathered();
        _isPumping = false;
        Settle(more);
    }

    /// <summary>What the state calls for: the end, another turn, or what to wait for.</summary>
    private void Settle(bool more)
    {
        bool quiet = _requests.IsIdle && (_requests.IsPeerGone || Calls.Count == 0);
        bool over = quiet && (_requests.IsShuttingDown || (_input.IsOver && Subscriptions.Count == 0 && Attachments.Count == 0));
        if ((over || _isEnding) && Output.Pending == 0)
        {
            Dispose();
            return;
        }

        if (more)
        {
            Schedule();
        }

        if (!CanRead)
        {
            _input.Pause();
        }

        if (!_requests.IsPeerGone)
        {
            _watch!.Interest = (CanRead ? EpollEvents.In : EpollEvents.None) | (Output.IsBlocked ? EpollEvents.Out : EpollEvents.None);
        }
        else if (CanRead)
        {
            // Nobody watches the connection any more, and what the peer had sent before it went is there to be read.
            _loop.Post(_ => ReadTurn(), null);
        }
    }

    private void End(string? reason)
    {
        if (_ended)
        {
            return;
        }

        _ended = true;
        _watch?.Dispose();
        Subscriptions.Clear();
        Attachments.Clear();
        _requests.Close();
        Calls.Abandon(static _ => true);
        Output.Dispose();
        _input.Dispose();
        if (!_isHandedOver)
        {
            Refusal.Drain(_fd);
        }

        _fd.Dispose();
        _onEnded(this, reason);
    }
}
