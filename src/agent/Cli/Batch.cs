using System.Text.Json;
using Shimd.Protocol;

namespace Shimd.Cli;

/// <summary>One request for each of several containers. All are sent at once, so that ten stops take as long as the longest.</summary>
internal sealed class Batch(ClientSettings settings)
{
    // The agent takes 32 long calls at a time on a connection.
    private const int AtOnce = 32;

    /// <summary>Whether a container that has ended or gone meanwhile is passed over: nobody has asked for it by name.</summary>
    public bool IgnoresGone { get; init; }

    /// <param name="ids">The containers.</param>
    /// <param name="send">Sends the request for one, and returns its id.</param>
    /// <param name="print">Called with each result, in the order of <paramref name="ids"/>; false means failure.</param>
    /// <returns>The exit code: 0 only if all went well. What failed has been reported.</returns>
    public int Run(string[] ids, Func<AgentClient, string, long> send, Func<string, JsonElement, bool> print)
    {
        using AgentClient client = AgentClient.Connect(settings);
        bool failed = false;
        for (int start = 0; start < ids.Length; start += AtOnce)
        {
            ReadOnlySpan<string> some = ids.AsSpan(start, Math.Min(AtOnce, ids.Length - start));
            var requests = new long[some.Length];
            for (int i = 0; i < some.Length; i++)
            {
                requests[i] = send(client, some[i]);
            }

            Dictionary<long, AgentMessage> replies = Receive(client, requests);
            for (int i = 0; i < some.Length; i++)
            {
                failed |= !Conclude(some[i], replies[requests[i]], print, withHint: ids.Length == 1);
            }
        }

        return failed ? ExitCodes.Failed : ExitCodes.Ok;
    }

    private static Dictionary<long, AgentMessage> Receive(AgentClient client, long[] requests)
    {
        Dictionary<long, AgentMessage> replies = [];
        while (replies.Count < requests.Length)
        {
            AgentMessage message = client.Read() ?? throw AgentClient.Closed();
            if (message.Id is { } id)
            {
                replies[id] = message;
            }
            else if (message.Error is { } error)
            {
                throw new AgentErrorException(error);
            }
        }

        return replies;
    }

    private bool Conclude(string id, AgentMessage reply, Func<string, JsonElement, bool> print, bool withHint)
    {
        if (reply.Error is { } error)
        {
            if (IgnoresGone && (ErrorCode)error.Code is (ErrorCode.NotFound or ErrorCode.BadState))
            {
                return true;
            }

            // What went well before is said before.
            StandardOutput.Flush();
            ErrorReport.Print(error, id, settings.Json, withHint);
            return false;
        }

        if (settings.Json)
        {
            StandardOutput.Line(AgentMessage.Raw(reply.Result));
            return true;
        }

        return print(id, reply.Result);
    }
}
