using Shimd.Native;
using Shimd.Oci;
using Shimd.Protocol;
using Shimd.Storage;

namespace Shimd.Supervisor;

/// <summary>Brings clients to the streams of processes. The shim serves them: no byte goes through here.</summary>
internal sealed class Attachments(Agency agency)
{
    /// <summary>The process that is meant, if it can be attached to in that way.</summary>
    /// <exception cref="ShimdException">NOT_FOUND, CONFLICT, BAD_STATE; NOT_SUPPORTED: its streams lead elsewhere.</exception>
    public AttachResult Find(AttachParams request)
    {
        SupervisedProcess process = Living(request);
        StdioRecord stdio = process.Record.Stdio;
        bool attachesOutput = IsAttachable(stdio.Stdout) || IsAttachable(stdio.Stderr);
        if (!attachesOutput && stdio.Stdin.Kind != StreamKind.Attach)
        {
            throw ShimdException.NotSupported($"process {process.Name} of container {request.Id} has no stream that is \"attach\" or \"log\"");
        }

        return request.Stdin && stdio.Stdin.Kind != StreamKind.Attach
            ? throw ShimdException.NotSupported($"the stdin of process {process.Name} of container {request.Id} is not \"attach\"")
            : new AttachResult { Id = request.Id, Process = process.Name, Terminal = process.Record.Terminal };
    }

    /// <summary>Has the shim serve a socket.</summary>
    /// <param name="request">Checked by <see cref="Find"/>.</param>
    /// <param name="socket">The shim gets a copy.</param>
    /// <param name="isFramed">Output is to come in frames: see <see cref="AttachFrame"/>.</param>
    /// <param name="reply">To be sent before any output; null for nothing.</param>
    /// <param name="input">What the client has sent already.</param>
    /// <exception cref="ShimdException">BAD_STATE: the process has ended; LIMIT, BUSY.</exception>
    public Task AttachAsync(AttachParams request, Fd socket, bool isFramed, string? reply, byte[] input)
    {
        var how = new AttachRequest
        {
            Stdout = request.Wants(StreamNames.Stdout),
            Stderr = request.Wants(StreamNames.Stderr),
            Stdin = request.Stdin,
            Block = request.OnFull == LogWords.Block,
            Framed = isFramed,
            Reply = reply,
            Input = request.Stdin && input.Length > 0 ? Convert.ToBase64String(input) : null,
        };
        return ShimControl.AttachAsync(agency.Loop, Living(request), socket, how);
    }

    private static bool IsAttachable(StreamRecord stream) => stream.Kind is StreamKind.Attach or StreamKind.Log;

    private SupervisedProcess Living(AttachParams request)
    {
        SupervisedProcess process = agency.Find(request.Id, request.Instance).Find(request.Process ?? Identifier.Init);
        return process.Exit is null
            ? process
            : throw ShimdException.BadState("attach to", StatusWords.Stopped, process.IsInit ? "container" : "process");
    }
}
