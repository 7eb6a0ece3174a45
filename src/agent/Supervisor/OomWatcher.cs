using Shimd.Logging;
using Shimd.Loop;
using Shimd.Native;
using Shimd.Oci;
using Shimd.Protocol;

namespace Shimd.Supervisor;

/// <summary>
/// Announces when the kernel kills for want of memory: cgroup v1 tells through an eventfd (cgroup-v1/memory.rst, 10), v2 by
/// a change of memory.events (cgroup-v2.rst, "memory.events"). Without a memory controller there is nothing to watch.
/// </summary>
internal sealed class OomWatcher(Agency agency)
{
    /// <summary>Watches until the group goes or the container is forgotten.</summary>
    public void Watch(Container container)
    {
        if (container.Init?.Running is not { } running
            || Cgroup.Of(running.Pid) is not { } cgroup
            || cgroup.DirectoryOf("memory") is not { } directory)
        {
            return;
        }

        SysResult<Fd> opened = cgroup.Version == 2
            ? NativeFile.OpenRead(Path.Combine(directory, "memory.events"))
            : EventFd.ForOom(directory);
        if (!opened.IsOk)
        {
            LogMessages.OomNotWatched(agency.Logger, container.Id, opened.Error.Describe());
            return;
        }

        // What happened while no agent was there is announced now, unless it was before.
        long announced = agency.Events.ReadAll()
            .Count(message => message.Type == EventTypes.Oom && message.Instance == container.Record.Instance);
        var watch = new WatchedGroup(agency, container, cgroup, opened.Value!, announced);
        EpollEvents interest = cgroup.Version == 2 ? EpollEvents.Priority : EpollEvents.In;
        container.OomWatch = watch;
        watch.Start(interest);
    }

    private sealed class WatchedGroup(Agency agency, Container container, Cgroup cgroup, Fd fd, long announced) : IDisposable
    {
        private Watch? _watch;
        private long _announced = announced;

        public void Start(EpollEvents interest)
        {
            _watch = agency.Loop.Watch("memory events", fd, interest, _ => Look());
            Look();
        }

        public void Dispose()
        {
            _watch?.Dispose();
            fd.Dispose();
        }

        private void Look()
        {
            // Reading is what makes it wait for the next change; v1 also signals that the group has gone.
            Span<byte> content = stackalloc byte[8];
            _ = fd.Read(content);
            if (cgroup.OomKills() is not { } kills)
            {
                container.OomWatch = null;
                Dispose();
                return;
            }

            for (; _announced < kills; _announced++)
            {
                agency.Announce(container, EventTypes.Oom);
            }
        }
    }
}
