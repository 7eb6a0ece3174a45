using System.Runtime;
using Shimd.Native;

namespace Shimd.Early;

/// <summary>
/// Functions of libc that the .NET runtime calls a few times in its start, with little to do. The real ones come for five kinds of processor
/// each, or, as dladdr(3), with the dynamic loader. What <see cref="LeftOutLibc"/> says holds here, too.
/// </summary>
internal static unsafe class SmallLibc
{
    private const nuint ElfHeaderBytes = 64;
    private const int ReadOnly = 1;

    /// <summary>strcpy(3).</summary>
    [RuntimeExport("strcpy")]
    internal static byte* Copy(byte* to, byte* from)
    {
        byte* at = to;
        do
        {
            *at++ = *from;
        }
        while (*from++ != 0);

        return to;
    }

    /// <summary>strncpy(3): filled up with zeros.</summary>
    [RuntimeExport("strncpy")]
    internal static byte* CopyUpTo(byte* to, byte* from, nuint count)
    {
        for (nuint i = 0; i < count; i++)
        {
            to[i] = *from;
            from += *from == 0 ? 0 : 1;
        }

        return to;
    }

    /// <summary>strcat(3).</summary>
    [RuntimeExport("strcat")]
    internal static byte* Append(byte* to, byte* from)
    {
        _ = Copy(EndOf(to), from);
        return to;
    }

    /// <summary>strncat(3): ended with a zero, beyond the count.</summary>
    [RuntimeExport("strncat")]
    internal static byte* AppendUpTo(byte* to, byte* from, nuint count)
    {
        byte* at = EndOf(to);
        for (; count > 0 && *from != 0; count--)
        {
            *at++ = *from++;
        }

        *at = 0;
        return to;
    }

    /// <summary>strcasecmp(3), in the C locale.</summary>
    [RuntimeExport("strcasecmp")]
    internal static int CompareIgnoringCase(byte* left, byte* right)
    {
        while (*left != 0 && Lower(*left) == Lower(*right))
        {
            left++;
            right++;
        }

        return Lower(*left) - Lower(*right);
    }

    /// <summary>strcmp(3).</summary>
    [RuntimeExport("strcmp")]
    internal static int Compare(byte* left, byte* right)
    {
        while (*left != 0 && *left == *right)
        {
            left++;
            right++;
        }

        return *left - *right;
    }

    /// <summary>strncmp(3).</summary>
    [RuntimeExport("strncmp")]
    internal static int CompareUpTo(byte* left, byte* right, nuint count)
    {
        for (; count > 0; count--)
        {
            if (*left == 0 || *left != *right)
            {
                return *left - *right;
            }

            left++;
            right++;
        }

        return 0;
    }

    /// <summary>strstr(3).</summary>
    [RuntimeExport("strstr")]
    internal static byte* Find(byte* text, byte* wanted)
    {
        for (; ; text++)
        {
            nuint i = 0;
            while (wanted[i] != 0 && text[i] == wanted[i])
            {
                i++;
            }

            if (wanted[i] == 0)
            {
                return text;
            }

            if (*text == 0)
            {
                return null;
            }
        }
    }

    /// <summary>log(3), of a number above zero: the runtime spreads with it which allocations it would show to a profiler.</summary>
    [RuntimeExport("log")]
    internal static double Logarithm(double number)
    {
        // number = m × 2^e with m from 0.7 to 1.4; ln m = 2 × (r + r³/3 + r⁵/5 + …) with r = (m − 1) ÷ (m + 1), which is below 0.18.
        long bits = *(long*)&number;
        long exponent = ((bits >> 52) & 0x7FF) - 1023;
        bits = (bits & 0x000F_FFFF_FFFF_FFFF) | 0x3FF0_0000_0000_0000;
        double mantissa = *(double*)&bits;
        if (mantissa > 1.4142135623730951)
        {
            mantissa /= 2;
            exponent++;
        }

        double ratio = (mantissa - 1) / (mantissa + 1);
        double power = ratio;
        double sum = 0;
        for (int i = 1; i < 24; i += 2)
        {
            sum += power / i;
            power *= ratio * ratio;
        }

        return (2 * sum) + (exponent * 0.6931471805599453);
    }

    /// <summary>What is written to only while the program is loaded becomes read-only: PT_GNU_RELRO of elf(5). glibc's own is one with the dynamic loader.</summary>
    [RuntimeExport("_dl_protect_relro")]
    private static void Protect()
    {
        nuint page = EarlyLibc.AuxiliaryValue(SharedImage.ProgramHeader.PageSize);
        var segment = (SharedImage.ProgramHeader*)EarlyLibc.AuxiliaryValue(SharedImage.ProgramHeader.Address);
        for (nuint left = EarlyLibc.AuxiliaryValue(SharedImage.ProgramHeader.Count); left > 0; left--, segment++)
        {
            if (segment->Type == SharedImage.ProgramHeader.ReadOnlyAfterwards)
            {
                nuint start = (nuint)segment->Start & ~(page - 1);
                nuint end = (nuint)(segment->Start + segment->MemoryBytes) & ~(page - 1);
                _ = EarlyLibc.Protect((byte*)start, end - start, ReadOnly);
            }
        }
    }

    /// <summary>dladdr(3). All is one program, which lies where its ELF header is: just before its program headers.</summary>
    /// <returns>1: it is known.</returns>
    [RuntimeExport("dladdr")]
    private static int Locate(void* _1, Location* location)
    {
        location->File = Name;
        location->Base = (byte*)EarlyLibc.AuxiliaryValue(SharedImage.ProgramHeader.Address) - ElfHeaderBytes;
        location->Symbol = null;
        location->Address = null;
        return 1;
    }

    // A text of the program itself: it does not move.
    private static byte* Name
    {
        get
        {
            fixed (byte* name = "shimd\0"u8)
            {
                return name;
            }
        }
    }

    private static byte* EndOf(byte* text)
    {
        while (*text != 0)
        {
            text++;
        }

        return text;
    }

    private static int Lower(byte character) => character is >= (byte)'A' and <= (byte)'Z' ? character + ('a' - 'A') : character;

    /// <summary>Dl_info.</summary>
    private struct Location
    {
        public byte* File;
        public byte* Base;
        public byte* Symbol;
        public byte* Address;
    }
}
