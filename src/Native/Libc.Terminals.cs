using System.Runtime.InteropServices;

namespace Shimd.Native;

internal static unsafe partial class Libc
{
    public const nuint TIOCGWINSZ = 0x5413;
    public const nuint TIOCSWINSZ = 0x5414;
    public const int TCSANOW = 0;

    [LibraryImport(Name, SetLastError = true)]
    public static partial int ioctl(Fd fd, nuint request, void* argument);

    [LibraryImport(Name, SetLastError = true)]
    public static partial int tcgetattr(Fd fd, TerminalAttributes* attributes);

    [LibraryImport(Name, SetLastError = true)]
    public static partial int tcsetattr(Fd fd, int when, TerminalAttributes* attributes);

    [LibraryImport(Name)]
    public static partial void cfmakeraw(TerminalAttributes* attributes);

    /// <summary>ioctl_tty(2): struct winsize.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct WindowSize
    {
        public ushort Rows;
        public ushort Columns;
        public ushort PixelWidth;
        public ushort PixelHeight;
    }

    /// <summary>termios(3): glibc's struct termios.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 60)]
    public struct TerminalAttributes
    {
        [FieldOffset(0)]
        private uint _inputModes;
    }
}
