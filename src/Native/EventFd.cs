using System.Globalization;
using System.Text;

namespace Shimd.Native;

/// <summary>eventfd(2): a counter that another party raises.</summary>
internal static class EventFd
{
    /// <summary>An eventfd that cgroup v1 raises at each out-of-memory in the group, and when the group goes
    /// (cgroup-v1/memory.rst, 10). Errors: ENOENT, EACCES, EINVAL.</summary>
    public static SysResult<Fd> ForOom(string groupDirectory)
    {
        SysResult<Fd> control = NativeFile.OpenRead($"{groupDirectory}/memory.oom_control");
        if (!control.IsOk)
        {
            return control;
        }

        using Fd watched = control.Value!;
        SysResult<Fd> made = Fd.From(Libc.eventfd(0, Libc.EFD_CLOEXEC | Libc.EFD_NONBLOCK));
        SysResult<Fd> registrar = Fd.From(Libc.open($"{groupDirectory}/cgroup.event_control", Libc.O_WRONLY | Libc.O_CLOEXEC, 0));
        using Fd? target = registrar.Value;
        if (!made.IsOk || target is null)
        {
            made.Value?.Dispose();
            return SysResult<Fd>.Fail(made.IsOk ? registrar.Error : made.Error);
        }

        string line = string.Create(CultureInfo.InvariantCulture, $"{made.Value!.Number} {watched.Number}");
        SysResult written = target.WriteAll(Encoding.ASCII.GetBytes(line));
        if (written.IsOk)
        {
            return made;
        }

        made.Value!.Dispose();
        return SysResult<Fd>.Fail(written.Error);
    }
}
