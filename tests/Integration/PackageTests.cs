using Shimd.Native;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Integration;

/// <summary>What package.sh makes of the binary.</summary>
public sealed class PackageTests : IDisposable
{
    private static readonly string[] s_files =
    [
        "usr/bin/shimd", "usr/share/man/man1/shimd.1.gz", "usr/share/bash-completion/completions/shimd", "usr/share/zsh/vendor-completions/_shimd",
        "usr/share/fish/vendor_completions.d/shimd.fish", "usr/share/doc/shimd/copyright", "usr/share/doc/shimd/docs/protocol.md", "usr/share/doc/shimd/docs/clients/client.py",
    ];

    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Archive_Unpacked_HasAllAndRuns()
    {
        string root = _directory.MakeDirectory("root");
        string archive = Packages().Single(path => path.EndsWith(".tar.gz", StringComparison.Ordinal));

        Assert.Equal(0, Child.Run(Machine.RequireProgram("tar"), "-xzf", archive, "-C", root).Status.Code);

        AssertInstalled(root);
    }

    [Fact]
    public void DebianPackage_Unpacked_HasAllAndRuns()
    {
        string dpkg = Machine.RequireProgram("dpkg-deb");
        string root = _directory.MakeDirectory("root");
        string package = Packages().Single(path => path.EndsWith(".deb", StringComparison.Ordinal));

        Assert.Equal(0, Child.Run(dpkg, "--extract", package, root).Status.Code);

        AssertInstalled(root);
        Assert.Equal("shimd\n", Child.Run(dpkg, "--field", package, "Package").Output);
    }

    [Fact]
    public void Packages_MadeTwice_AreTheSame()
    {
        string[] first = [.. Packages().Select(path => Convert.ToHexString(File.ReadAllBytes(path)))];

        Assert.Equal(first, Packages().Select(path => Convert.ToHexString(File.ReadAllBytes(path))));
    }

    private static void AssertInstalled(string root)
    {
        Assert.All(s_files, file => Assert.True(File.Exists(Path.Combine(root, file)), file));
        Assert.Equal("#compdef shimd", File.ReadLines(Path.Combine(root, "usr/share/zsh/vendor-completions/_shimd")).First());
        ChildEnd end = Child.Run(Path.Combine(root, "usr/bin/shimd"), "schema");
        Assert.Equal(0, end.Status.Code);
        Assert.Contains("openrpc", end.Output, StringComparison.Ordinal);
    }

    /// <summary>The packages' paths.</summary>
    private string[] Packages()
    {
        string bash = Machine.RequireProgram("bash");
        ChildEnd end = Child.Run(new SpawnRequest
        {
            Path = bash,
            Arguments = [bash, Path.Combine(Repository.Root, "package.sh")],
            Environment = [.. Agent.CleanEnvironment, $"SHIMD_BIN={Machine.Binary}", $"SHIMD_PACKAGES={_directory["packages"]}"],
            Descriptors = [],
        });
        Assert.Equal((0, ""), (end.Status.Code, end.Errors));
        return end.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
