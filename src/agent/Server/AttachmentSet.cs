using Shimd.Loop;
using Shimd.Native;
using Shimd.Protocol;

namespace Shimd.Server;

/// <summary>The processes whose streams a connection has attached as events.</summary>
/// <param name="onEnded">One has ended by itself.</param>
internal sealed class AttachmentSet(EventLoop loop, SessionOutput output, Action onEnded)
{
    private const string WriteTo = "write to";
    private readonly List<Attachment> _live = [];

    public int Count => _live.Count;

    /// <exception cref="ShimdException">LIMIT.</exception>
    public void RequireRoom()
    {
        if (_live.Count >= Limits.MaxSubscriptions)
        {
            throw ShimdException.Limit($"a connection has at most {Limits.MaxSubscriptions} attached processes; open another connection");
        }
    }

    /// <summary>Adds one; its first event comes after the reply to <paramref name="call"/>.</summary>
    /// <param name="call">The attach.</param>
    /// <param name="request">Its params.</param>
    /// <param name="shim">The agent's end of the connection to the shim; taken over.</param>
    public void Add(Call call, AttachParams request, Fd shim)
    {
        var attachment = new Attachment(loop, output, call.Id, request, shim, ended =>
        {
            _ = _live.Remove(ended);
            onEnded();
        });
        _live.Add(attachment);
        call.AfterReply = attachment.Begin;
    }

    /// <summary>The one that writes to that process.</summary>
    /// <exception cref="ShimdException">BAD_STATE: there is none.</exception>
    public Attachment FindWriter(ProcessInfo process)
    {
        foreach (Attachment attachment in _live)
        {
            if (attachment.Writes(process.Id, process.Process))
            {
                return attachment;
            }
        }

        if (process.Status == StatusWords.Stopped)
        {
            throw ShimdException.BadState(WriteTo, process.Status, "process");
        }

        throw new ShimdException(
            ErrorCode.BadState,
            $"this connection is not attached to process {process.Process} of container {process.Id}: attach with stdin:true first",
            new ErrorData { Name = "", Status = process.Status, Action = WriteTo });
    }

    public void Clear()
    {
        foreach (Attachment attachment in _live)
        {
            attachment.Dispose();
        }

        _live.Clear();
    }
}
