using Shimd.Native;
using Shimd.Storage;

namespace Shimd.Server;

/// <summary>The state root, ours and locked: one agent a root.</summary>
internal static class StateRoot
{
    private const uint OwnerAllGroupPass = 0x1C8; // 0710
    private const uint Unchanged = uint.MaxValue;
    private const int LockTries = 20;
    private const int LockRetryMs = 10;

    /// <summary>Makes what is missing, and takes the lock; a text that says what to do where that is not possible.</summary>
    /// <param name="layout">Where.</param>
    /// <param name="group">May pass through the root, to a socket there, and see nothing else in it; null for nobody.</param>
    public static (FileLock? Lock, string? Problem) Open(StateLayout layout, uint? group)
    {
        try
        {
            Directory.CreateDirectory(layout.Root, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return (null, $"cannot make the state root {layout.Root}: {exception.Message}; choose another one with --root");
        }

        if (NativeFile.Status(layout.Root) is { } status && status.Uid != NativeFile.EffectiveUid())
        {
            return (null, $"the state root {layout.Root} belongs to uid {status.Uid}, not to us (uid {NativeFile.EffectiveUid()}): choose another one with --root");
        }

        SysResult<FileLock> taken = TakeLock(layout.AgentLock);
        if (!taken.IsOk)
        {
            return (null, taken.Error == Errno.EAGAIN
                ? $"another agent serves {layout.Root} already: use it, or choose another root with --root"
                : $"cannot write in the state root {layout.Root}: {taken.Error.Describe()}; choose another one with --root");
        }

        foreach (string path in (ReadOnlySpan<string>)[layout.Containers, layout.Quarantine, layout.Runtimes])
        {
            SysResult made = NativeFile.MakeDirectory(path);
            if (!made.IsOk && made.Error != Errno.EEXIST)
            {
                taken.Value!.Dispose();
                return (null, $"cannot make {path}: {made.Error.Describe()}");
            }
        }

        if (group is { } gid
            && !(NativeFile.ChangeOwner(layout.Root, Unchanged, gid).IsOk && NativeFile.ChangeMode(layout.Root, OwnerAllGroupPass).IsOk))
        {
            taken.Value!.Dispose();
            return (null, $"cannot let group {gid} into {layout.Root}: put the socket elsewhere, with --socket");
        }

        return (taken.Value, null);
    }

    /// <summary>An agent that was killed in the midst of starting a process leaves a child that holds the lock until its exec.</summary>
    private static SysResult<FileLock> TakeLock(string path)
    {
        using var nothing = new Epoll();
        SysResult<FileLock> taken = FileLock.TryTake(path);
        for (int i = 0; i < LockTries && taken.Error == Errno.EAGAIN; i++)
        {
            _ = nothing.Wait(LockRetryMs);
            taken = FileLock.TryTake(path);
        }

        return taken;
    }
}
