using Shimd.Cli;
using Shimd.Native;
using Shimd.Shim;

namespace Shimd;

/// <summary>One binary, several roles: which one is decided here. What comes before the runtime is in Early.</summary>
internal static class Program
{
    // The shim first, and past everything else: what a role touches on its way stays in its memory, and there is a shim for every process.
    private static int Main(string[] args)
    {
        if (args is ["shim", ..])
        {
            return ShimMain.Run(args);
        }

        SignalMask.Unblock();
        return args is ["payload", .. string[] steps] ? Payload.Run(steps) : CommandTree.Run(args);
    }
}
