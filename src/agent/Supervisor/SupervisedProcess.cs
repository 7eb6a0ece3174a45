using Shimd.Loop;
using Shimd.Native;
using Shimd.Oci;
using Shimd.Protocol;
using Shimd.Storage;

namespace Shimd.Supervisor;

/// <summary>A process that a shim holds: what was asked for, who it is, and how it ended.</summary>
internal sealed class SupervisedProcess(ProcessDirectory directory, ProcessRecord record)
{
    public ProcessDirectory Directory { get; } = directory;

    public ProcessRecord Record { get; } = record;

    public string Name => Record.Process;

    public bool IsInit => Record.Process == Identifier.Init;

    /// <summary>Known once the shim has reported.</summary>
    public RunningRecord? Running { get; set; }

    /// <summary>Null where an agent before this one has started it.</summary>
    public ChildShim? Shim { get; set; }

    /// <summary>The watch on the exit fifo, while there is one.</summary>
    public MonitoredExit? Monitor { private get; set; }

    /// <summary>Set once, by <see cref="End"/>.</summary>
    public ExitRecord? Exit { get; private set; }

    /// <summary>Waits for the exit to be known; who gives up leaves nothing behind.</summary>
    /// <returns>False when <paramref name="limit"/> passed before, or the process was forgotten.</returns>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public async Task<bool> WaitAsync(EventLoop loop, TimeSpan? limit = null, CancellationToken cancellation = default)
    {
        if (Exit is null && !IsForgotten)
        {
            var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            void Wake() => over.TrySetResult();
            using LoopTimer? timer = limit is { } time ? loop.After(time, Wake) : null;
            using CancellationTokenRegistration registration = cancellation.Register(() => over.TrySetCanceled(cancellation));
            Over += Wake;
            try
            {
                await over.Task;
            }
            finally
            {
                Over -= Wake;
            }
        }

        return Exit is not null;
    }

    /// <summary>Its exit is known, or it is forgotten.</summary>
    public event Action? Over;

    /// <summary>The exit is known, and about to count.</summary>
    public bool IsEnding { get; set; }

    /// <summary>It never came to be, or it was deleted: there is nothing to wait for any more.</summary>
    public bool IsForgotten { get; private set; }

    /// <summary>No exit will come; who waits for one is told so.</summary>
    public void Forget()
    {
        IsForgotten = true;
        StopMonitoring();
        Over?.Invoke();
    }

    /// <summary>Nothing more will come of the exit fifo.</summary>
    public void StopMonitoring()
    {
        Monitor?.Dispose();
        Monitor = null;
    }

    /// <summary>Its shim, if it waits for our clients to be told of the exit, need not wait longer.</summary>
    public void LetShimCleanUp()
    {
        if (IsEnding)
        {
            StopMonitoring();
        }
    }

    /// <summary>The exit counts from here on.</summary>
    public void End(ExitRecord exit)
    {
        IsEnding = true;
        Exit = exit;
        Over?.Invoke();
    }

    /// <summary>Sends a signal to this very process: a pid that the kernel has given to another one is never touched. Errors:
    /// ESRCH when it has ended, EPERM.</summary>
    public SysResult Send(int signal)
    {
        if (Running is null)
        {
            return SysResult.Fail(Errno.ESRCH);
        }

        SysResult<PidFd> opened = PidFd.Open(Running.Pid);
        if (!opened.IsOk)
        {
            return SysResult.Fail(opened.Error);
        }

        // First the reference, then the check: what the reference means can no longer change.
        using PidFd pidFd = opened.Value!;
        return ProcessIdentity.IsAlive(Running, ProcessIdentity.BootId())
            ? pidFd.Send(signal)
            : SysResult.Fail(Errno.ESRCH);
    }

    public ProcessInfo Describe(string status) => new()
    {
        Id = Record.Container,
        Process = Name,
        Pid = Exit is null ? Running?.Pid : null,
        Status = status,
        Terminal = Record.Terminal,
        Args = ProcessInfo.ForDisplay(new ProcessSpec(Record.Spec).Arguments),
        StartedAt = Running?.At,
        Exit = Exit is null ? null : Describe(Exit),
    };

    /// <summary>An exit in the protocol's words.</summary>
    public static ExitInfo Describe(ExitRecord exit) => new()
    {
        Code = exit.Code,
        Signal = exit.Signal is { } signal ? Signal.NameOf(signal) : null,
        CoreDumped = exit.CoreDumped,
        OomKilled = exit.OomKilled,
        At = exit.At,
        Source = exit.Source,
        Reason = exit.Reason,
    };
}
