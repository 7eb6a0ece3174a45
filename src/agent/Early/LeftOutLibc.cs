using System.Runtime;

namespace Shimd.Early;

/// <summary>
/// Functions of libc that parts of the .NET runtime and of libc itself refer to and that never do anything here. The linker takes these
/// instead, and leaves out what the real ones bring along: the dynamic loader, the name services with a DNS resolver, wide streams
/// and message catalogues, 150 KB. They may be called before the runtime is there: nothing in this folder may need it. Arguments that nobody reads are left out.
/// A libc that keeps one of these names in an object with another that is needed makes the linker stop with "duplicate symbol".
/// </summary>
internal static unsafe class LeftOutLibc
{
    /// <summary>dlopen(3). Nothing is ever loaded: a library would bring a second libc with it.</summary>
    /// <returns>Null: there is no such library.</returns>
    [RuntimeExport("dlopen")]
    private static void* Open() => null;

    /// <summary>dlsym(3).</summary>
    /// <returns>Null: there is no such symbol.</returns>
    [RuntimeExport("dlsym")]
    private static void* Symbol() => null;

    /// <summary>dlclose(3).</summary>
    [RuntimeExport("dlclose")]
    private static int Close() => 0;

    /// <summary>dlerror(3).</summary>
    /// <returns>Null: nothing to say.</returns>
    [RuntimeExport("dlerror")]
    private static byte* Error() => null;

    /// <summary>getpwuid_r(3). The class library asks for a home directory where $HOME is not set; there is none then.</summary>
    /// <returns>0, and a null result: there is no such user.</returns>
    [RuntimeExport("getpwuid_r")]
    private static int UserById(uint _1, void* _2, byte* _3, nuint _4, void** result)
    {
        *result = null;
        return 0;
    }

    /// <summary>getpwnam_r(3): never called; see <see cref="UserById"/>.</summary>
    [RuntimeExport("getpwnam_r")]
    private static int UserByName(byte* _1, void* _2, byte* _3, nuint _4, void** result)
    {
        *result = null;
        return 0;
    }

    /// <summary>getgrgid_r(3): never called; groups are read from the file by hand.</summary>
    [RuntimeExport("getgrgid_r")]
    private static int GroupById(uint _1, void* _2, byte* _3, nuint _4, void** result)
    {
        *result = null;
        return 0;
    }

    /// <summary>getgrouplist(3): never called.</summary>
    /// <returns>No group.</returns>
    [RuntimeExport("getgrouplist")]
    private static int GroupsOf(byte* _1, uint _2, uint* _3, int* count) => *count = 0;

    /// <summary>glibc's translation of its own messages, of strerror(3) for example. setlocale(3) is never called: the locale is C.</summary>
    /// <returns>The message as it is.</returns>
    [RuntimeExport("__dcgettext")]
    private static byte* Translate(byte* _1, byte* message) => message;

    /// <summary>glibc's fprintf to a stream that may be wide, for assert(3) alone: its abort(3) comes without a text.</summary>
    [RuntimeExport("__fxprintf")]
    private static int PrintToAnyStream() => 0;
}
