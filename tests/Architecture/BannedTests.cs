using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text.RegularExpressions;
using Shimd.Native;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Architecture;

/// <summary>What must not be used, and why: one thread, one loop, one place that reaps, one folder that is unsafe.</summary>
public sealed class BannedTests
{
    /// <summary>The edges at which everything is caught. All else catches what it has an answer for.</summary>
    private static readonly Dictionary<string, string> s_catchAllEdges = new()
    {
        ["src/agent/Loop/EventLoop.cs"] = "an exception that reaches the loop ends the process, with the handler's name",
        ["src/agent/Server/Dispatcher.cs"] = "a bug in one request is told to its client and logged; the others go on",
    };

    /// <summary>Types whose every use is wrong here, by the start of their full name.</summary>
    public static TheoryData<string, string> Types => new()
    {
        { "System.Diagnostics.Process", "installs a SIGCHLD handler that reaps our children" },
        { "System.Runtime.InteropServices.PosixSignal", "installs a SIGCHLD handler; signals come through SignalSource" },
        { "System.Threading.ThreadPool", "one thread: nothing above needs a lock" },
        { "System.Threading.Timer", "fires on the thread pool: EventLoop.After" },
        { "System.Threading.PeriodicTimer", "fires on the thread pool: EventLoop.After" },
        { "System.Timers", "fires on the thread pool: EventLoop.After" },
        { "System.Threading.Monitor", "one thread: no lock" },
        { "System.Threading.Lock", "one thread: no lock" },
        { "System.Threading.Mutex", "one thread: no lock" },
        { "System.Threading.Semaphore", "one thread: no lock" },
        { "System.Threading.ManualResetEvent", "would block the loop" },
        { "System.Threading.AutoResetEvent", "would block the loop" },
        { "System.Threading.Tasks.Parallel", "one thread" },
        { "System.Net", "brings its own epoll thread: UnixSocket" },
        { "System.IO.FileSystemWatcher", "has a thread of its own" },
        { "System.Linq.Enumerable", "is instantiated anew for each of our types, 176 KB of the binary when it went: loops" },
        { "System.Security.Cryptography", "loads OpenSSL, and with it a second C library, into the static binary: RandomBytes" },
    };

    /// <summary>Methods that are wrong here, as type and method.</summary>
    public static TheoryData<string, string, string> Methods => new()
    {
        { "System.Threading.Tasks.Task", "Run", "runs on the thread pool" },
        { "System.Threading.Tasks.TaskFactory", "StartNew", "runs on the thread pool" },
        { "System.Threading.Tasks.Task", "Delay", "continues from a timer thread: EventLoop.Delay" },
        { "System.Threading.Tasks.Task", "Wait", "blocks the loop for ever" },
        { "System.Threading.Tasks.Task", "WaitAll", "blocks the loop for ever" },
        { "System.Threading.Tasks.Task", "WaitAny", "blocks the loop for ever" },
        { "System.Threading.Tasks.Task", "WaitAsync", "its timeout comes from a timer thread" },
        { "System.Threading.Tasks.Task", "WhenAny", "resumes on the thread pool" },
        { "System.Threading.Tasks.Task", "WhenAll", "resumes on the thread pool" },
        { "System.Threading.Tasks.Task", "ContinueWith", "resumes on the thread pool" },
        { "System.Threading.Tasks.Task`1", "get_Result", "blocks the loop for ever" },
        { "System.Threading.Tasks.Task", "ConfigureAwait", "every continuation must come back to the loop" },
        { "System.Threading.Tasks.Task`1", "ConfigureAwait", "every continuation must come back to the loop" },
        { "System.Threading.CancellationTokenSource", "CancelAfter", "fires on a timer thread: EventLoop.After" },
        { "System.Text.Json.JsonDocumentOptions", "set_AllowDuplicateProperties", "with it .NET 10.0.12 corrupts its heap at a key that comes twice among sixteen or more" },
        { "System.DateTime", "get_Now", "local time: DateTimeOffset.UtcNow" },
        { "System.DateTimeOffset", "get_Now", "local time: DateTimeOffset.UtcNow" },
    };

    /// <summary>Words of code, where they may stand, and why nowhere else.</summary>
    public static TheoryData<string, string, string> Words => new()
    {
        { @"(?<![\w.])Console\.", "Cli", "what is printed is the client's business; parts of Console install a SIGCHLD handler" },
        { @"\bunsafe\b", "Native Early", "the only unsafe code" },
        { @"\bfixed\s*\(", "Native Early", "the only unsafe code" },
        { @"\*\s*\w+\s*=\s*stackalloc\b", "Native Early", "the only unsafe code" },
        { @"\bLibraryImport\b", "Native", "the only imports" },
        { @"\bDllImport\b", "Native", "the only imports" },
        { @"(?<![\w.])Libc\.", "Native", "imports are wrapped" },
        { @"\bNativeMemory\b", "Native", "the only unmanaged memory" },
        { @"\bMarshal\.\w*LastPInvokeError\b", "Native", "errno has one door" },
        { @"\bThread\b", "Loop", "one thread, but for what the kernel holds (ADR 0016, 0017): nothing above needs a lock" },
        { @"\block\s*\(", "", "one thread: no lock" },
        { @"\.ConfigureAwait\s*\(", "", "every continuation must come back to the loop" },
        { @"\bdynamic\b", "", "cannot be compiled ahead of time" },
    };

    [Theory]
    [MemberData(nameof(Types))]
    public void Assembly_BannedType_IsNotReferenced(string type, string reason)
        => Assert.False(ReferencedTypes().Any(name => name == type || name.StartsWith(type + ".", StringComparison.Ordinal)
            || name.StartsWith(type + "Registration", StringComparison.Ordinal) || name.StartsWith(type + "Slim", StringComparison.Ordinal)
            || name == type + "StartInfo" || name == type + "Context"), $"{type}: {reason}");

    [Theory]
    [MemberData(nameof(Methods))]
    public void Assembly_BannedMethod_IsNotReferenced(string type, string method, string reason)
        => Assert.False(ReferencedMembers().Contains($"{type}::{method}"), $"{type}.{method}: {reason}");

    [Fact]
    public void Assembly_References_AreRead()
    {
        Assert.Contains("System.Threading.Tasks.Task", ReferencedTypes());
        Assert.Contains("System.Threading.Tasks.TaskCompletionSource`1::SetResult", ReferencedMembers());
        Assert.Contains("System.DateTimeOffset::get_UtcNow", ReferencedMembers());
    }

    [Theory]
    [MemberData(nameof(Words))]
    public void Sources_BannedWord_StandsNowhereElse(string pattern, string allowedFloors, string reason)
    {
        var word = new Regex(pattern);
        IEnumerable<string> violations =
            from file in Repository.Sources
            where !allowedFloors.Split(' ').Contains(file.Floor) || allowedFloors.Length == 0
            from line in file.Code.Select((code, index) => (Code: code, Number: index + 1))
            where word.IsMatch(line.Code)
            select $"{file.Path}:{line.Number}: {line.Code.Trim()} ({reason})";

        Violations.AssertNone(violations);
    }

    [Theory]
    [InlineData("Console.WriteLine(x);", true)]
    [InlineData("using Microsoft.Extensions.Logging.Console;", false)]
    [InlineData("byte* p = stackalloc byte[2];", true)]
    [InlineData("Span<byte> p = stackalloc byte[2];", false)]
    [InlineData("lock (_gate)", true)]
    [InlineData("TryLock (x)", false)]
    public void Words_Samples_AreToldApart(string line, bool banned)
        => Assert.Equal(banned, Words.Any(row => Regex.IsMatch(line, row.Data.Item1)));

    [Fact]
    public void Sources_CatchAll_OnlyAtTheEdges()
    {
        var catchAll = new Regex(@"\bcatch\s*(\((System\.)?Exception\b[^)]*\))?\s*$");
        string[] found =
        [
            .. from file in Repository.Sources
               where file.Code.Any(line => catchAll.IsMatch(line.TrimEnd()))
               select file.Path,
        ];

        Assert.Empty(found.Except(s_catchAllEdges.Keys));
        Assert.All(s_catchAllEdges.Values, reason => Assert.NotEmpty(reason));
        Assert.Matches(catchAll, "catch (Exception bug)");
        Assert.Matches(catchAll, "        catch");
        Assert.DoesNotMatch(catchAll, "catch (IOException problem)");
        Assert.DoesNotMatch(catchAll, "catch (Exception exception) when (exception is IOException)");
    }

    [Theory]
    [InlineData("a // Console.Write", "a ")]
    [InlineData("a /* b\nc */ d", "a \n d")]
    [InlineData("x = \"lock (\\\"\"; y", "x = ; y")]
    [InlineData("x = $\"lock {y.Result} {{z}}\"; w", "x = $ y.Result ; w")]
    [InlineData("x = @\"a\\\"; y", "x = @; y")]
    [InlineData("x = \"\"\"a \" b\"\"\"; y", "x = ; y")]
    [InlineData("x = $\"\"\"a {b} c\"\"\"; y", "x = $ b ; y")]
    [InlineData("x = $\"{(a ? \"lock (\" : b)}\"; y", "x = $ (a ?  : b) ; y")]
    [InlineData("x = '\"'; y", "x = ; y")]
    [InlineData("x = '\\''; y", "x = ; y")]
    [InlineData("x = \"\"; y", "x = ; y")]
    public void Strip_CommentsAndLiterals_OnlyCodeIsLeft(string text, string code) => Assert.Equal(code, SourceFile.Strip(text));

    [Fact]
    public void Strip_Sources_KeepsEveryLine()
        => Assert.All(Repository.Sources, file => Assert.True(file.Lines.Count == file.Code.Count, file.Path));

    private static HashSet<string> ReferencedTypes() => Read(reader => reader.TypeReferences.Select(handle => NameOf(reader, handle)));

    private static HashSet<string> ReferencedMembers() => Read(reader =>
        reader.MemberReferences.Select(reader.GetMemberReference)
            .Select(member => $"{ParentOf(reader, member.Parent)}::{reader.GetString(member.Name)}"));

    private static HashSet<string> Read(Func<MetadataReader, IEnumerable<string>> names)
    {
        using var file = new PEReader(File.OpenRead(typeof(Epoll).Assembly.Location));
        return [.. names(file.GetMetadataReader())];
    }

    private static string NameOf(MetadataReader reader, TypeReferenceHandle handle)
    {
        TypeReference type = reader.GetTypeReference(handle);
        return $"{reader.GetString(type.Namespace)}.{reader.GetString(type.Name)}";
    }

    private static string ParentOf(MetadataReader reader, EntityHandle parent)
    {
        if (parent.Kind == HandleKind.TypeSpecification)
        {
            // ECMA-335 II.23.2.14: GENERICINST (CLASS | VALUETYPE) type …
            BlobReader signature = reader.GetBlobReader(reader.GetTypeSpecification((TypeSpecificationHandle)parent).Signature);
            if (signature.ReadSignatureTypeCode() != SignatureTypeCode.GenericTypeInstance)
            {
                return "";
            }

            _ = signature.ReadCompressedInteger();
            parent = signature.ReadTypeHandle();
        }

        return parent.Kind == HandleKind.TypeReference ? NameOf(reader, (TypeReferenceHandle)parent) : "";
    }
}
