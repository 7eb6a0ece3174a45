using System.Runtime;
using System.Runtime.CompilerServices;
using Shimd.Native;

namespace Shimd.Early;

/// <summary>
/// scanf(3) as the .NET runtime and libc use it, for the lines of /proc and /sys: <c>d u x s c [</c> with <c>*</c>, a width and <c>l</c>. The real one
/// brings the reading of floating-point numbers, of four kinds, and of wide texts: 95 KB. What <see cref="LeftOutLibc"/> says holds here, too.
/// A function with a variable number of arguments gets them as any other does, on x86-64 and on arm64.
/// </summary>
[SkipLocalsInit]
internal static unsafe class Scan
{
    private const int MaxArguments = 6;
    private const int MaxLineBytes = 256;
    private const int EndOfInput = -1;
    private const int FromHere = 1; // SEEK_CUR

    /// <summary>sscanf(3).</summary>
    [RuntimeExport("sscanf")]
    private static int Text(byte* text, byte* format, void* a, void* b, void* c, void* d, void* e, void* f)
    {
        Arguments to;
        to.A = a;
        to.B = b;
        to.C = c;
        to.D = d;
        to.E = e;
        to.F = f;
        return Read(text, format, &to.A);
    }

    /// <summary>The same, by its name in the C of 1999.</summary>
    [RuntimeExport("__isoc99_sscanf")]
    private static int TextOf1999(byte* text, byte* format, void* a, void* b, void* c, void* d, void* e, void* f)
        => Text(text, format, a, b, c, d, e, f);

    /// <summary>fscanf(3), within a line: what was not read is left for the next call.</summary>
    [RuntimeExport("__isoc99_fscanf")]
    private static int Line(void* file, byte* format, void* a, void* b, void* c, void* d, void* e, void* f)
    {
        LineBuffer line;
        byte* text = (byte*)&line;
        if (EarlyLibc.ReadLine(text, MaxLineBytes, file) == null)
        {
            return EndOfInput;
        }

        Arguments to;
        to.A = a;
        to.B = b;
        to.C = c;
        to.D = d;
        to.E = e;
        to.F = f;
        byte* end = text;
        int count = ReadOn(&end, format, &to.A);
        nint left = 0;
        while (end[left] != 0)
        {
            left++;
        }

        _ = EarlyLibc.Seek(file, -left, FromHere);
        return count;
    }

    /// <summary>Reads as the format says, and stops where the text does not.</summary>
    /// <param name="text">Ended by a zero.</param>
    /// <param name="format">As scanf(3) has it.</param>
    /// <param name="to">Where what was read goes; no more than <see cref="MaxArguments"/>.</param>
    /// <returns>How many were read, or −1 where the text ended before the first.</returns>
    internal static int Read(byte* text, byte* format, void** to) => ReadOn(&text, format, to);

    /// <summary>The same, and says where it stopped.</summary>
    private static int ReadOn(byte** position, byte* format, void** to)
    {
        byte* text = *position;
        int count = 0;
        for (; *format != 0; *position = text)
        {
            byte wanted = *format++;
            if (IsSpace(wanted))
            {
                text = SkipSpace(text);
            }
            else if (wanted != '%' || *format == '%')
            {
                format += wanted == '%' ? 1 : 0;
                if (*text != wanted)
                {
                    return *text == 0 && count == 0 ? EndOfInput : count;
                }

                text++;
            }
            else
            {
                Conversion conversion;
                format = Parse(format, &conversion);
                text = conversion.Kind is (byte)'c' or (byte)'[' ? text : SkipSpace(text);
                *position = text;
                if (*text == 0)
                {
                    return count == 0 ? EndOfInput : count;
                }

                if (!conversion.IsDropped && count == MaxArguments)
                {
                    return count;
                }

                byte* end = Convert(text, &conversion, conversion.IsDropped ? null : to[count]);
                if (end == null)
                {
                    return count;
                }

                text = end;
                count += conversion.IsDropped ? 0 : 1;
            }
        }

        return count;
    }

    private static byte* Parse(byte* format, Conversion* conversion)
    {
        conversion->IsDropped = *format == '*';
        format += *format == '*' ? 1 : 0;
        int width = 0;
        for (; IsDigit(*format); format++)
        {
            width = (width * 10) + (*format - '0');
        }

        conversion->Width = width == 0 ? int.MaxValue : width;
        conversion->IsLong = *format == 'l';
        while (*format == 'l')
        {
            format++;
        }

        conversion->Kind = *format;
        format += *format == 0 ? 0 : 1;
        conversion->Set = format;
        if (conversion->Kind == '[')
        {
            // A bracket that comes first is a member.
            format += *format == '^' ? 1 : 0;
            format += *format == ']' ? 1 : 0;
            while (*format != 0 && *format++ != ']')
            {
            }
        }

        return format;
    }

    /// <returns>Where it ends; null where the text is not of that kind.</returns>
    private static byte* Convert(byte* text, Conversion* conversion, void* to) => conversion->Kind switch
    {
        (byte)'d' or (byte)'u' => Number(text, conversion, 10, to),
        (byte)'x' => Number(text, conversion, 16, to),
        (byte)'s' or (byte)'[' => Characters(text, conversion, to, ended: true),
        (byte)'c' => Characters(text, conversion, to, ended: false),
        _ => null,
    };

    private static byte* Number(byte* text, Conversion* conversion, int radix, void* to)
    {
        bool isNegative = *text == '-';
        byte* start = text + (*text is (byte)'-' or (byte)'+' ? 1 : 0);
        byte* at = start;
        long number = 0;
        for (; at - text < conversion->Width; at++)
        {
            int digit = IsDigit(*at) ? *at - '0' : (*at | 0x20) is >= 'a' and <= 'f' ? (*at | 0x20) - 'a' + 10 : radix;
            if (digit >= radix)
            {
                break;
            }

            number = (number * radix) + digit;
        }

        if (at == start)
        {
            return null;
        }

        number = isNegative ? -number : number;
        if (to != null && conversion->IsLong)
        {
            *(long*)to = number;
        }
        else if (to != null)
        {
            *(int*)to = (int)number;
        }

        return at;
    }

    private static byte* Characters(byte* text, Conversion* conversion, void* to, bool ended)
    {
        int width = ended || conversion->Width != int.MaxValue ? conversion->Width : 1;
        byte* at = text;
        while (*at != 0 && at - text < width && (!ended || IsWanted(*at, conversion)))
        {
            if (to != null)
            {
                ((byte*)to)[at - text] = *at;
            }

            at++;
        }

        if (at == text)
        {
            return null;
        }

        if (to != null && ended)
        {
            ((byte*)to)[at - text] = 0;
        }

        return at;
    }

    private static bool IsWanted(byte character, Conversion* conversion)
    {
        if (conversion->Kind == 's')
        {
            return !IsSpace(character);
        }

        byte* set = conversion->Set;
        bool isNegated = *set == '^';
        set += isNegated ? 1 : 0;
        bool isMember = false;
        do
        {
            isMember |= *set == character;
            set++;
        }
        while (*set is not 0 and not (byte)']');

        return isMember != isNegated;
    }

    private static byte* SkipSpace(byte* text)
    {
        while (IsSpace(*text))
        {
            text++;
        }

        return text;
    }

    private static bool IsSpace(byte character) => character is (byte)' ' or (>= (byte)'\t' and <= (byte)'\r');

    private static bool IsDigit(byte character) => character is >= (byte)'0' and <= (byte)'9';

    private struct Conversion
    {
        public bool IsDropped;
        public bool IsLong;
        public byte Kind;
        public int Width;

        /// <summary>Of <c>[</c>: what follows it.</summary>
        public byte* Set;
    }

    private struct Arguments
    {
        public void* A;
        public void* B;
        public void* C;
        public void* D;
        public void* E;
        public void* F;
    }

    [InlineArray(MaxLineBytes)]
    private struct LineBuffer
    {
        private byte _first;
    }
}
