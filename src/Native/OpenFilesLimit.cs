namespace Shimd.Native;

/// <summary>getrlimit(2) RLIMIT_NOFILE: how many descriptors a process may have. A supervisor needs one or two for each container.</summary>
internal static unsafe class OpenFilesLimit
{
    /// <summary>Below the hard limit: so that one who has used up the soft one can still clean up.</summary>
    private const ulong Kept = 16;

    /// <summary>Raises the soft limit to the hard one, but for a few.</summary>
    /// <returns>The soft limit before, for those who must not inherit ours.</returns>
    public static ulong Raise()
    {
        Libc.ResourceLimit limit;
        if (Libc.getrlimit(Libc.RLIMIT_NOFILE, &limit) != 0)
        {
            return 0;
        }

        ulong before = limit.Soft;
        limit.Soft = limit.Hard > 4 * Kept ? limit.Hard - Kept : limit.Hard;
        _ = Libc.setrlimit(Libc.RLIMIT_NOFILE, &limit);
        return before;
    }

    /// <summary>Does something with those that are kept.</summary>
    public static void UseKept(Action action)
    {
        Libc.ResourceLimit limit;
        bool isKnown = Libc.getrlimit(Libc.RLIMIT_NOFILE, &limit) == 0;
        Libc.ResourceLimit most = new() { Soft = limit.Hard, Hard = limit.Hard };
        _ = isKnown ? Libc.setrlimit(Libc.RLIMIT_NOFILE, &most) : 0;
        try
        {
            action();
        }
        finally
        {
            _ = isKnown ? Libc.setrlimit(Libc.RLIMIT_NOFILE, &limit) : 0;
        }
    }

    /// <summary>Sets the soft limit. Errors: EINVAL above the hard one.</summary>
    public static SysResult Set(ulong soft)
    {
        Libc.ResourceLimit limit;
        SysResult read = SysResult.From(Libc.getrlimit(Libc.RLIMIT_NOFILE, &limit));
        limit.Soft = soft;
        return read.IsOk ? SysResult.From(Libc.setrlimit(Libc.RLIMIT_NOFILE, &limit)) : read;
    }
}
