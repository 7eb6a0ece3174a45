using System.Runtime.InteropServices;

namespace Shimd.Native;

/// <summary>What a system call returned: its value, or the errno. Never an exception for an expected errno.</summary>
internal readonly record struct SysResult(long Value, Errno Error)
{
    public static readonly SysResult Ok = new(0, Errno.None);

    public bool IsOk => Error == Errno.None;

    public bool WouldBlock => Error == Errno.EAGAIN;

    /// <summary>For a call that returns −1 and sets errno; must directly follow the call.</summary>
    public static SysResult From(long returned)
        => returned >= 0 ? new(returned, Errno.None) : new(-1, (Errno)Marshal.GetLastPInvokeError());

    /// <summary>For a call that returns the error number itself (posix_spawn, pthread_sigmask).</summary>
    public static SysResult FromNumber(int error) => new(0, (Errno)error);

    /// <summary>A failure that is known without a call.</summary>
    public static SysResult Fail(Errno error) => new(-1, error);

    /// <summary>The value; throws <see cref="SysException"/> where only a broken machine can fail.</summary>
    public long OrThrow(string what) => IsOk ? Value : throw new SysException(what, Error);
}

/// <summary>A system call that hands out an object (mostly an <see cref="Fd"/>, which the caller then owns), or the errno.</summary>
internal readonly record struct SysResult<T>(T? Value, Errno Error)
    where T : class
{
    public bool IsOk => Error == Errno.None;

    public bool WouldBlock => Error == Errno.EAGAIN;

    /// <summary>A failure: there is no object.</summary>
    public static SysResult<T> Fail(Errno error) => new(null, error);

    /// <summary>A success; whoever gets the result owns the object.</summary>
    public static SysResult<T> Of(T value) => new(value, Errno.None);

    /// <summary>The object; throws <see cref="SysException"/> where only a broken machine can fail.</summary>
    public T OrThrow(string what) => IsOk ? Value! : throw new SysException(what, Error);
}

/// <summary>A system call failed that the caller had no answer for.</summary>
internal sealed class SysException(string what, Errno error) : Exception($"{what}: {error.Describe()}")
{
    public string What { get; } = what;

    public Errno Error { get; } = error;
}
