using System.Collections;

namespace Shimd.Native;

/// <summary>What to start, and what it inherits: nothing but what is named here.</summary>
internal sealed record SpawnRequest
{
    /// <summary>The executable; never looked up in PATH.</summary>
    public required string Path { get; init; }

    /// <summary>argv, the name first.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary><c>NAME=value</c>; null passes ours on.</summary>
    public IReadOnlyList<string>? Environment { get; init; }

    public string? WorkingDirectory { get; init; }

    /// <summary>The child's descriptors: entry i becomes number i, null leaves it closed. Borrowed, not taken.</summary>
    public required IReadOnlyList<Fd?> Descriptors { get; init; }

    /// <summary>setsid(2) in the child: out of our session, process group and terminal.</summary>
    public bool NewSession { get; init; }

    /// <summary>setpgid(2) in the child, so that it can be killed with what it started.</summary>
    public bool NewProcessGroup { get; init; }

    /// <summary><see cref="ProcessControl.PutAheadOfItsChildren"/>, where that is possible.</summary>
    public bool AheadOfItsChildren { get; init; }

    /// <summary>Start with <see cref="SignalMask.LoopSignals"/> blocked (for a shimd role with a loop); else with none.</summary>
    public bool BlockLoopSignals { get; init; }
}

/// <summary>posix_spawn(3): start a process without fork's copy. The child has default signal dispositions, a clean mask and only
/// the descriptors it was given.</summary>
internal static unsafe class Spawn
{
    /// <summary>The child's pid. Errors: ENOENT, EACCES, ENOEXEC (the program); ENOMEM, EAGAIN (the machine); EBADF.</summary>
    public static SysResult Start(SpawnRequest request)
    {
        using var path = new NativeStrings([request.Path]);
        using var arguments = new NativeStrings(request.Arguments);
        using var environment = new NativeStrings(request.Environment ?? CurrentEnvironment());
        Libc.SpawnAttributes attributes;
        Libc.SpawnFileActions actions;
        SysResult.FromNumber(Libc.posix_spawnattr_init(&attributes)).OrThrow("posix_spawnattr_init");
        SysResult.FromNumber(Libc.posix_spawn_file_actions_init(&actions)).OrThrow("posix_spawn_file_actions_init");
        var lifted = new List<Fd>();
        try
        {
            SetAttributes(&attributes, request);
            AddDescriptors(&actions, request.Descriptors, lifted);
            if (request.WorkingDirectory is { } directory)
            {
                SysResult.FromNumber(Libc.posix_spawn_file_actions_addchdir_np(&actions, directory)).OrThrow("addchdir");
            }

            int pid;
            SysResult result = SysResult.FromNumber(
                Libc.posix_spawn(&pid, path.Pointer[0], &actions, &attributes, arguments.Pointer, environment.Pointer));
            if (result.IsOk && request.AheadOfItsChildren)
            {
                _ = ProcessControl.PutAheadOfItsChildren(pid);
            }

            return result.IsOk ? new SysResult(pid, Errno.None) : result;
        }
        finally
        {
            lifted.ForEach(fd => fd.Dispose());
            _ = Libc.posix_spawn_file_actions_destroy(&actions);
            _ = Libc.posix_spawnattr_destroy(&attributes);
        }
    }

    /// <summary>Our environment as <c>NAME=value</c>.</summary>
    public static List<string> CurrentEnvironment()
    {
        var result = new List<string>();
        foreach (DictionaryEntry entry in Environment.GetEnvironmentVariables())
        {
            result.Add($"{entry.Key}={entry.Value}");
        }

        return result;
    }

    private static void SetAttributes(Libc.SpawnAttributes* attributes, SpawnRequest request)
    {
        short flags = Libc.POSIX_SPAWN_SETSIGDEF | Libc.POSIX_SPAWN_SETSIGMASK;
        flags |= request.NewSession ? Libc.POSIX_SPAWN_SETSID : (short)0;
        flags |= request.NewProcessGroup ? Libc.POSIX_SPAWN_SETPGROUP : (short)0;
        SignalSet mask = request.BlockLoopSignals ? SignalSet.Of(SignalMask.LoopSignals) : default;
        SignalSet defaults = SignalSet.AllCatchable();
        SysResult.FromNumber(Libc.posix_spawnattr_setflags(attributes, flags)).OrThrow("posix_spawnattr_setflags");
        SysResult.FromNumber(Libc.posix_spawnattr_setsigmask(attributes, &mask)).OrThrow("posix_spawnattr_setsigmask");
        SysResult.FromNumber(Libc.posix_spawnattr_setsigdefault(attributes, &defaults)).OrThrow("posix_spawnattr_setsigdefault");
    }

    private static void AddDescriptors(Libc.SpawnFileActions* actions, IReadOnlyList<Fd?> descriptors, List<Fd> lifted)
    {
        for (int target = 0; target < descriptors.Count; target++)
        {
            if (descriptors[target] is not { } source)
            {
                SysResult.FromNumber(Libc.posix_spawn_file_actions_addclose(actions, target)).OrThrow("addclose");
                continue;
            }

            // A source below the targets could be overwritten before its turn: use a copy above them all.
            if (source.Number < descriptors.Count)
            {
                source = source.Duplicate(atLeast: descriptors.Count).OrThrow("fcntl F_DUPFD_CLOEXEC");
                lifted.Add(source);
            }

            SysResult.FromNumber(Libc.posix_spawn_file_actions_adddup2(actions, source.Number, target)).OrThrow("adddup2");
        }

        // Whatever else is open, and not close-on-exec because somebody leaked it to us, stays here.
        SysResult.FromNumber(Libc.posix_spawn_file_actions_addclosefrom_np(actions, descriptors.Count)).OrThrow("addclosefrom");
    }
}
