using System.Buffers.Binary;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Integration;

public sealed class BinaryTests
{
    private const int ProgramInterpreter = 3;
    private const int ProgramDynamic = 2;
    private const long DynamicNeeded = 1;
    private const int MaxSizeBytes = 5_558_000;

    [Fact]
    public void Elf_Headers_AskForNoInterpreter() => Assert.DoesNotContain(ProgramHeaders(), header => header.Type == ProgramInterpreter);

    [Fact]
    public void Elf_DynamicSection_NeedsNoLibrary()
    {
        byte[] file = File.ReadAllBytes(Machine.Binary);
        foreach ((_, long offset, long size) in ProgramHeaders().Where(header => header.Type == ProgramDynamic))
        {
            for (long entry = offset; entry < offset + size; entry += 16)
            {
                Assert.NotEqual(DynamicNeeded, BinaryPrimitives.ReadInt64LittleEndian(file.AsSpan((int)entry)));
            }
        }
    }

    /// <summary>SharedImage takes all from where it begins to the end of the program for it. What follows here is only touched when libc frees all that it has.</summary>
    [Fact]
    public void Elf_UnpackedData_IsTheLastOfTheProgram()
    {
        string[] sections = [.. Child.Run(Machine.RequireProgram("readelf"), "-SW", Machine.Binary).Output.Split('\n')
            .Where(line => line.Contains(" WA ", StringComparison.Ordinal) && line.Contains(']'))
            .Select(line => line[(line.IndexOf(']') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0])];

        Assert.Contains(".hydrated", sections);
        Assert.Empty(sections[(Array.IndexOf(sections, ".hydrated") + 1)..].Except(["__libc_freeres_ptrs"]));
    }

    [Fact]
    public void File_Size_IsWithinTheGate() => Assert.InRange(new FileInfo(Machine.Binary).Length, 1, MaxSizeBytes);

    [Fact]
    public void Run_EmptyRoot_Works()
    {
        Machine.RequireRoot();
        using var root = new TempDirectory();
        File.Copy(Machine.Binary, root["shimd"]);

        ChildEnd end = Child.Run(Machine.RequireProgram("chroot"), root.Path, "/shimd", "version");

        Assert.Equal("", end.Errors);
        Assert.Equal(0, end.Status.Code);
        Assert.Contains("not reached", end.Output, StringComparison.Ordinal);
    }

    /// <summary>elf(5): the program headers of a 64-bit little-endian file.</summary>
    private static List<(int Type, long Offset, long Size)> ProgramHeaders()
    {
        ReadOnlySpan<byte> file = File.ReadAllBytes(Machine.Binary);
        Assert.Equal("\u007fELF"u8, file[..4]);
        long table = BinaryPrimitives.ReadInt64LittleEndian(file[32..]);
        int size = BinaryPrimitives.ReadUInt16LittleEndian(file[54..]);
        int count = BinaryPrimitives.ReadUInt16LittleEndian(file[56..]);
        List<(int, long, long)> headers = [];
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> header = file[(int)(table + (i * size))..];
            headers.Add((
                BinaryPrimitives.ReadInt32LittleEndian(header),
                BinaryPrimitives.ReadInt64LittleEndian(header[8..]),
                BinaryPrimitives.ReadInt64LittleEndian(header[32..])));
        }

        Assert.NotEmpty(headers);
        return headers;
    }
}
