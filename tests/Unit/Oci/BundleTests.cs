using System.Text;
using Shimd.Oci;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Unit.Oci;

public sealed class BundleTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    private string ConfigPath => _directory["config.json"];

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Load_Smallest_HasTheDefaults()
    {
        Bundle bundle = Load(With(""));

        Assert.Equal(["/bin/sh"], bundle.Process.Arguments);
        Assert.Empty(bundle.Process.Environment);
        Assert.Equal("/", bundle.Process.WorkingDirectory);
        Assert.False(bundle.Process.Terminal);
        Assert.Null(bundle.RootDirectory);
        Assert.Equal((0U, 0U), (bundle.RootUid, bundle.RootGid));
        Assert.True(bundle.SharesPids);
    }

    [Fact]
    public void Load_Process_IsReadAndKeptAsItIs()
    {
        Bundle bundle = Load("""{"process":{"terminal":true,"args":["a","ü b"],"env":["PATH=/bin","X=1"],"cwd":"/w","future":{"x":[1]}}}""");

        Assert.Equal(["a", "ü b"], bundle.Process.Arguments);
        Assert.Equal(["PATH=/bin", "X=1"], bundle.Process.Environment);
        Assert.Equal("/w", bundle.Process.WorkingDirectory);
        Assert.True(bundle.Process.Terminal);
        Assert.Equal("""{"x":[1]}""", bundle.Process.Json.GetProperty("future").GetRawText());
    }

    [Fact]
    public void Load_NoDirectory_NamesIt()
    {
        string missing = _directory["none"];

        AssertProblem(Bundle.Load(missing), missing, "is not a directory");
    }

    [Fact]
    public void Load_File_NamesIt()
    {
        string file = _directory.Write("file", "");

        AssertProblem(Bundle.Load(file), file, "is not a directory");
    }

    [Fact]
    public void Load_NoConfiguration_NamesIt() => AssertProblem(Bundle.Load(_directory.Path), ConfigPath, "ENOENT");

    [Theory]
    [InlineData("", "is not JSON")]
    [InlineData("{", "is not JSON")]
    [InlineData("{\"process\":}", "is not JSON")]
    [InlineData("[]", "not a JSON object")]
    [InlineData("null", "not a JSON object")]
    [InlineData("{}", "no 'process'")]
    [InlineData("{\"process\":null}", "'process' is not an object")]
    [InlineData("{\"process\":[]}", "'process' is not an object")]
    [InlineData("{\"process\":{}}", "process.args")]
    [InlineData("{\"process\":{\"args\":null}}", "process.args")]
    [InlineData("{\"process\":{\"args\":\"sh\"}}", "process.args")]
    [InlineData("{\"process\":{\"args\":[]}}", "process.args")]
    [InlineData("{\"process\":{\"args\":[7]}}", "process.args")]
    [InlineData("{\"process\":{\"args\":[\"sh\",null]}}", "process.args")]
    [InlineData("{\"process\":{\"args\":[\"\"]}}", "process.args[0]")]
    public void Load_BrokenConfiguration_SaysWhatIsWrong(string config, string problem)
    {
        File.WriteAllText(ConfigPath, config);

        AssertProblem(Bundle.Load(_directory.Path), ConfigPath, problem);
    }

    [Fact]
    public void Load_TextThatIsNoUnicode_IsAProblem()
    {
        // System.Text.Json parses both, and throws only when the string is asked for.
        byte[][] configs =
        [
            [.. "{\"process\":{\"args\":[\"/bin/"u8, 0xFF, .. "\"]}}"u8],
            Encoding.ASCII.GetBytes("""{"process":{"args":["/bin/\ud800"]}}"""),
        ];
        foreach (byte[] config in configs)
        {
            File.WriteAllBytes(ConfigPath, config);

            AssertProblem(Bundle.Load(_directory.Path), ConfigPath, "");
        }
    }

    [Theory]
    [InlineData("rootfs")]
    [InlineData("/elsewhere/rootfs")]
    public void RootDirectory_Path_IsBelowTheBundleUnlessAbsolute(string path)
        => Assert.Equal(Path.Combine(_directory.Path, path), Load(With($$""" "root":{"path":"{{path}}"} """)).RootDirectory);

    [Theory]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"path":7}""")]
    [InlineData("[]")]
    public void RootDirectory_None_Null(string root) => Assert.Null(Load(With($""" "root":{root} """)).RootDirectory);

    [Fact]
    public void RootUid_Mappings_IsWhatZeroIsMappedTo()
    {
        Bundle bundle = Load(With("""
            "linux":{
                "uidMappings":[{"containerID":1,"hostID":5000,"size":10},{"containerID":0,"hostID":100000,"size":1}],
                "gidMappings":[{"containerID":0,"hostID":4294967294,"size":1}]}
            """));

        Assert.Equal(100_000U, bundle.RootUid);
        Assert.Equal(4_294_967_294U, bundle.RootGid);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("""[{"containerID":1,"hostID":5000,"size":10}]""")]
    public void RootUid_ZeroIsNotMapped_IsZero(string mappings)
        => Assert.Equal(0U, Load(With($$""" "linux":{"uidMappings":{{mappings}} } """)).RootUid);

    [Theory]
    [InlineData("""[{"type":"pid"}]""", false)]
    [InlineData("""[{"type":"mount"},{"type":"pid"}]""", false)]
    [InlineData("""[{"type":"pid","path":"/proc/1/ns/pid"}]""", true)]
    [InlineData("""[{"type":"mount"}]""", true)]
    [InlineData("[]", true)]
    [InlineData("null", true)]
    public void SharesPids_Namespaces_UnlessThereIsANewOne(string namespaces, bool shares)
        => Assert.Equal(shares, Load(With($$""" "linux":{"namespaces":{{namespaces}} } """)).SharesPids);

    [Theory]
    [InlineData("7")]
    [InlineData("""{"namespaces":7,"uidMappings":7,"gidMappings":7}""")]
    [InlineData("""{"namespaces":[7,null,"pid"]}""")]
    [InlineData("""{"namespaces":[{"type":7},{"type":null}]}""")]
    [InlineData("""{"uidMappings":[7]}""")]
    [InlineData("""{"uidMappings":[{"containerID":"0","hostID":5}]}""")]
    [InlineData("""{"uidMappings":[{"containerID":0.5,"hostID":5}]}""")]
    [InlineData("""{"uidMappings":[{"containerID":0}]}""")]
    [InlineData("""{"uidMappings":[{"containerID":0,"hostID":"5"}]}""")]
    [InlineData("""{"uidMappings":[{"containerID":0,"hostID":-5}]}""")]
    public void Load_LinuxOfTheWrongKind_NeverThrows(string linux)
    {
        // Refused or overlooked, as long as a client's mistake is no exception of ours: the runtime will say what it thinks of it.
        File.WriteAllText(ConfigPath, With($""" "linux":{linux} """));

        Exception? thrown = Record.Exception(() =>
        {
            Bundle? bundle = Bundle.Load(_directory.Path).Bundle;
            return (bundle?.RootUid, bundle?.RootGid, bundle?.SharesPids);
        });

        Assert.Null(thrown);
    }

    /// <summary>The smallest configuration, and a further member.</summary>
    private static string With(string member) => "{\"process\":{\"args\":[\"/bin/sh\"]}" + (member.Length > 0 ? "," : "") + member + "}";

    private static void AssertProblem((Bundle? Bundle, BundleProblem? Problem) loaded, string path, string words)
    {
        Assert.Null(loaded.Bundle);
        Assert.Equal(path, loaded.Problem?.Path);
        Assert.Contains(path, loaded.Problem!.Message, StringComparison.Ordinal);
        Assert.Contains(words, loaded.Problem.Message, StringComparison.Ordinal);
    }

    private Bundle Load(string config)
    {
        File.WriteAllText(ConfigPath, config);
        (Bundle? bundle, BundleProblem? problem) = Bundle.Load(_directory.Path);
        Assert.Null(problem);
        return bundle!;
    }
}
