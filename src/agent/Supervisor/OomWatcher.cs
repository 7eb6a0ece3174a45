using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Shimd.Logging;
using Shimd.Native;
using Shimd.Oci;
using Shimd.Protocol;
using Shimd.Storage;

namespace Shimd.Supervisor;

/// <summary>
/// Announces when the kernel kills for want of memory: cgroup v1 tells through an eventfd (cgroup-v1/memory.rst, 10), v2 by
/// a change of memory.events (cgroup-v2.rst, "memory.events"). Without a memory controller there is nothing to watch.
/// </summary>
internal sealed class OomWatcher(Agency agency)
{
    /// <summary>The one that was made last, which may have room.</summary>
    private GroupEvents? _shared;

    /// <summary>Watches until the group goes or the container is forgotten.</summary>
    public void Watch(Container container)
    {
        if (container.Init?.Running is not { } running
            || Cgroup.Of(running.Pid, agency.Mounts.Cgroups) is not { } cgroup
            || cgroup.DirectoryOf("memory") is not { } directory)
        {
            return;
        }

        SysResult<GroupEvents> events = cgroup.Version == 2 ? OfOne(Path.Combine(directory, "memory.events")) : OfSeveral(directory);
        if (events.Value is not { } source)
        {
            LogMessages.OomNotWatched(agency.Logger, container.Id, events.Error.Describe());
            return;
        }

        // What happened while no agent was there is announced now, unless it was before.
        var watch = new WatchedGroup(agency, container, cgroup.OomFile, source);
        container.OomWatch = watch;
        source.Add(watch.Look);
        _ = watch.Look();
    }

    private SysResult<GroupEvents> OfOne(string file)
    {
        SysResult<Fd> opened = NativeFile.OpenRead(file);
        return opened.IsOk
            ? SysResult<GroupEvents>.Of(new GroupEvents(agency.Loop, opened.Value!, isShared: false))
            : SysResult<GroupEvents>.Fail(opened.Error);
    }

    private SysResult<GroupEvents> OfSeveral(string directory)
    {
        if (_shared is not { HasRoom: true })
        {
            SysResult<Fd> made = EventFd.Create();
            if (!made.IsOk)
            {
                return SysResult<GroupEvents>.Fail(made.Error);
            }

            _shared = new GroupEvents(agency.Loop, made.Value!, isShared: true);
        }

        SysResult registered = EventFd.RaiseAtOom(_shared.Fd, directory);
        if (registered.IsOk)
        {
            return SysResult<GroupEvents>.Of(_shared);
        }

        _shared.DropIfEmpty();
        return SysResult<GroupEvents>.Fail(registered.Error);
    }

    /// <summary>An exit that was an out-of-memory kill is about to be announced: the kill comes first, also when the group went before
    /// it could be looked at.</summary>
    public void BeforeExit(Container container)
    {
        (container.OomWatch as WatchedGroup)?.Look();
        long killed = 1 + agency.Events.CountOomExits(container.Record.Instance);
        AnnounceUpTo(agency, container, killed);
    }

    /// <summary>Where the kernel counts the kills in a running container, and how many there were until now; null where it does not.</summary>
    public static (string? File, long Kills) CountOf(Agency agency, Container container)
    {
        string? file = container.OomWatch is WatchedGroup watched ? watched.OomFile
            : container.Init?.Running is { } running ? Cgroup.Of(running.Pid, agency.Mounts.Cgroups)?.OomFile
            : null;
        return (file, Cgroup.OomKillsIn(file) ?? 0);
    }

    /// <summary>How many were announced, as far as the container's directory knows.</summary>
    public static long ReadAnnounced(Container container)
        => NativeFile.ReadAll(container.Directory.OomsAnnounced) is { IsOk: true, Value: { } text } && Utf8Parser.TryParse(text, out long count, out _) ? count : 0;

    /// <summary>The exit of init is about to be announced: what has happened until now comes before it, and nothing after.</summary>
    public static void End(Container container)
    {
        if (container.OomWatch is WatchedGroup watched)
        {
            _ = watched.Look();
            container.OomWatch?.Dispose();
            container.OomWatch = null;
        }
    }

    private static void AnnounceUpTo(Agency agency, Container container, long kills)
    {
        if (container.OomAnnounced >= kills)
        {
            return;
        }

        for (; container.OomAnnounced < kills; container.OomAnnounced++)
        {
            agency.Announce(container, EventTypes.Oom);
        }

        // After the journal, which counts until it forgets: on a disk that is full it is all that there is.
        _ = AtomicFile.Write(
            container.Directory.OomsAnnounced, Encoding.ASCII.GetBytes(kills.ToString(CultureInfo.InvariantCulture)), durable: false);
    }

    // Not the group itself, which has a directory for each controller: there are as many of these as containers.
    private sealed class WatchedGroup(Agency agency, Container container, string? oomFile, GroupEvents events) : IDisposable
    {
        public string? OomFile => oomFile;

        public void Dispose() => events.Remove(Look);

        /// <returns>True when there was something to announce, or there never will be again.</returns>
        public bool Look()
        {
            if (Cgroup.OomKillsIn(oomFile) - container.Init?.Record.OomKillsBefore is not { } kills)
            {
                container.OomWatch = null;
                Dispose();
                return true;
            }

            bool any = container.OomAnnounced < kills;
            AnnounceUpTo(agency, container, kills);
            return any;
        }
    }
}
