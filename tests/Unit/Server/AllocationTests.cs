using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Shimd.Loop;
using Shimd.Native;
using Shimd.Protocol;
using Shimd.Server;
using Shimd.Supervisor;
using Shimd.Tests.Fixtures;
using Shimd.Tests.Unit.Supervisor;
using Xunit;

namespace Shimd.Tests.Unit.Server;

/// <summary>What a request costs the heap, from its bytes to the bytes of its answer.</summary>
[Collection(Sequential.Name)]
public sealed class AllocationTests
{
    private const int Requests = 640;
    private const int Pipelined = 32;

    /// <summary>Measured 362 (1,005 while lines were parsed into documents, and params cloned); the answer, some 350, is written without any.</summary>
    private const int MaxBytesEach = 450;

    private readonly Dispatcher _dispatcher = new(NullLogger.Instance, static (_, _) => { });
    private readonly ContainerTable _containers = new();

    public AllocationTests()
    {
        Container web = ContainerTableTests.New("web");
        _containers.Add(web);
        _dispatcher.Register<ProcessParams>(Methods.State, (call, _) =>
        {
            call.Reply(web.DescribeAsJson());
            return Task.CompletedTask;
        });
    }

    /// <summary>But for the first, which makes the answer.</summary>
    [Fact]
    public void State_AtHand_AllocatesNothing() => OnLoop.Run(async loop =>
    {
        _dispatcher.RegisterAtHand(Methods.State, _containers.StateAtHand);

        Assert.Equal(0, await MeasureAsync(loop) / Requests);
    });

    [Fact]
    public void State_Called_AllocatesLittle() => OnLoop.Run(async loop => Assert.InRange(await MeasureAsync(loop) / Requests, 1, MaxBytesEach));

    /// <returns>Bytes allocated for all requests together.</returns>
    private async Task<long> MeasureAsync(EventLoop loop)
    {
        using var directory = new TempDirectory();
        using Fd listener = UnixSocket.Listen(directory["socket"], backlog: 1).OrThrow("listen");
        using Fd client = UnixSocket.Connect(directory["socket"], nonBlocking: true).OrThrow("connect");
        Fd served = UnixSocket.Accept(listener).OrThrow("accept");
        using var session = new ClientSession(loop, served, 1, new Peer(UnixSocket.Peer(served), false), _dispatcher, static (_, _) => { });
        session.TryBegin().OrThrow("epoll_ctl");
        byte[] lines = Lines();
        long before = 0;
        int answers = 0;
        int turns = 0;
        for (int round = -1; round < Requests / Pipelined; round++)
        {
            if (round == 0)
            {
                // The first ones made what is made once.
                (before, answers, turns) = (GC.GetAllocatedBytesForCurrentThread(), 0, 0);
            }

            client.WriteAll(lines).OrThrow("write");
            for (int left = Pipelined; left > 0; turns++)
            {
                await TurnAsync(loop);
                int answered = CountLines(client);
                left -= answered;
                answers += answered;
            }
        }

        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal(Requests, answers);
        return allocated - (turns * await TurnBytesAsync(loop));
    }

    /// <summary>What a turn of the test's own allocates.</summary>
    private static async Task<long> TurnBytesAsync(EventLoop loop)
    {
        const int Turns = 100;
        await TurnAsync(loop);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int turn = 0; turn < Turns; turn++)
        {
            await TurnAsync(loop);
        }

        return (GC.GetAllocatedBytesForCurrentThread() - before) / Turns;
    }

    private static byte[] Lines()
    {
        var text = new StringBuilder();
        for (int id = 0; id < Pipelined; id++)
        {
            text.Append($$$"""{"jsonrpc":"2.0","id":{{{id}}},"method":"state","params":{"id":"web"}}""").Append('\n');
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static async Task TurnAsync(EventLoop loop)
    {
        var turned = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        loop.Post(static turned => ((TaskCompletionSource)turned!).SetResult(), turned);
        await turned.Task;
    }

    private static int CountLines(Fd client)
    {
        Span<byte> buffer = stackalloc byte[32 * 1024];
        SysResult read = client.Read(buffer);
        return read.IsOk ? buffer[..(int)read.Value].Count((byte)'\n') : 0;
    }
}
