using System.Text;
using Shimd.Native;
using Shimd.Protocol;

namespace Shimd.Server;

/// <summary>attach, in both forms, and write.</summary>
internal static class AttachHandlers
{
    public static void Register(Dispatcher dispatcher, Supervisor.Supervisor supervisor)
    {
        dispatcher.Register<AttachParams>(
            Methods.Attach, (call, p) => p.Raw ? AttachRawAsync(call, p, supervisor) : AttachAsync(call, p, supervisor));
        dispatcher.Register<WriteParams, EmptyResult>(Methods.Write, async (call, p) =>
        {
            ProcessInfo process = supervisor.ProcessState(p.Id, p.Instance, p.Process ?? Identifier.Init);
            await call.Session.Attachments.FindWriter(process).WriteAsync(p.Decode(), call.Cancellation);
            return EmptyResult.Instance;
        });
    }

    private static async Task AttachAsync(Call call, AttachParams request, Supervisor.Supervisor supervisor)
    {
        AttachResult result = supervisor.Attachments.Find(request);
        call.Session.Attachments.RequireRoom();
        UnixSocket.Pair(out Fd? ours, out Fd? theirs).OrThrow("socketpair");
        using (theirs)
        {
            ours!.SetNonBlocking(true).OrThrow("fcntl O_NONBLOCK");
            bool isAdded = false;
            try
            {
                await supervisor.Attachments.AttachAsync(request, theirs!, isFramed: true, null, []);
                call.Session.Attachments.Add(call, request, ours);
                isAdded = true;
            }
            finally
            {
                if (!isAdded)
                {
                    ours.Dispose();
                }
            }
        }

        call.Reply(result);
    }

    /// <summary>The client's connection itself goes to the shim, with all that was sent on it beyond the request; the shim answers.</summary>
    private static async Task AttachRawAsync(Call call, AttachParams request, Supervisor.Supervisor supervisor)
    {
        AttachResult result = supervisor.Attachments.Find(request);
        if (!call.Session.IsAlone)
        {
            throw ShimdException.InvalidRequest("raw takes the whole connection: it must be the only request on it, and there may be no subscription");
        }

        if (call.Session.Rest.Length > Limits.MaxEarlyInputBytes)
        {
            throw ShimdException.TooLarge($"more than {Limits.MaxEarlyInputBytes} bytes came before the reply: wait for it");
        }

        await call.Session.Output.WhenSentAsync();
        await supervisor.Attachments.AttachAsync(request, call.Session.Socket, isFramed: false, ReplyOf(call, result), call.Session.Rest.ToArray());
        call.AnsweredElsewhere();
        call.Session.HandOver();
    }

    private static string ReplyOf(Call call, AttachResult result)
    {
        using var writer = new LineWriter();
        _ = writer.WriteResult(call.Id, result);
        return Encoding.UTF8.GetString(writer.Peek().Span);
    }
}
