using System.Text.Json;
using Shimd.Loop;
using Shimd.Native;
using Shimd.Protocol;

namespace Shimd.Server;

/// <summary>
/// From lines to executions: reads ahead as far as the limits go, and begins the requests of one connection in order, one at a time;
/// only long calls let the next one begin before they are answered.
/// </summary>
internal sealed class RequestPipeline(EventLoop loop, ClientSession session, SessionInput input, Dispatcher dispatcher, Action onExecuted)
{
    /// <summary>Requests read ahead may be a megabyte each: their bytes are limited together, too.</summary>
    private const int ReadAheadBytes = Limits.MaxInputLineBytes;

    private readonly Func<ReadOnlySpan<byte>, bool> _answered = line => dispatcher.TryAnswer(line, session.Output);
    private readonly Queue<(Call? Call, Refused? Refused)> _queue = new();
    private int _queuedBytes;
    private bool _isExecuting;

    /// <summary>An attach after which there may be no more lines: not one is taken before it has been refused.</summary>
    private Call? _raw;

    /// <summary>Whether another line may be taken: not beyond what is read ahead, nor while the peer does not read its answers.</summary>
    public bool HasRoom =>
        !IsClosed && _raw is null && _queue.Count < Limits.MaxPipelined && _queuedBytes < ReadAheadBytes && session.Output.Pending <= Limits.PauseUnsentBytes;

    /// <summary>Nothing is queued, and nothing that the next request would have to wait for.</summary>
    public bool IsIdle => !_isExecuting && _queue.Count == 0;

    /// <summary>Nothing is queued behind what is being executed.</summary>
    public bool IsLast => _queue.Count == 0;

    /// <summary>Nothing more begins.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>The agent is going: what has not begun is answered so.</summary>
    public bool IsShuttingDown { get; set; }

    /// <summary>Nobody hears the answers: only what changes something is worth executing.</summary>
    public bool IsPeerGone { get; set; }

    /// <summary>Nothing that is asked has to wait for what was asked before, and there is somebody to be answered.</summary>
    private bool IsFree => IsIdle && session.Calls.Count == 0 && !IsShuttingDown && !IsPeerGone;

    /// <summary>Reads ahead, and begins one request.</summary>
    /// <returns>False when there is nothing to begin before something happens.</returns>
    public bool TryExecuteNext()
    {
        if (TryAnswerNext())
        {
            return true;
        }

        if (IsClosed || _isExecuting || session.Output.Pending > Limits.PauseUnsentBytes
            || !_queue.TryDequeue(out (Call? Call, Refused? Refused) next))
        {
            return false;
        }

        if (next.Call is { } call)
        {
            _queuedBytes -= call.SizeBytes;
            Execute(call);
            return true;
        }

        session.Output.WriteError(next.Refused!.Id, next.Refused.Error);
        if (next.Refused.Ends)
        {
            session.EndWhenSent();
        }

        return true;
    }

    /// <summary>More is about to be read into the memory of the lines that are queued.</summary>
    public void Keep()
    {
        foreach ((Call? call, _) in _queue)
        {
            call?.Keep();
        }
    }

    /// <summary>Nothing more begins; what is queued is forgotten.</summary>
    public void Close()
    {
        IsClosed = true;
        while (_queue.TryDequeue(out (Call? Call, Refused? Refused) next))
        {
            next.Call?.Dispose();
        }
    }

    /// <summary>Takes the lines that must wait, and those before them that need not: of these, up to the first that is not answered as it is read.</summary>
    /// <returns>Whether one was.</returns>
    private bool TryAnswerNext()
    {
        while (HasRoom && (IsIdle || _isExecuting) && input.TryTake(IsFree ? _answered : null, out Incoming incoming))
        {
            if (incoming.IsAnswered)
            {
                return true;
            }

            Take(incoming);
        }

        return false;
    }

    private void Take(Incoming incoming)
    {
        if (incoming.Request is not { } request)
        {
            _queue.Enqueue((null, new Refused(incoming.Id, incoming.Error!, incoming.Ends)));
        }
        else if (request.Kind != EnvelopeKind.Cancel)
        {
            Add(new Call(session, request, incoming.Descriptors, incoming.SizeBytes));
        }
        else
        {
            Close(incoming.Descriptors);
            Cancel(request);
        }
    }

    private void Add(Call call)
    {
        if (!session.Calls.TryAdd(call))
        {
            call.Dispose();
            RefuseTwin(call.Id);
            return;
        }

        _raw = IsRaw(call) ? call : null;
        _queue.Enqueue((call, default));
        _queuedBytes += call.SizeBytes;
    }

    /// <summary>With id null: the one answer that the id gets belongs to the request that has it.</summary>
    private void RefuseTwin(RequestId id)
        => _queue.Enqueue((null, new Refused(null, ShimdException.InvalidRequest($"id {id} is in flight: its request is not answered yet"), Ends: false)));

    private static void Close(IReadOnlyList<Fd> descriptors)
    {
        foreach (Fd descriptor in descriptors)
        {
            descriptor.Dispose();
        }
    }

    /// <summary>At once, ahead of what is queued: else nothing that holds up the queue could be cancelled.</summary>
    private void Cancel(Envelope request)
    {
        if (request.Id is { } own && session.Calls.Contains(own))
        {
            RefuseTwin(own);
            return;
        }

        session.Calls.Find(request.CancelId!)?.Cancel(ShimdException.Cancelled());
        if (request.Id is { } id)
        {
            session.Output.WriteResult(id, EmptyResult.Instance);
        }
    }

    private static bool IsRaw(Call call)
        => call.Method == Methods.Attach
            && JsonMembers.Of(call.Params).TryGet("raw", out JsonSlice raw)
            && raw.Kind == JsonValueKind.True;

    private void ForgetRaw(Call call) => _raw = ReferenceEquals(_raw, call) ? null : _raw;

    private void Execute(Call call)
    {
        if (IsShuttingDown || call.IsAnswered || (IsPeerGone && !call.Mutates))
        {
            call.Fail(ShimdException.ShuttingDown());
            call.Dispose();
            ForgetRaw(call);
            return;
        }

        Task execution = dispatcher.ExecuteAsync(call);
        if (!execution.IsCompleted && !call.IsLong)
        {
            // Even when it is cancelled: it has its answer then, but the next request must not overtake it.
            _isExecuting = true;
            loop.Start("request", async () =>
            {
                await execution;
                _isExecuting = false;
                ForgetRaw(call);
                onExecuted();
            });
        }
        else
        {
            ForgetRaw(call);
        }
    }

    /// <summary>A line that is no request: what it is told when its turn comes, and whether that is the end.</summary>
    private sealed record Refused(RequestId? Id, ShimdException Error, bool Ends);
}
