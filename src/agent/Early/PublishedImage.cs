using System.Runtime.CompilerServices;
using Shimd.Native;

namespace Shimd.Early;

/// <summary>
/// A client's way to what the agent has unpacked: a file in the state root (ADR 0012). What is mapped becomes this process's types, and so its code: it must be a file that nobody
/// but our own user could have written. That it is in memory, SharedImage sees. Of a wrong root it would do as well: what is in it depends on the program alone.
/// </summary>
[SkipLocalsInit]
internal static unsafe class PublishedImage
{
    private const int MaxPathBytes = 4096;

    /// <summary>Descriptor 12 is the file then, open for <see cref="SharedImage"/>; where it may not be used, it is closed.</summary>
    public static void Open(int count, byte** arguments)
    {
        byte* path = stackalloc byte[MaxPathBytes];
        if (EarlyLibc.Control(EarlyLibc.ImageDescriptor, EarlyLibc.GetFlags, 0) != -1 || !Put(path, Root(count, arguments)))
        {
            return;
        }

        int file = EarlyLibc.OpenWithoutWaiting(path);
        if (file >= 0 && EarlyLibc.IsOurFile(file))
        {
            // What was opened was looked at, not its name: where a link leads does not matter.
            _ = EarlyLibc.Duplicate(file, EarlyLibc.ImageDescriptor);
        }

        _ = EarlyLibc.Close(file);
    }

    /// <summary>As GlobalOptions.Read; null for the default.</summary>
    internal static byte* Root(int count, byte** arguments)
    {
        ReadOnlySpan<byte> option = "--root"u8;
        for (int i = 1; i < count && !EarlyText.Begins(arguments[i], "--\0"u8); i++)
        {
            if (EarlyText.Begins(arguments[i], option))
            {
                byte end = arguments[i][option.Length];
                return end == '=' ? arguments[i] + option.Length + 1 : end == 0 && i + 1 < count ? arguments[i + 1] : null;
            }
        }

        fixed (byte* variable = "SHIMD_ROOT\0"u8)
        {
            return EarlyLibc.Environment(variable);
        }
    }

    private static bool Put(byte* path, byte* root)
    {
        ReadOnlySpan<byte> name = "/image\0"u8;
        fixed (byte* standard = "/run/shimd\0"u8)
        {
            root = root == null || *root == 0 ? standard : root;
            int length = 0;
            for (; root[length] != 0; length++)
            {
                if (length == MaxPathBytes - name.Length)
                {
                    return false;
                }

                path[length] = root[length];
            }

            for (int i = 0; i < name.Length; i++)
            {
                path[length + i] = name[i];
            }
        }

        return true;
    }
}
