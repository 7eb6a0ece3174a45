using System.Runtime;
using Shimd.Native;

namespace Shimd.Early;

/// <summary>
/// The first code of every shimd process, ahead of the .NET runtime (ADR 0010). Nothing in this folder may need the runtime: no
/// object, no exception, no text but UTF-8 literals, no static field, no virtual call. A test keeps it so.
/// </summary>
internal static unsafe class EarlyMain
{
    [RuntimeExport("__wrap_main")]
    private static int Start(int count, byte** arguments)
    {
        // The runtime starts a thread before Program.Main; only a mask that is there by now is every thread's.
        EarlyLibc.BlockLoopSignals();
        if (count == 6 && EarlyText.Begins(arguments[1], "shim\0"u8) && EarlyText.Begins(arguments[4], "rest\0"u8))
        {
            RestingShim.Run((int)EarlyText.Number(arguments[5]));
        }
        else if (count > StartingShim.FirstOfRuntime && EarlyText.Begins(arguments[1], "shim\0"u8) && EarlyText.Begins(arguments[4], "start\0"u8))
        {
            StartingShim.Run(count, arguments);
        }

        if (count > 1 && EarlyText.Begins(arguments[1], "serve\0"u8))
        {
            SharedImage.Begin();
        }
        else if (count > 1 && !EarlyText.Begins(arguments[1], "shim\0"u8))
        {
            PublishedImage.Open(count, arguments);
        }

        return EarlyLibc.RealMain(count, arguments);
    }
}
