using System.Diagnostics.CodeAnalysis;
using System.Runtime;

namespace Shimd.Early;

/// <summary>
/// Functions of the .NET runtime's own native code: those that measure the machine and the control group for things that we do not have (ADR 0013), and
/// those that write a core file with a program that we do not bring. The linker takes these instead, as with <see cref="LeftOutLibc"/>. The names are those of
/// C++: _Z, a length, the name, its parameters. Where the next runtime has others, the real ones are back.
/// </summary>
[SuppressMessage("Style", "IDE0051", Justification = "The linker knows who calls them.")]
internal static unsafe class LeftOutRuntime
{
    [RuntimeExport("_Z16InitializeCGroupv")]
    internal static void InitializeForMemory()
    {
    }

    [RuntimeExport("_Z13CleanupCGroupv")]
    internal static void CleanUp()
    {
    }

    /// <returns>0: there is no limit but the machine's memory.</returns>
    [RuntimeExport("_Z32GetRestrictedPhysicalMemoryLimitv")]
    internal static nuint MemoryLimit() => 0;

    /// <summary>Asked for only where there is a limit.</summary>
    /// <returns>False: not known.</returns>
    [RuntimeExport("_Z21GetPhysicalMemoryUsedPm")]
    internal static bool MemoryUsed() => false;

    [RuntimeExport("_Z19InitializeCpuCGroupv")]
    internal static void InitializeForProcessors()
    {
    }

    /// <returns>False: there is no limit but the machine's processors.</returns>
    [RuntimeExport("_Z11GetCpuLimitPj")]
    internal static bool ProcessorLimit() => false;

    /// <summary>In bytes. Generation 0 would be made for it, but for its limit of 1 MiB, and is that with any cache that is not smaller than this.</summary>
    [RuntimeExport("__wrap__ZN15GCToOSInterface25GetCacheSizePerLogicalCpuEb")]
    internal static nuint CacheSize() => 2 << 20;

    /// <summary>Memory that is nearer to one processor than to another: we have one thread.</summary>
    [RuntimeExport("__wrap__Z21NUMASupportInitializev")]
    internal static void InitializeForNodes()
    {
    }

    // DOTNET_DbgEnableMiniDump: the runtime executes a program "createdump" that lies beside its own. There is none beside a static binary. 25 KB.

    /// <summary>PalCreateDumpInitialize().</summary>
    [RuntimeExport("_Z23PalCreateDumpInitializev")]
    private static bool Prepare() => true;

    /// <summary>PalCreateCrashDumpIfEnabled().</summary>
    [RuntimeExport("_Z27PalCreateCrashDumpIfEnabledv")]
    private static void Dump()
    {
    }

    /// <summary>PalCreateCrashDumpIfEnabled(void*).</summary>
    [RuntimeExport("_Z27PalCreateCrashDumpIfEnabledPv")]
    private static void DumpWithContext(void* _1)
    {
    }

    /// <summary>PalCreateCrashDumpIfEnabled(int, siginfo_t*, void*).</summary>
    [RuntimeExport("_Z27PalCreateCrashDumpIfEnablediP9siginfo_tPv")]
    private static void DumpAtSignal(int _1, void* _2, void* _3)
    {
    }
}
