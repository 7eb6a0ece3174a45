namespace Shimd.Native;

/// <summary>getrlimit(2) RLIMIT_NOFILE: how many descriptors a process may have. A supervisor needs one or two for each container.</summary>
internal static unsafe class OpenFilesLimit
{
    /// <summary>Raises the soft limit to the hard one.</summary>
    /// <returns>The soft limit before, for those who must not inherit ours.</returns>
    public static ulong Raise()
    {
        Libc.ResourceLimit limit;
        if (Libc.getrlimit(Libc.RLIMIT_NOFILE, &limit) != 0)
        {
            return 0;
        }

        ulong before = limit.Soft;
        limit.Soft = limit.Hard;
        _ = Libc.setrlimit(Libc.RLIMIT_NOFILE, &limit);
        return before;
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
