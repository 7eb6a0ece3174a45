using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Shimd.Native;

/// <summary>eventfd(2): a counter that another party raises.</summary>
internal static class EventFd
{
    /// <summary>eventfd(2), non-blocking, at 0. Errors: EMFILE, ENOMEM.</summary>
    public static SysResult<Fd> Create() => Fd.From(Libc.eventfd(0, Libc.EFD_CLOEXEC | Libc.EFD_NONBLOCK));

    /// <summary>eventfd(2), at 0: a read waits until it has been raised. Errors: EMFILE, ENOMEM.</summary>
    public static SysResult<Fd> CreateBlocking() => Fd.From(Libc.eventfd(0, Libc.EFD_CLOEXEC));

    /// <summary>write(2): raises it by one; a read takes all of it at once.</summary>
    public static SysResult Raise(Fd raised)
    {
        ulong one = 1;
        return raised.Write(MemoryMarshal.AsBytes(new ReadOnlySpan<ulong>(ref one)));
    }

    /// <summary>read(2): waits until it has been raised, and takes it back to 0.</summary>
    public static SysResult Take(Fd raised)
    {
        ulong count = 0;
        return raised.Read(MemoryMarshal.AsBytes(new Span<ulong>(ref count)));
    }

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
