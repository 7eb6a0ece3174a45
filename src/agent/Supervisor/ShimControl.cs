using Shimd.Loop;
using Shimd.Native;
using Shimd.Oci;
using Shimd.Protocol;

namespace Shimd.Supervisor;

/// <summary>Speaks to a shim on its control socket.</summary>
internal static class ShimControl
{
    /// <summary>Asks the shim to do something and say how it went; null when it has not answered in time, or ended.</summary>
    /// <exception cref="ShimdException">BAD_STATE: the shim is gone, and so is the process.</exception>
    public static async Task<ShimReport?> AskAsync(EventLoop loop, SupervisedProcess process, ControlMessage message, TimeSpan limit)
    {
        using Fd? control = Connect(process);
        if (control is null || !Send(control, message))
        {
            throw ShimdException.BadState("control", StatusWords.Stopped, "process");
        }

        byte[] line = await LineFrom.ReadAsync(loop, control, limit);
        return line.Length > 0 ? MessageReader.Read<ShimReport>(line) : null;
    }

    /// <summary>Asks a living shim what it would have said on the ready pipe; null when it ended without an answer, or
    /// has not answered in time.</summary>
    public static async Task<ShimReport?> AskReadyAsync(EventLoop loop, SupervisedProcess process, TimeSpan? limit = null)
    {
        using Fd? control = Connect(process);
        if (control is null || !Send(control, new ControlMessage(ControlVerb.Ready)))
        {
            return null;
        }

        byte[] line = await LineFrom.ReadAsync(loop, control, limit);
        return line.Length > 0 ? MessageReader.Read<ShimReport>(line) : null;
    }

    /// <summary>Has the shim attach a socket, of which it gets a copy.</summary>
    /// <exception cref="ShimdException">BAD_STATE: the process has ended; LIMIT; BUSY.</exception>
    public static async Task AttachAsync(EventLoop loop, SupervisedProcess process, Fd socket, AttachRequest request)
    {
        using Fd? control = Connect(process);
        byte[] line = [];
        if (control is not null && Send(control, new ControlMessage(ControlVerb.Attach) { Attach = request }, socket))
        {
            line = await LineFrom.ReadAsync(loop, control);
        }

        ShimProblem? problem = line.Length > 0
            ? MessageReader.Read<ShimReport>(line).Problem
            : new ShimProblem("the shim has gone", nameof(Errno.ESRCH));
        if (problem is not null)
        {
            throw problem.Errno switch
            {
                nameof(Errno.ESRCH) => ShimdException.BadState("attach to", StatusWords.Stopped, "process"),
                nameof(Errno.EBUSY) => ShimdException.Limit($"too many clients are attached to process {process.Name} of container {process.Record.Container}"),
                nameof(Errno.EAGAIN) => ShimdException.Busy(process.Record.Container, "attach"),
                _ => Failure.OfNamed($"cannot attach: {problem.Message}", problem.Errno),
            };
        }
    }

    private static Fd? Connect(SupervisedProcess process) => UnixSocket.ConnectAnywhere(process.Directory.Control, nonBlocking: true).Value;

    private static bool Send(Fd control, ControlMessage message, params ReadOnlySpan<Fd> descriptors)
    {
        // A socket that is new takes a message whole, or it is full for another reason.
        ReadOnlySpan<byte> line = MessageText.Line(message);
        return UnixSocket.Send(control, line, descriptors).Value == line.Length;
    }
}
