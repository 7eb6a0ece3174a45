using System.Text;
using Shimd.Loop;
using Shimd.Native;

namespace Shimd.Oci;

/// <summary>
/// Who moves a process into a control group is held by the kernel for an RCU grace period, 5 to 15 ms, unless somebody else was a moment ago. An OCI runtime is, in each start. So we make a
/// move, too, that changes nothing, of this process into the group that it is in, as soon as a start is asked for: the period passes while shim and runtime are on their way (ADR 0017).
/// </summary>
internal sealed class GracePeriod
{
    /// <summary>A period lasts longer, and so does what it is good for: a start that comes so soon has the use of the one before.</summary>
    private const int PeriodMs = 10;

    private readonly BlockingWork _move;
    private long _begunMs = -PeriodMs;

    /// <summary>Written by the loop, read by the thread.</summary>
    private volatile CgroupMounts? _mounts;

    public GracePeriod() => _move = new BlockingWork(Move);

    /// <summary>A process is going to be moved. Returns at once, and has no effect but on how long that takes.</summary>
    /// <param name="mounts">Where the hierarchies are, if that is known.</param>
    public void Begin(CgroupMounts? mounts)
    {
        long nowMs = Environment.TickCount64;
        if (mounts is not null && nowMs - _begunMs >= PeriodMs)
        {
            _begunMs = nowMs;
            _mounts = mounts;
            _move.Ask();
        }
    }

    /// <summary>Where we may not, as without root's rights or where the hierarchy is mounted read-only, the runtime waits as it would without us.</summary>
    private void Move()
    {
        SysResult<byte[]> membership = NativeFile.ReadAll("/proc/self/cgroup");
        if (membership.IsOk && Cgroup.MembersFile(Encoding.UTF8.GetString(membership.Value!), _mounts!) is { } file
            && NativeFile.OpenWrite(file).Value is { } opened)
        {
            using (opened)
            {
                // cgroups(7): 0 is the process that writes.
                _ = opened.Write("0"u8);
            }
        }
    }
}
