using System.Runtime;

namespace Shimd.Early;

/// <summary>
/// Functions of the .NET runtime's own native code that measure the machine and the control group for things that we do not have: see ADR 0013. The linker
/// takes these instead, as with <see cref="LeftOutLibc"/>. Arguments that nobody reads are left out. The names are those of C++: _Z, a length, the name, its parameters.
/// </summary>
internal static class LeftOutRuntime
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
}
