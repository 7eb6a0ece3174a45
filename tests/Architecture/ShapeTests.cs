using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Shimd.Native;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Architecture;

/// <summary>The sizes of files, the shape of types, and the documentation of the system calls.</summary>
public sealed partial class ShapeTests
{
    private const int MaxLines = 300;
    private const int MaxMedianLines = 100;

    [Fact]
    public void Sources_Files_AreNotTooLong()
        => Violations.AssertNone(Repository.Sources.Where(file => file.Lines.Count > MaxLines).Select(file => $"{file.Path}: {file.Lines.Count} lines"));

    [Fact]
    public void Sources_Median_IsSmall()
    {
        int[] lines = [.. Repository.Sources.Select(file => file.Lines.Count).Order()];

        Assert.InRange(lines[lines.Length / 2], 1, MaxMedianLines - 1);
    }

    [Fact]
    public void Assembly_Classes_AreSealedOrStatic()
    {
        Type[] classes = [.. typeof(Epoll).Assembly.GetTypes().Where(type => type.IsClass && !IsGenerated(type))];

        Assert.Contains(typeof(Epoll), classes);
        Violations.AssertNone(classes.Where(type => !type.IsSealed).Select(type => $"{type.FullName} is neither sealed nor static"));
    }

    [Fact]
    public void Native_PublicMethods_HaveADocComment()
    {
        var violations =
            from file in Repository.Sources
            where file.Floor == "Native" && !Path.GetFileName(file.Path).StartsWith("Libc.", StringComparison.Ordinal)
            from index in Enumerable.Range(0, file.Lines.Count)
            where PublicMethod().Match(file.Lines[index]) is { Success: true } match && match.Groups["name"].Value != "Dispose"
            where !HasDocComment(file, index)
            select $"{file.Path}:{index + 1}: {file.Lines[index].Trim()}";

        Violations.AssertNone(violations);
    }

    [Fact]
    public void Native_Types_HaveADocComment()
    {
        var violations =
            from file in Repository.Sources
            where file.Floor == "Native" && !Path.GetFileName(file.Path).StartsWith("Libc.", StringComparison.Ordinal)
            from index in Enumerable.Range(0, file.Lines.Count)
            where TopLevelType().IsMatch(file.Lines[index]) && !HasDocComment(file, index)
            select $"{file.Path}:{index + 1}: {file.Lines[index].Trim()}";

        Violations.AssertNone(violations);
    }

    [Theory]
    [InlineData("    public static SysResult<Fd> Accept(Fd listener)", "Accept")]
    [InlineData("    public (EpollEvents Events, ulong Key) Result(int index)", "Result")]
    [InlineData("    public unsafe SysResult Read(Span<byte> buffer)", "Read")]
    [InlineData("    public readonly bool ContainsAll(SignalSet other) => x;", "ContainsAll")]
    [InlineData("    public static int? Parse(string text)", "Parse")]
    [InlineData("    public T OrThrow(string what) => x;", "OrThrow")]
    public void PublicMethod_Declaration_IsSeen(string line, string name) => Assert.Equal(name, PublicMethod().Match(line).Groups["name"].Value);

    [Theory]
    [InlineData("    public override bool IsInvalid => handle == -1;")]
    [InlineData("    public override string ToString() => x;")]
    [InlineData("    public bool IsFifo => (Mode & TypeMask) == 0x1000;")]
    [InlineData("    public string What { get; } = Of(what);")]
    [InlineData("    public static readonly SysResult Ok = new(0, Errno.None);")]
    [InlineData("    private static int? ParseAlias(string name) => x;")]
    [InlineData("    public SignalFd(ReadOnlySpan<int> signals)")]
    public void PublicMethod_OtherMember_IsNot(string line) => Assert.DoesNotMatch(PublicMethod(), line);

    private static bool HasDocComment(SourceFile file, int index)
    {
        int above = index - 1;
        while (above > 0 && (file.Lines[above].TrimStart().StartsWith('[') || file.Lines[above].TrimStart().StartsWith('#')))
        {
            above--;
        }

        return above >= 0 && file.Lines[above].TrimStart().StartsWith("///", StringComparison.Ordinal);
    }

    private static bool IsGenerated(Type type)
        => type.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false)
            || (type.DeclaringType is { } outer && IsGenerated(outer));

    [GeneratedRegex(@"^\s+public (?:(?:static|unsafe|readonly|partial|async) )*(?:\([^=()]*\)|[\w.<>\[\]?*,]+(?: [\w.<>\[\]?*]+>)?) (?<name>\w+)(?:<[\w, ]+>)?\(")]
    private static partial Regex PublicMethod();

    [GeneratedRegex(@"^(?:internal|public|file) (?:(?:static|unsafe|readonly|partial|sealed|record|ref) )*(?:class|struct|record|enum|interface)\b")]
    private static partial Regex TopLevelType();
}
