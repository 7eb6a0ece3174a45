using Shimd.Early;
using Shimd.Loop;
using Shimd.Native;
using Shimd.Oci;

namespace Shimd.Shim;

/// <summary>Those who are attached to the process. With nobody attached, output is read and dropped.</summary>
internal sealed class AttachHub(EventLoop loop) : IDisposable
{
    private const int MaxClients = 16;

    private readonly List<AttachClient> _clients = [];
    private Lull? _lull;
    private TaskCompletionSource? _noneLeft;
    private bool _isEndAsked;
    private bool _isOver;

    /// <summary>Null where nobody attached can write.</summary>
    public AttachInput? Input
    {
        get;
        set
        {
            field = value;
            value?.OnRoom = AwaitAll;
            AwaitAll();
        }
    }

    /// <summary>Somebody is attached.</summary>
    public bool HasClients => _clients.Count > 0;

    /// <summary>The process is to wait until <see cref="OnRoom"/>.</summary>
    public bool IsFull
    {
        get
        {
            foreach (AttachClient client in _clients)
            {
                if (client.IsFull)
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>Called when it is no longer <see cref="IsFull"/>.</summary>
    public Action? OnRoom { get; set; }

    /// <summary>Attaches a socket, which is taken over. Errors: EBUSY (too many are), ESRCH (the process has
    /// ended), EAGAIN (what it has sent already has no room), EPERM (no socket), ENOSPC.</summary>
    public SysResult Add(Fd socket, AttachRequest options)
    {
        SysResult made = _isOver ? SysResult.Fail(Errno.ESRCH)
            : _clients.Count >= MaxClients ? SysResult.Fail(Errno.EBUSY)
            : socket.SetNonBlocking(true);
        if (!made.IsOk)
        {
            socket.Dispose();
            return made;
        }

        var client = new AttachClient(loop, this, socket, options);
        _clients.Add(client);
        made = options.Input is { } input && Input?.TryWrite(Convert.FromBase64String(input)) == false
            ? SysResult.Fail(Errno.EAGAIN)
            : client.Begin();
        if (!made.IsOk)
        {
            client.Dispose();
        }

        return made;
    }

    /// <summary>Shows output to all. While it <see cref="IsFull"/>, only for what the process has left behind at its end.</summary>
    public void Take(bool isError, ReadOnlySpan<byte> output)
    {
        foreach (AttachClient client in _clients)
        {
            client.Take(isError ? AttachFrame.Stderr : AttachFrame.Stdout, output);
        }
    }

    /// <summary>Shows what comes from a pipe to the only one who is attached; see <see cref="AttachClient.Move"/>.</summary>
    public int Move(bool isError, Fd pipe, int bytes)
        => _clients.Count == 1 ? _clients[0].Move(isError ? AttachFrame.Stderr : AttachFrame.Stdout, pipe, bytes) : 0;

    /// <summary>The stdin ends.</summary>
    public void EndInput()
    {
        Input?.End();
        AwaitAll();
    }

    /// <summary>The process has ended, and all that it wrote was shown. Ends when every client has got it, or does not take it.</summary>
    public async Task EndAsync()
    {
        _isOver = true;
        for (int i = _clients.Count - 1; i >= 0; i--)
        {
            _clients[i].End();
        }

        if (_clients.Count > 0)
        {
            _noneLeft = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await _noneLeft.Task;
        }
    }

    /// <summary>Describes it for a shim that is about to rest.</summary>
    /// <returns>False while somebody is attached, or stdin has not taken all.</returns>
    public bool TrySave(ref RestState state)
    {
        state.StdinWriter = Input?.Number ?? -1;
        return _clients.Count == 0 && Input is not { IsFull: true };
    }

    public void Dispose()
    {
        _isOver = true;
        for (int i = _clients.Count - 1; i >= 0; i--)
        {
            _clients[i].Dispose();
        }

        Input?.Dispose();
    }

    /// <returns>False when it has been removed already.</returns>
    internal bool Remove(AttachClient client)
    {
        bool removed = _clients.Remove(client);
        if (removed)
        {
            EndInputIfNobodyWrites();
            if (_clients.Count == 0)
            {
                _ = _noneLeft?.TrySetResult();
            }
        }

        return removed;
    }

    /// <summary>A client has ended its half of the connection.</summary>
    internal void OnInputEnded()
    {
        _isEndAsked = true;
        EndInputIfNobodyWrites();
    }

    /// <summary>So much had to be kept for somebody.</summary>
    internal void OnKept(int bytes) => (_lull ??= new Lull(loop, ReleaseMemory)).Moved(bytes);

    private void ReleaseMemory()
    {
        Input?.ReleaseMemory();
        foreach (AttachClient client in _clients)
        {
            client.ReleaseMemory();
        }
    }

    /// <summary>A client is no longer to be waited for.</summary>
    internal void OnCaughtUp()
    {
        if (!IsFull)
        {
            OnRoom?.Invoke();
        }
    }

    /// <summary>One of them has said that it was all, and no other can write any more.</summary>
    private void EndInputIfNobodyWrites()
    {
        foreach (AttachClient client in _clients)
        {
            if (client.MayWrite)
            {
                return;
            }
        }

        if (_isEndAsked)
        {
            EndInput();
        }
    }

    private void AwaitAll()
    {
        for (int i = _clients.Count - 1; i >= 0; i--)
        {
            _clients[i].AwaitEvents();
        }
    }
}
