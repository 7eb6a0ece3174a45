using Shimd.Oci;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Unit.Oci;

// Changes PATH.
[Collection(Sequential.Name)]
public sealed class RuntimeFinderTests : IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly string? _path = Environment.GetEnvironmentVariable("PATH");

    public void Dispose()
    {
        Environment.SetEnvironmentVariable("PATH", _path);
        _directory.Dispose();
    }

    [Fact]
    public void Find_Name_IsTheFirstExecutableInPath()
    {
        _directory.Write("first/my-runtime", "not executable");
        string found = _directory.WriteExecutable("second/my-runtime", "");
        _directory.WriteExecutable("third/my-runtime", "");
        Environment.SetEnvironmentVariable("PATH", $"{_directory["none"]}:{_directory["first"]}:{_directory["second"]}:{_directory["third"]}");

        Assert.Equal(new FoundRuntime("my-runtime", found), RuntimeFinder.Find("my-runtime"));
    }

    [Fact]
    public void Find_Path_IsNamedByItsFile()
    {
        string path = _directory.WriteExecutable("my-runtime", "");

        Assert.Equal(new FoundRuntime("my-runtime", path), RuntimeFinder.Find(path));
        Assert.Equal(new FoundRuntime("my-runtime", path), RuntimeFinder.Find(_directory["none/../my-runtime"]));
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("/")]
    [InlineData("/nonexistent/runtime")]
    [InlineData("no-such-runtime")]
    public void Find_NoExecutable_Null(string nameOrPath) => Assert.Null(RuntimeFinder.Find(nameOrPath));

    [Fact]
    public void Find_NotExecutableOrDirectory_Null()
    {
        Assert.Null(RuntimeFinder.Find(_directory.Write("file", "")));
        Assert.Null(RuntimeFinder.Find(_directory.MakeDirectory("directory")));
    }

    [Fact]
    public void FindDefault_SeveralKnown_IsTheFirstOfTheList()
    {
        foreach (string name in RuntimeFinder.KnownNames)
        {
            _directory.WriteExecutable(name, "");
        }

        Environment.SetEnvironmentVariable("PATH", _directory.Path);

        Assert.Equal(new FoundRuntime("crun", _directory["crun"]), RuntimeFinder.FindDefault());
        Assert.Equal(
            RuntimeFinder.KnownNames.Select(name => new FoundRuntime(name, _directory[name])),
            RuntimeFinder.FindAll());
    }
}
