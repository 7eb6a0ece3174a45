using Shimd.Cli;
using Shimd.Shim;

namespace Shimd;

/// <summary>One binary, several roles: which one is decided here.</summary>
internal static class Program
{
    // The shim first, and past everything else: what a role touches on its way stays in its memory, and there is a shim for every process.
    private static int Main(string[] args) => args switch
    {
        ["shim", ..] => ShimMain.Run(),
        ["payload", .. string[] steps] => Payload.Run(steps),
        _ => CommandTree.Run(args),
    };
}
