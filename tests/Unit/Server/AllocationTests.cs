using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Shimd.Loop;
using Shimd.Native;
using Shimd.Protocol;
using Shimd.Server;
using Shimd.Tests.Fixtures;
using Shimd.Tests.Unit.Protocol;
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

    [Fact]
    public void State_Pipelined_AllocatesLittle() => OnLoop.Run(async loop =>
    {
        using var directory = new TempDirectory();
        using Fd listener = UnixSocket.Listen(directory["socket"], backlog: 1).OrThrow("listen");
        using Fd client = UnixSocket.Connect(directory["socket"], nonBlocking: true).OrThrow("connect");
        Fd served = UnixSocket.Accept(listener).OrThrow("accept");
        byte[] answer = Wire.ToJson(Samples.Container());
        var dispatcher = new Dispatcher(NullLogger.Instance, static (_, _) => { });
        dispatcher.Register<ProcessParams>(Methods.State, (call, _) =>
        {
            call.Reply(answer);
            return Task.CompletedTask;
        });
        using var session = new ClientSession(loop, served, 1, new Peer(UnixSocket.Peer(served), false), dispatcher, static (_, _) => { });
        session.TryBegin().OrThrow("epoll_ctl");
        byte[] lines = Lines();
        _ = await ExchangeAsync(client, lines, loop);

        long before = GC.GetAllocatedBytesForCurrentThread();
        int answered = 0;
        for (int round = 0; round < Requests / Pipelined; round++)
        {
            answered += await ExchangeAsync(client, lines, loop);
        }

        long each = (GC.GetAllocatedBytesForCurrentThread() - before) / Requests;
        Assert.Equal(Requests, answered);
        Assert.InRange(each, 1, MaxBytesEach);
    });

    private static byte[] Lines()
    {
        var text = new StringBuilder();
        for (int id = 0; id < Pipelined; id++)
        {
            text.Append($$$"""{"jsonrpc":"2.0","id":{{{id}}},"method":"state","params":{"id":"web"}}""").Append('\n');
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>Sends the lines and counts the answers, until all are there.</summary>
    private static async Task<int> ExchangeAsync(Fd client, byte[] lines, EventLoop loop)
    {
        client.WriteAll(lines).OrThrow("write");
        int answers = 0;
        while (answers < Pipelined)
        {
            await TurnAsync(loop);
            answers += CountLines(client);
        }

        return answers;
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
