using Shimd.Native;

namespace Shimd.Shim;

/// <summary>How and when the process ended.</summary>
/// <param name="Status">From waitid(2).</param>
/// <param name="OomKilled">By the kernel's OOM killer.</param>
/// <param name="At">When it was reaped.</param>
internal sealed record ProcessEnd(WaitStatus Status, bool OomKilled, DateTimeOffset At);
