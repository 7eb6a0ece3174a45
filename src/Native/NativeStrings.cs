using System.Runtime.InteropServices;
using System.Text;

namespace Shimd.Native;

/// <summary>A NULL-ended array of C strings in one native block, as execve(2) and posix_spawn(3) take it.</summary>
internal sealed unsafe class NativeStrings : IDisposable
{
    public NativeStrings(IReadOnlyList<string> strings)
    {
        int pointers = (strings.Count + 1) * sizeof(byte*);
        int bytes = 0;
        foreach (string text in strings)
        {
            bytes += Encoding.UTF8.GetByteCount(text) + 1;
        }

        Pointer = (byte**)NativeMemory.Alloc((nuint)(pointers + bytes));
        byte* next = (byte*)Pointer + pointers;
        for (int i = 0; i < strings.Count; i++)
        {
            Pointer[i] = next;
            next += Encoding.UTF8.GetBytes(strings[i], new Span<byte>(next, bytes));
            *next++ = 0;
        }

        Pointer[strings.Count] = null;
    }

    public byte** Pointer { get; }

    public void Dispose() => NativeMemory.Free(Pointer);
}
