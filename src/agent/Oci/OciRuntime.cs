using System.Text;
using Shimd.Loop;
using Shimd.Native;
using Shimd.Storage;

namespace Shimd.Oci;

/// <summary>The OCI runtime as a subprocess: each call has a deadline and a capped output, and its words are kept.</summary>
/// <param name="loop">Where its end is awaited.</param>
/// <param name="reaper">Who reaps it.</param>
/// <param name="runtime">Which it is.</param>
/// <param name="program">Its <see cref="SealedProgram"/>, if there is one; borrowed.</param>
internal sealed class OciRuntime(EventLoop loop, Reaper reaper, RuntimeRecord runtime, Fd? program = null)
{
    private const int MessageCapChars = 8 * 1024;

    /// <summary>Calls the runtime with the arguments of <see cref="RuntimeCommand"/>.</summary>
    /// <param name="verb">The verb and its options.</param>
    /// <param name="logPath">Where the runtime writes its errors (--log); what this call adds is read back.</param>
    /// <param name="deadline">When it is killed, with all that it started in its process group.</param>
    /// <param name="stdio">stdin, stdout, stderr for the runtime and so for the container's process; null: /dev/null and captured.</param>
    /// <param name="isTerminalExec">An exec with a terminal. crun gives that its size when the program may run already, and was late in half of
    /// all cases (crun 1.8.1; newer ones do the same): so it goes first.</param>
    public async Task<RuntimeOutcome> InvokeAsync(
        IReadOnlyList<string> verb, string logPath, TimeSpan deadline, IReadOnlyList<Fd?>? stdio = null, bool isTerminalExec = false)
    {
        List<string> arguments = RuntimeCommand.Compose(runtime, logPath, verb);
        long logStart = NativeFile.Status(logPath)?.SizeBytes ?? 0;
        ChildResult result;
        try
        {
            // Only crun is copied; runc and youki set the size before the program, and are of several threads.
            var request = new SpawnRequest
            {
                Path = runtime.Path,
                Arguments = arguments,
                Descriptors = stdio ?? [],
                AheadOfItsChildren = isTerminalExec && program is not null,
            };
            result = await (RunCopyAsync(request, deadline) ?? ChildProcess.RunAsync(loop, reaper, request, deadline));
        }
        catch (SysException exception)
        {
            return new RuntimeOutcome { Name = runtime.Name, Arguments = arguments[1..], Errno = exception.Error.Name(), Message = exception.Message };
        }

        return OutcomeOf(result, arguments, logPath, logStart, deadline);
    }

    /// <summary>As <see cref="InvokeAsync"/>, for a call that was made already, the first with this log.</summary>
    public async Task<RuntimeOutcome> AwaitAsync(int pid, IReadOnlyList<string> verb, string logPath, TimeSpan deadline)
    {
        (WaitStatus status, bool timedOut) = await ChildProcess.WaitAsync(loop, reaper, pid, deadline);
        return OutcomeOf(new ChildResult(status, [], [], timedOut), RuntimeCommand.Compose(runtime, logPath, verb), logPath, 0, deadline);
    }

    private RuntimeOutcome OutcomeOf(ChildResult result, List<string> arguments, string logPath, long logStart, TimeSpan deadline)
        => new()
        {
            Name = runtime.Name,
            Arguments = arguments[1..],
            Exit = result.Status.Code,
            TimedOutAfterMs = result.TimedOut ? (int)deadline.TotalMilliseconds : null,
            Output = Encoding.UTF8.GetString(result.Output),
            Message = Words(result, logPath, logStart),
        };

    /// <returns>Null where there is no copy, or it cannot be executed here.</returns>
    private Task<ChildResult>? RunCopyAsync(SpawnRequest request, TimeSpan deadline)
    {
        if (program is null)
        {
            return null;
        }

        // By our own number: the child has other descriptors.
        string path = $"/proc/{Environment.ProcessId}/fd/{program.Number}";
        Task<ChildResult> call = ChildProcess.RunAsync(loop, reaper, request with { Path = path }, deadline);
        return call.IsFaulted && call.Exception.InnerException is SysException ? null : call;
    }

    private static string Words(ChildResult result, string logPath, long logStart)
    {
        if (result.Status.Code == 0)
        {
            return "";
        }

        string words = RuntimeLog.ReadErrors(logPath, logStart) is { Length: > 0 } logged
            ? logged
            : Encoding.UTF8.GetString(result.ErrorOutput).Trim();
        return words.Length <= MessageCapChars ? words : words[..MessageCapChars] + "…";
    }
}
