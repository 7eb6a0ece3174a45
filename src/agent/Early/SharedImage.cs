using System.Runtime;
using System.Runtime.CompilerServices;
using Shimd.Native;

namespace Shimd.Early;

/// <summary>
/// The compiler packs a program's data (types, texts), and the first thing that the runtime does is to unpack it: 1.2 MB, 40 % of its start,
/// and as much memory of each process's own. The program lies at a fixed address, so the outcome is the same each time. The agent has it unpacked into a memfd,
/// which its shims map instead: see ADR 0012. Where anything of that fails, the runtime unpacks as ever.
/// </summary>
[SkipLocalsInit]
internal static unsafe class SharedImage
{
    /// <summary>ReadyToRunSectionType.DehydratedData.</summary>
    private const int Packed = 207;
    private const ulong Magic = 0x3165_6761_6D69_7368;
    private const int ReadWrite = 3;
    private const int Shared = 0x11; // MAP_SHARED | MAP_FIXED
    private const int Private = 0x12; // MAP_PRIVATE | MAP_FIXED
    private const int GetSeals = 1034;
    private const int AddSeals = 1033;
    private const int AllSeals = 0xF;
    private const int SealSeal = 1;
    private const uint CloseOnExec = 1;
    private const uint AllowSealing = 2;
    private const uint NotExecutable = 8; // MFD_NOEXEC_SEAL, Linux 6.3
    private const int MaxNoteBytes = 256;
    private static ReadOnlySpan<byte> Name => "shimd image\0"u8;

    /// <summary>The agent's memfd, empty and not sealed yet: from it the calls below know that they are to fill it.</summary>
    public static void Begin()
    {
        if (EarlyLibc.Control(EarlyLibc.ImageDescriptor, EarlyLibc.GetFlags, 0) != -1)
        {
            // Inherited from somebody.
            return;
        }

        fixed (byte* name = Name)
        {
            int memory = EarlyLibc.CreateMemory(name, CloseOnExec | AllowSealing | NotExecutable);
            memory = memory < 0 ? EarlyLibc.CreateMemory(name, CloseOnExec | AllowSealing) : memory;
            _ = EarlyLibc.Duplicate(memory, EarlyLibc.ImageDescriptor);
            _ = EarlyLibc.Close(memory);
        }
    }

    /// <summary>In the place of the runtime's own function (<c>--wrap</c>), whose first call asks for what is packed: none, once it is mapped. After
    /// the second one's begin it has been unpacked.</summary>
    [RuntimeExport("__wrap_RhpGetModuleSection")]
    private static byte* Section(void* module, int section, int* length)
    {
        byte* found = EarlyLibc.RealModuleSection(module, section, length);
        int flags = EarlyLibc.Control(EarlyLibc.ImageDescriptor, EarlyLibc.GetFlags, 0);
        if (flags < 0)
        {
            return found;
        }

        // What was inherited stays open over execve(2), and is used if it is sealed. What is our own is the agent's memfd, which can still be sealed, or the file that a
        // client has opened, which cannot: a file on a tmpfs has that seal from the beginning, and one on a disk has no seals.
        bool isOwn = ((uint)flags & CloseOnExec) != 0;
        int seals = EarlyLibc.Control(EarlyLibc.ImageDescriptor, GetSeals, 0);
        if (isOwn && (seals & SealSeal) == 0)
        {
            Fill(module, section, found);
        }
        else if (section == Packed && seals >= 0 && (isOwn || (seals & AllSeals) == AllSeals))
        {
            Layout layout;
            Header wanted;
            if (Describe(found, &layout, &wanted) && TryUse(&layout, &wanted))
            {
                *length = 0;
                found = null;
            }
        }

        if (isOwn && section == Packed && (seals & SealSeal) != 0)
        {
            _ = EarlyLibc.Close(EarlyLibc.ImageDescriptor);
        }

        return found;
    }

    private static void Fill(void* module, int section, byte* found)
    {
        Layout layout;
        Header header;
        if (section != Packed)
        {
            int packedLength;
            Finish(EarlyLibc.RealModuleSection(module, Packed, &packedLength));
        }
        else if (Describe(found, &layout, &header))
        {
            Receive(&layout);
        }
    }

    /// <summary>Where the unpacked data is to lie, and which program this is.</summary>
    /// <returns>False where that is not as we know it: nothing is shared then.</returns>
    private static bool Describe(byte* packed, Layout* layout, Header* header)
    {
        // The packed data begins with the distance to where it belongs; from there to the end of the program it is alone (BinaryTests).
        byte* start = packed + *(int*)packed;
        nuint page = EarlyLibc.AuxiliaryValue(ProgramHeader.PageSize);
        var segment = (ProgramHeader*)EarlyLibc.AuxiliaryValue(ProgramHeader.Address);
        header->Magic = 0;
        layout->End = null;
        for (nuint left = EarlyLibc.AuxiliaryValue(ProgramHeader.Count); left > 0; left--, segment++)
        {
            if (segment->Type == ProgramHeader.Load && start >= segment->Start + segment->FileBytes && start < segment->Start + segment->MemoryBytes)
            {
                layout->End = segment->Start + segment->MemoryBytes;
            }
            else if (segment->Type == ProgramHeader.Note && segment->MemoryBytes <= MaxNoteBytes)
            {
                // With the build's id.
                header->Magic = Magic;
                header->NoteBytes = (long)segment->MemoryBytes;
                for (nuint i = 0; i < MaxNoteBytes; i++)
                {
                    header->Note[(int)i] = i < segment->MemoryBytes ? segment->Start[i] : (byte)0;
                }
            }
        }

        layout->Start = start;
        layout->FirstPage = (byte*)(((nuint)start + page - 1) & ~(page - 1));
        layout->LastPage = (byte*)((nuint)layout->End & ~(page - 1));
        layout->Page = page;
        header->Start = (ulong)start;
        header->End = (ulong)layout->End;
        return header->Magic == Magic && layout->LastPage > layout->FirstPage;
    }

    /// <summary>What the runtime is about to unpack goes into the memfd. At an offset of a page, behind the header.</summary>
    private static void Receive(Layout* layout)
    {
        if (EarlyLibc.Truncate(EarlyLibc.ImageDescriptor, OffsetOf(layout, layout->End)) == 0)
        {
            _ = EarlyLibc.Map(
                layout->FirstPage, (nuint)(layout->LastPage - layout->FirstPage), ReadWrite, Shared, EarlyLibc.ImageDescriptor, OffsetOf(layout, layout->FirstPage));
        }
    }

    /// <summary>It has been unpacked: whoever writes to it from here on, we or a shim, gets a page of its own.</summary>
    private static void Finish(byte* packed)
    {
        Layout layout;
        Header header;
        if (Describe(packed, &layout, &header)
            && IsWhole(&layout)
            && Write(&layout, layout.Start, layout.FirstPage)
            && Write(&layout, layout.LastPage, layout.End)
            && EarlyLibc.WriteAt(EarlyLibc.ImageDescriptor, &header, (nuint)sizeof(Header), 0) == sizeof(Header)
            && IsMapped(&layout))
        {
            _ = EarlyLibc.Control(EarlyLibc.ImageDescriptor, AddSeals, AllSeals);
        }
    }

    private static bool TryUse(Layout* layout, Header* wanted)
    {
        Header header;
        if (EarlyLibc.ReadAt(EarlyLibc.ImageDescriptor, &header, (nuint)sizeof(Header), 0) != sizeof(Header))
        {
            return false;
        }

        for (int i = 0; i < sizeof(Header); i++)
        {
            if (((byte*)&header)[i] != ((byte*)wanted)[i])
            {
                return false;
            }
        }

        return IsWhole(layout) && Read(layout, layout->Start, layout->FirstPage) && Read(layout, layout->LastPage, layout->End) && IsMapped(layout);
    }

    /// <summary>A page behind the end of a file could be mapped, but not touched.</summary>
    private static bool IsWhole(Layout* layout)
    {
        byte last;
        return EarlyLibc.ReadAt(EarlyLibc.ImageDescriptor, &last, 1, OffsetOf(layout, layout->End) - 1) == 1;
    }

    private static bool IsMapped(Layout* layout)
        => EarlyLibc.Map(layout->FirstPage, (nuint)(layout->LastPage - layout->FirstPage), ReadWrite, Private, EarlyLibc.ImageDescriptor, OffsetOf(layout, layout->FirstPage)) == layout->FirstPage;

    /// <summary>The ends, which lie on a page with something else.</summary>
    private static bool Write(Layout* layout, byte* from, byte* to)
        => EarlyLibc.WriteAt(EarlyLibc.ImageDescriptor, from, (nuint)(to - from), OffsetOf(layout, from)) == to - from;

    private static bool Read(Layout* layout, byte* from, byte* to)
        => EarlyLibc.ReadAt(EarlyLibc.ImageDescriptor, from, (nuint)(to - from), OffsetOf(layout, from)) == to - from;

    /// <summary>In the memfd: a page for the header, then the pages as they lie.</summary>
    private static long OffsetOf(Layout* layout, byte* address) => (long)(layout->Page + (nuint)address - ((nuint)layout->Start & ~(layout->Page - 1)));

    private struct Layout
    {
        public byte* Start;
        public byte* FirstPage;
        public byte* LastPage;
        public byte* End;
        public nuint Page;
    }

    private struct Header
    {
        public ulong Magic;
        public ulong Start;
        public ulong End;
        public long NoteBytes;
        public NoteText Note;
    }

    [InlineArray(MaxNoteBytes)]
    private struct NoteText
    {
        private byte _first;
    }

    /// <summary>elf(5): Elf64_Phdr.</summary>
    internal struct ProgramHeader
    {
        public const uint Load = 1;
        public const uint Note = 4;
        public const uint ReadOnlyAfterwards = 0x6474E552; // PT_GNU_RELRO

        /// <summary>getauxval(3): AT_PHDR, AT_PHNUM, AT_PAGESZ.</summary>
        public const nuint Address = 3;
        public const nuint Count = 5;
        public const nuint PageSize = 6;

        public uint Type;
        public uint Flags;
        public ulong Offset;
        public byte* Start;
        public ulong PhysicalAddress;
        public nuint FileBytes;
        public nuint MemoryBytes;
        public ulong Alignment;
    }
}
