using System.Runtime;
using Shimd.Native;

namespace Shimd.Early;

/// <summary>
/// Functions of libc that parts of the .NET runtime and of libc itself refer to and that never do anything here. The linker takes these
/// instead, and leaves out what the real ones bring along: the dynamic loader, the name services with a DNS resolver, wide streams,
/// message catalogues, the unwinder, 400 KB with <see cref="SmallLibc"/>. They may be called before the runtime is there: nothing in this folder may
/// need it. Arguments that nobody reads are left out.
/// Libc's own are weak in the copy that is linked (CopyLibc in agent.csproj). Where another libc has other names inside, its own are back, and the program larger.
/// </summary>
internal static unsafe class LeftOutLibc
{
    /// <summary>_URC_FATAL_PHASE1_ERROR.</summary>
    private const int FatalError = 3;

    /// <summary>dlopen(3). Nothing is ever loaded: a library would bring a second libc with it.</summary>
    /// <returns>Null: there is no such library.</returns>
    [RuntimeExport("dlopen")]
    private static void* Open() => null;

    /// <summary>The same, by the name that libc itself has for it.</summary>
    [RuntimeExport("__dlopen")]
    private static void* OpenInLibc() => null;

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

    /// <summary>Where libraries are looked for: nowhere.</summary>
    [RuntimeExport("_dl_init_paths")]
    private static void FindLibraries()
    {
    }

    /// <summary>A table of the libraries, for the unwinder: there is neither.</summary>
    [RuntimeExport("_dl_find_object_init")]
    private static void ListLibraries()
    {
    }

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

    /// <summary>What assert(3) calls: its abort(3) comes without a text.</summary>
    [RuntimeExport("__assert_fail")]
    private static void Fail() => EarlyLibc.Abort();

    /// <summary>glibc's fprintf to a stream that may be wide, for assert(3) alone.</summary>
    [RuntimeExport("__fxprintf")]
    private static int PrintToAnyStream() => 0;

    /// <summary>printf(3) of a floating-point number: never called, the class library writes them itself.</summary>
    /// <returns>The error of printf(3).</returns>
    [RuntimeExport("__printf_fp")]
    private static int PrintNumber() => -1;

    /// <summary>Of <c>%a</c>: never called.</summary>
    [RuntimeExport("__printf_fphex")]
    private static int PrintHexadecimalNumber() => -1;

    /// <summary>printf(3) of a wide text: never called.</summary>
    /// <returns>The error of wcsrtombs(3).</returns>
    [RuntimeExport("__wcsrtombs")]
    private static nint FromWide() => -1;

    /// <summary>wcsnlen(3), for printf(3) of a wide text: never called.</summary>
    [RuntimeExport("__wcsnlen")]
    private static nint WideLength() => 0;

    /// <summary>wcrtomb(3), for printf(3) of a wide character: never called.</summary>
    /// <returns>Its error.</returns>
    [RuntimeExport("__wcrtomb")]
    private static nint FromWideCharacter() => -1;

    /// <summary>The conversions of a wide stream: never called. No stream is wide.</summary>
    [RuntimeExport("__wcsmbs_clone_conv")]
    private static void CloneConversions()
    {
    }

    /// <summary>The conversions of a locale: never called. It is C, which has its own.</summary>
    [RuntimeExport("__wcsmbs_load_conv")]
    private static void LoadConversions()
    {
    }

    /// <summary>The conversions of fopen(3) with <c>ccs=</c>: never called.</summary>
    /// <returns>1: there are none.</returns>
    [RuntimeExport("__wcsmbs_named_conv")]
    private static int NamedConversions() => 1;

    /// <summary>fclose(3) of a wide stream: never called.</summary>
    [RuntimeExport("__gconv_release_step")]
    private static void ReleaseConversions()
    {
    }

    /// <summary>The C locale's conversion to wide characters: never called.</summary>
    /// <returns>__GCONV_INTERNAL_ERROR.</returns>
    [RuntimeExport("__gconv_transform_ascii_internal")]
    private static int ToWide() => 8;

    /// <summary>And from them: never called.</summary>
    [RuntimeExport("__gconv_transform_internal_ascii")]
    private static int ToNarrow() => 8;

    /// <summary>And of one character: never called.</summary>
    /// <returns>WEOF: there is none.</returns>
    [RuntimeExport("__gconv_btwoc_ascii")]
    private static int ToWideCharacter() => -1;

    /// <summary>Counts calls for a profiler, in a conversion of characters: never called.</summary>
    [RuntimeExport("_dl_mcount_wrapper_check")]
    private static void CountCall()
    {
    }

    /// <summary>A thread that ends closes its resolver's sockets: it has none.</summary>
    [RuntimeExport("__res_thread_freeres")]
    private static void FreeResolver()
    {
    }

    /// <summary>pthread_exit(3) and pthread_cancel(3), which unwind the stack: never called.</summary>
    [RuntimeExport("__pthread_unwind")]
    private static void Unwind() => EarlyLibc.Abort();

    /// <summary>And go on from one clean-up to the next: never called.</summary>
    [RuntimeExport("__pthread_unwind_next")]
    private static void UnwindNext() => EarlyLibc.Abort();

    /// <summary>What these two call, and what a function with a clean-up ends that with: never called.</summary>
    [RuntimeExport("_Unwind_ForcedUnwind")]
    private static int UnwindAll() => FatalError;

    /// <summary>As <see cref="UnwindAll"/>.</summary>
    [RuntimeExport("_Unwind_GetCFA")]
    private static nint FrameOf() => 0;

    /// <summary>As <see cref="UnwindAll"/>.</summary>
    [RuntimeExport("_Unwind_Resume")]
    private static void UnwindOn() => EarlyLibc.Abort();

    /// <summary>What a function with a clean-up names as the one that knows it: never called.</summary>
    [RuntimeExport("__gcc_personality_v0")]
    private static int Personality() => FatalError;
}
