using System.Diagnostics.CodeAnalysis;
using System.Text;
using Microsoft.Extensions.Logging;
using Shimd.Logging;
using Shimd.Native;
using Shimd.Protocol;
using Shimd.Storage;
using Shimd.Supervisor;

namespace Shimd.Server;

/// <summary>The answer, as JSON, to a method that is given nothing but this id of a container; empty where it must be made, or is an error. Does not throw.</summary>
internal delegate ReadOnlySpan<byte> AnswerAtHand(ReadOnlySpan<byte> container);

/// <summary>
/// From a request to its answer: finds the handler, refuses what the socket or the params do not allow before anything is done, and
/// is the one place where an error becomes a reply.
/// </summary>
internal sealed class Dispatcher(ILogger logger, Action<string, HistoryRecord> note)
{
    private readonly Dictionary<string, Func<Call, Task>> _handlers = new(StringComparer.Ordinal);
    private readonly List<(byte[] Method, AnswerAtHand Answer)> _atHand = [];

    /// <summary>The names of the methods that can be called, in the order of <see cref="MethodTable"/>.</summary>
    public IReadOnlyList<string> Registered
    {
        get
        {
            List<string> names = [];
            foreach (MethodInfo method in MethodTable.All)
            {
                if (_handlers.ContainsKey(method.Name))
                {
                    names.Add(method.Name);
                }
            }

            return names;
        }
    }

    /// <summary>Adds a method whose handler replies by itself, with one of several results.</summary>
    /// <param name="isLong">Whether these params make a long call; for methods of <see cref="MethodTiming.WhenAsked"/>.</param>
    public void Register<TParams>(
        string method, Func<Call, TParams, Task> handler, Func<TParams, bool>? isLong = null)
        where TParams : class, IParams<TParams>
    {
        MethodInfo info = MethodTable.Find(method) ?? throw new ArgumentException($"{method} is not in the table", nameof(method));
        _handlers.Add(method, call =>
        {
            if (info.Mutates)
            {
                // It may be begun when more has been read.
                call.Keep();
            }

            TParams given = Params.Read<TParams>(call.Params);
            if (info.Timing == MethodTiming.WhenDone || (info.Timing == MethodTiming.WhenAsked && isLong?.Invoke(given) == true))
            {
                call.BecomeLong();
            }

            if (info.Mutates)
            {
                Peer peer = call.Session.Peer;
                LogMessages.ChangeRequested(logger, method, call.Subject.Container, peer.Pid, peer.Uid, call.Session.Number);
            }

            // An attach is about the connection, as it is now.
            return info.Mutates && !call.IsLong && method != Methods.Attach ? ContinueAsync(call, () => handler(call, given)) : handler(call, given);
        });
    }

    /// <summary>What changes something takes longer than what only asks: it is begun as an operation that goes on (<see cref="Loop.EventLoop.Continue"/>), unless
    /// it has been cancelled.</summary>
    private static async Task ContinueAsync(Call call, Func<Task> begin)
    {
        await Task.Yield();
        await (call.IsAnswered ? throw ShimdException.Cancelled() : begin());
    }

    /// <summary>Adds a method that answers when its task is done.</summary>
    public void Register<TParams, TResult>(
        string method,
        Func<Call, TParams, Task<TResult>> handler,
        Func<TParams, bool>? isLong = null)
        where TParams : class, IParams<TParams>
        where TResult : IWireObject
        => Register<TParams>(method, async (call, given) => call.Reply(await handler(call, given)), isLong);

    /// <summary>Adds a method that answers at once.</summary>
    public void Register<TParams, TResult>(
        string method, Func<Call, TParams, TResult> handler)
        where TParams : class, IParams<TParams>
        where TResult : IWireObject
        => Register<TParams>(method, (call, given) =>
        {
            call.Reply(handler(call, given));
            return Task.CompletedTask;
        });

    /// <summary>Adds a shorter way, beside its handler, for a method that changes nothing.</summary>
    public void RegisterAtHand(string method, AnswerAtHand answer) => _atHand.Add((Encoding.UTF8.GetBytes(method), answer));

    /// <summary>Answers the request, if the answer is at hand: nothing is made for it. Where false is returned, nothing has happened.</summary>
    /// <param name="line">What may be one.</param>
    /// <param name="output">Where the answer goes.</param>
    public bool TryAnswer(ReadOnlySpan<byte> line, SessionOutput output)
    {
        if (!PlainRequest.TryRead(line, out PlainRequest request))
        {
            return false;
        }

        foreach ((byte[] method, AnswerAtHand answer) in _atHand)
        {
            if (request.Method.SequenceEqual(method))
            {
                ReadOnlySpan<byte> json = answer(request.Container);
                return !json.IsEmpty && output.TryWriteResult(request.Id, json);
            }
        }

        return false;
    }

    /// <summary>Executes the request; when it ends, the request has been answered and what came with it is gone. Never throws.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "An edge: a bug in one method must not end the agent, which others rely on.")]
    public async Task ExecuteAsync(Call call)
    {
        using (call)
        {
            DateTimeOffset began = call.Mutates ? DateTimeOffset.UtcNow : default;
            ShimdException? failure = null;
            try
            {
                Func<Call, Task> handler = _handlers.GetValueOrDefault(call.Method) ?? throw ShimdException.MethodNotFound(call.Method);
                if (call.Mutates && call.Session.Peer.IsReadOnly)
                {
                    throw ShimdException.ReadOnlySocket(call.Method);
                }

                await handler(call);
            }
            catch (ShimdException error)
            {
                Fail(call, failure = error);
            }
            catch (SysException error)
            {
                Fail(call, failure = Failure.Of(error.What, error.Error));
            }
            catch (OperationCanceledException) when (call.IsAnswered || call.Cancellation.IsCancellationRequested)
            {
                call.Fail(ShimdException.Cancelled());
            }
            catch (Exception bug)
            {
                LogMessages.RequestFailed(logger, call.Method, bug.ToString());
                call.Fail(failure = ShimdException.Internal("a bug of shimd's; its log has the details", bug));
            }

            Note(call, began, failure);
        }
    }

    /// <summary>For explain: who asked for a change, what it took, what failed.</summary>
    private void Note(Call call, DateTimeOffset began, ShimdException? failure)
    {
        if (call.Mutates)
        {
            note(call.Subject.Container, new HistoryRecord
            {
                Time = began,
                Method = call.Method,
                Process = call.Subject.Process,
                Pid = call.Session.Peer.Pid,
                Uid = call.Session.Peer.Uid,
                TookUsec = (long)(DateTimeOffset.UtcNow - began).TotalMicroseconds,
                ErrorCode = (int?)failure?.Code,
                ErrorName = failure?.Details.Name,
                ErrorMessage = failure?.Message,
            });
        }
    }

    private void Fail(Call call, ShimdException error)
    {
        if (call.Mutates)
        {
            LogMessages.ChangeFailed(logger, call.Method, call.Subject.Container, error.Details.Name, error.Message, call.Session.Number);
        }

        call.Fail(error);
    }
}
