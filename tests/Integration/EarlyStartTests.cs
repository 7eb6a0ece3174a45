using System.Text;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Integration;

/// <summary>Which shims call the OCI runtime before the .NET runtime, and that nobody can tell. See docs/adr/0014-a-shim-calls-the-oci-runtime-before-the-net-runtime.md.</summary>
public sealed class EarlyStartTests : SceneTests
{
    private const int Verb = 4;
    private const int RuntimePid = 5;

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Run_NoStreams_TheRuntimeWasCalledFirst(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));

        string id = scene.Run("until-term");

        string[] arguments = ArgumentsOfShim(scene, id);
        Assert.Equal("start", arguments[Verb]);
        Assert.InRange(long.Parse(arguments[RuntimePid]), 2, int.MaxValue);
    }

    [Fact]
    public void Run_LoggedOutput_TheShimPreparesIt()
    {
        Scene scene = Enter(Scene.With("crun"));
        string id = scene.NewId();

        _ = scene.Client.Call("run", new { id, bundle = scene.Payload("until-term"), log = new { format = "cri" } });

        Assert.Equal(Verb, ArgumentsOfShim(scene, id).Length);
    }

    /// <summary>The shim has files open that are not for the process: the room for its exit, above all.</summary>
    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Run_NoStreams_TheProcessHasNullAndNoFileOfTheShims(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));

        Dictionary<string, string> descriptors = Descriptors(scene.PidOf(scene.Run("until-term")));

        Assert.All(["0", "1", "2"], number => Assert.Equal("/dev/null", descriptors[number]));
        Assert.DoesNotContain(descriptors.Values, file => file.Contains(scene["root"], StringComparison.Ordinal));
    }

    [Fact]
    public void Run_RuntimeThatCannotBeExecuted_IsToldAsEver()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        File.WriteAllText(scene["broken"], "#!/no/such/interpreter\n");
        File.SetUnixFileMode(scene["broken"], UnixFileMode.UserRead | UnixFileMode.UserExecute);

        AgentReplyError error = scene.Client.Refused("run", new { id = scene.NewId(), bundle = scene.Payload("exit 0"), runtime = scene["broken"] });

        Assert.Contains("ENOENT", error.Data.GetRawText(), StringComparison.Ordinal);
    }

    private static string[] ArgumentsOfShim(Scene scene, string id)
        => Encoding.UTF8.GetString(File.ReadAllBytes($"/proc/{scene.ShimOf(id)}/cmdline")).TrimEnd('\0').Split('\0');

    private static Dictionary<string, string> Descriptors(int pid)
        => Directory.GetFiles($"/proc/{pid}/fd").ToDictionary(path => Path.GetFileName(path), path => File.ResolveLinkTarget(path, false)!.FullName);
}
