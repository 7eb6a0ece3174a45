using System.Globalization;
using System.Text;

namespace Shimd.Native;

/// <summary>eventfd(2): a counter that another party raises.</summary>
internal static class EventFd
{
    /// <summary>eventfd(2), non-blocking, at 0. Errors: EMFILE, ENOMEM.</summary>
    public static SysResult<Fd> Create() => Fd.From(Libc.eventfd(0, Libc.EFD_CLOEXEC | Libc.EFD_NONBLOCK));

    /// <summary>From now on cgroup v1 raises it at each out-of-memory in the group, and when the group goes (cgroup-v1/memory.rst, 10). It does not
    /// say which of several groups it was. Errors: ENOENT, EACCES, EINVAL, EMFILE.</summary>
    public static SysResult RaiseAtOom(Fd raised, string groupDirectory)
    {
        SysResult<Fd> control = NativeFile.OpenRead($"{groupDirectory}/memory.oom_control");
        using Fd? watched = control.Value;
        if (watched is null)
        {
            return SysResult.Fail(control.Error);
        }

        SysResult<Fd> registrar = NativeFile.OpenWrite($"{groupDirectory}/cgroup.event_control");
        using Fd? target = registrar.Value;
        return target is null
            ? SysResult.Fail(registrar.Error)
            : target.WriteAll(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{raised.Number} {watched.Number}")));
    }
}
