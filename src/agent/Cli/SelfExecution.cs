using Shimd.Native;

namespace Shimd.Cli;

/// <summary>For the roles that read signals from the kernel: see <see cref="SignalMask"/>.</summary>
internal static class SelfExecution
{
    /// <summary>Returns with the loop's signals blocked in every thread, in this process image or in the one that replaces it.</summary>
    public static void BlockSignals()
    {
        if (!SignalMask.IsInherited())
        {
            SysResult failed = SignalMask.BlockAndExecuteSelf(Environment.GetCommandLineArgs());
            throw new CliException(
                ExitCodes.Unavailable,
                $"cannot execute /proc/self/exe: {failed.Error.Describe()}",
                failed.Error == Errno.ENOENT ? "mount proc first: mount -t proc proc /proc" : null);
        }

        // The kernel has named the process after the link that was executed: 'exe'.
        ProcessControl.SetName("shimd");
    }
}
