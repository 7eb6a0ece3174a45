using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Shimd.Loop;
using Shimd.Native;
using Shimd.Protocol;
using Shimd.Server;
using Shimd.Tests.Fixtures;

namespace Shimd.Tests.Unit.Server;

/// <summary>A session with a client at its other end, both on one loop, and methods that end when the test says so.</summary>
internal sealed class SessionHarness : IDisposable
{
    private readonly EventLoop _loop;
    private readonly TempDirectory _directory = new();
    private readonly LineReader _reader = new();
    private readonly List<Fd> _received = [];
    private readonly Dictionary<string, TaskCompletionSource> _gates = [];

    public SessionHarness(EventLoop loop, bool isReadOnly = false)
    {
        _loop = loop;
        using Fd listener = UnixSocket.Listen(_directory["socket"], backlog: 1).OrThrow("listen");
        Client = UnixSocket.Connect(_directory["socket"], nonBlocking: true).OrThrow("connect");
        Fd served = UnixSocket.Accept(listener).OrThrow("accept");
        var dispatcher = new Dispatcher(NullLogger.Instance, static (_, _) => { });
        Register(dispatcher);
        Session = new ClientSession(loop, served, 1, new Peer(UnixSocket.Peer(served), isReadOnly), dispatcher, (_, reason) => Ended.Add(reason ?? ""));
        Session.TryBegin().OrThrow("epoll_ctl");
    }

    public Fd Client { get; }

    public ClientSession Session { get; }

    /// <summary>The ids of the calls that have begun, in order.</summary>
    public List<string> Begun { get; } = [];

    /// <summary>One reason, once the session has ended; empty for none.</summary>
    public List<string> Ended { get; } = [];

    /// <summary>What a <c>state</c> is answered as it is read; empty: it is called.</summary>
    public byte[] StateAtHand { get; set; } = [];

    /// <summary>What a <c>start</c> of this container throws.</summary>
    public Dictionary<string, Exception> Failures { get; } = [];

    public void Send(string text) => _ = Client.WriteAll(Encoding.UTF8.GetBytes(text)).Value;

    /// <summary>A request on the container <paramref name="id"/>, whose name is the request's id too.</summary>
    public void Request(string method, string id) => Send($$$"""{"id":"{{{id}}}","method":"{{{method}}}","params":{"id":"{{{id}}}"}}""" + "\n");

    /// <summary>Lets the call on this container end.</summary>
    public void Finish(string id) => _gates[id].SetResult();

    /// <summary>The next line; null at the end of the connection.</summary>
    public async Task<JsonElement?> ReadAsync()
    {
        while (true)
        {
            if (_reader.TryRead(out ReadOnlyMemory<byte> line) == LineStatus.Line)
            {
                return JsonElement.Parse(line.Span);
            }

            (SysResult read, _) = UnixSocket.Receive(Client, _reader.GetSpan(), _received);
            if (read.WouldBlock)
            {
                await WhenReadableAsync();
            }
            else if (!read.IsOk || read.Value == 0)
            {
                return null;
            }
            else
            {
                _reader.Commit((int)read.Value);
            }
        }
    }

    /// <summary>The next answer, in short: <c>a: ok</c>, or <c>a: BUSY</c>; <c>end</c> at the end.</summary>
    public async Task<string> AnswerAsync()
    {
        if (await ReadAsync() is not { } line)
        {
            return "end";
        }

        string id = line.GetProperty("id").ToString();
        return line.TryGetProperty("error", out JsonElement error) ? $"{id}: {error.GetProperty("data").GetProperty("name")}" : $"{id}: ok";
    }

    /// <summary>Returns when the session has seen all that was sent and has nothing left to do now.</summary>
    public async Task SettleAsync()
    {
        for (int turn = 0; turn < 20; turn++)
        {
            var turned = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _loop.Post(_ => turned.SetResult(), null);
            await turned.Task;
        }
    }

    /// <summary>Closes the client's end, and returns when the session has seen that and has nothing left to do now: a process that another
    /// test starts in this moment may hold the connection until it executes its program.</summary>
    public async Task HangUpAsync()
    {
        using Fd served = Session.Socket.Duplicate().OrThrow("fcntl");
        var hungUp = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using (_loop.Watch("test hang-up", served, EpollEvents.None, _ => hungUp.TrySetResult()))
        {
            Client.Dispose();
            await hungUp.Task;
        }

        await SettleAsync();
    }

    public void Dispose()
    {
        Session.Dispose();
        Client.Dispose();
        _received.ForEach(static fd => fd.Dispose());
        _directory.Dispose();
    }

    private void Register(Dispatcher dispatcher)
    {
        dispatcher.Register<ContainerParams, EmptyResult>(Methods.Start, (_, p) => RunAsync(p.Id, default));
        dispatcher.Register<StopParams, EmptyResult>(Methods.Stop, (_, p) => RunAsync(p.Id, default));
        dispatcher.Register<WaitParams, EmptyResult>(Methods.Wait, (call, p) => RunAsync(p.Id, call.Cancellation));
        dispatcher.RegisterAtHand(Methods.State, _ => StateAtHand);
        dispatcher.Register<ProcessParams, EmptyResult>(Methods.State, (_, p) =>
        {
            Begun.Add(p.Id);
            return EmptyResult.Instance;
        });
        dispatcher.Register<NoParams, EmptyResult>(Methods.Bye, async (call, _) =>
        {
            await call.Session.Calls.WhenNoneLongAsync(call.Cancellation);
            call.AfterReply = call.Session.EndWhenSent;
            return EmptyResult.Instance;
        });
    }

    private async Task<EmptyResult> RunAsync(string id, CancellationToken cancellation)
    {
        Begun.Add(id);
        if (Failures.TryGetValue(id, out Exception? failure))
        {
            throw failure;
        }

        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _gates[id] = gate;
        using CancellationTokenRegistration registration = cancellation.Register(() => gate.TrySetCanceled(cancellation));
        await gate.Task;
        return EmptyResult.Instance;
    }

    private async Task WhenReadableAsync()
    {
        var readable = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using Watch watch = _loop.Watch("test client", Client, EpollEvents.In, _ => readable.TrySetResult());
        await readable.Task;
    }
}
