using System.Text.Json;
using Shimd.Native;
using Xunit;

namespace Shimd.Tests.Fixtures;

/// <summary>What a command answered: its exit code, and its words.</summary>
internal sealed record Said(int Code, string Output, string Errors);

/// <summary>
/// What an integration test plays in: a directory of its own with an agent's root and bundles, and container ids that nobody else
/// has, since cgroups are global. Its end is a test, too: nothing may be left of what happened here.
/// </summary>
internal sealed class Scene : IDisposable
{
    private const int GoneWithinMs = 30_000;

    private static int s_lastId;

    private readonly TempDirectory _directory = new();
    private readonly List<Client> _clients = [];
    private readonly List<string> _ids = [];
    private readonly List<Fd> _outputs = [];
    private Client? _client;
    private int _clientsAgent;

    /// <summary>Starts the agent.</summary>
    /// <param name="options">For <c>serve</c>.</param>
    public Scene(params string[] options) => Agent = new Agent(_directory["root"], _directory["agent.log"], options);

    private Scene(Func<TempDirectory, FakeRuntime> runtime, string[] options)
    {
        Fake = runtime(_directory);
        Agent = new Agent(_directory["root"], _directory["agent.log"], ["--runtime", Fake.Path, .. options]);
    }

    public Agent Agent { get; }

    /// <summary>The scripted runtime of a scene that was made with it.</summary>
    public FakeRuntime Fake => field ?? throw new InvalidOperationException("this scene has a real runtime");

    /// <summary>What of this scene is in the kernel.</summary>
    public Leftovers Leftovers => new(_directory.Path, _ids);

    /// <summary>A path in the scene's directory.</summary>
    public string this[string name] => _directory[name];

    /// <summary>A connection; made again when the agent was.</summary>
    public Client Client
    {
        get
        {
            if (_client is null || _clientsAgent != Agent.Pid)
            {
                (_client, _clientsAgent) = (Connect(), Agent.Pid);
            }

            return _client;
        }
    }

    /// <summary>Something that is expected to be in quarantine at the end.</summary>
    public bool LeavesQuarantine { get; set; }

    /// <summary>With real containers, or the test is skipped.</summary>
    public static Scene With(string runtime, params string[] options)
    {
        Machine.RequireContainers(runtime);
        return new Scene(["--runtime", runtime, .. options]);
    }

    /// <summary>With a scripted runtime, whose containers are children in no namespace.</summary>
    public static Scene WithFakeRuntime(params string[] options) => new(directory => new FakeRuntime(directory), options);

    public Client Connect()
    {
        var client = Client.Connect(Agent.Socket);
        _clients.Add(client);
        return client;
    }

    /// <summary>A container id that no other test has.</summary>
    public string NewId(string prefix = "t")
    {
        string id = $"{prefix}{Environment.ProcessId}-{Interlocked.Increment(ref s_lastId)}-shimd-test";
        _ids.Add(id);
        return id;
    }

    /// <summary>A bundle whose container runs these steps of <c>shimd payload</c>.</summary>
    public string Payload(params IReadOnlyList<string> steps) => BundleBuilder.Payload(_directory[$"bundle-{Interlocked.Increment(ref s_lastId)}"], steps);

    /// <summary>A bundle whose container runs this program.</summary>
    public string Program(params IReadOnlyList<string> arguments) => BundleBuilder.Program(_directory[$"bundle-{Interlocked.Increment(ref s_lastId)}"], arguments);

    /// <summary><c>create</c>; the container's id.</summary>
    public string Create(params IReadOnlyList<string> steps)
    {
        string id = NewId();
        Assert.Equal("created", Client.Call("create", new { id, bundle = Payload(steps) }).Text("status"));
        return id;
    }

    /// <summary><c>run</c>; the container's id.</summary>
    public string Run(params IReadOnlyList<string> steps)
    {
        string id = NewId();
        _ = Client.Call("run", new { id, bundle = Payload(steps) });
        return id;
    }

    /// <summary><c>run</c>; returns when its program runs, and acts on signals: as the first process of a pid namespace it would miss one
    /// that comes before.</summary>
    public string RunReady(params IReadOnlyList<string> steps)
    {
        string id = NewId();
        using Pipe output = Pipe.Create().OrThrow("pipe2");
        _outputs.Add(output.Reader.Duplicate().OrThrow("fcntl"));
        _ = Client.Call("run", new { id, bundle = Payload(["print ready", .. steps]), stdio = new { stdout = new { fd = 0 } } }, output.Writer);
        Assert.Equal("ready", Child.ReadLine(output.Reader));
        return id;
    }

    public string StatusOf(string id) => Client.Call("state", new { id }).Text("status");

    /// <summary>Waits for the event: a program may run, and speak, before its runtime has ended and the agent knows.</summary>
    public void WaitForStart(string id)
    {
        using Client client = Connect();
        JsonElement hello = client.Call("hello");
        _ = client.Call("subscribe", new { ids = new[] { id }, since = new { epoch = hello.Text("epoch"), seq = 0 } });
        _ = client.NextEvent("start", id);
    }

    public int PidOf(string id) => Client.Call("state", new { id }).GetProperty("pid").GetInt32();

    public JsonElement WaitFor(string id) => Client.Call("wait", new { id });

    /// <summary>Runs <c>shimd ARGUMENTS</c> against this agent, to its end.</summary>
    public ChildEnd Shimd(params IReadOnlyList<string> arguments) => Child.Run(ShimdRequest(arguments) with { Descriptors = [] });

    /// <summary>As <see cref="Shimd"/>, in values that can be compared.</summary>
    public Said Say(params IReadOnlyList<string> arguments)
    {
        ChildEnd end = Shimd(arguments);
        return new Said(end.Status.Code, end.Output, end.Errors);
    }

    /// <summary>As <see cref="Shimd"/>, to be started by the test, which gives it its descriptors.</summary>
    public SpawnRequest ShimdRequest(params IReadOnlyList<string> arguments) => new()
    {
        Path = Machine.Binary,
        Arguments = ["shimd", .. arguments],
        Environment = [.. Agent.CleanEnvironment, $"SHIMD_ROOT={Agent.Root}", $"SHIMD_SOCKET={Agent.Socket}"],
        Descriptors = [],
    };

    public string ProcessDirectory(string id) => Path.Combine(Agent.Root, "containers", id, "processes", "init");

    /// <summary>The shim of a container that runs.</summary>
    public int ShimOf(string id)
    {
        using var running = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(ProcessDirectory(id), "running.json")));
        return running.RootElement.GetProperty("shimPid").GetInt32();
    }

    /// <summary>Nothing is left of any container of this scene, and the agent has the descriptors that it began with.</summary>
    public void AssertNothingLeft()
    {
        _clients.ForEach(client => client.Dispose());
        _clients.Clear();
        _client = null;
        Poll.Until(() => Directory.EnumerateFileSystemEntries(this["root/containers"]).FirstOrDefault() is null, "root/containers is empty", GoneWithinMs);
        Agent.AssertNoDescriptorLeft();
        AssertGone(Leftovers.Processes.Where(process => !process.Contains(" serve ", StringComparison.Ordinal)), "processes");
        AssertNoFilesLeft();
    }

    public void Dispose()
    {
        try
        {
            bool died = !Agent.IsRunning;
            if (died)
            {
                Agent.Start();
            }

            DeleteAll();
            AssertNothingLeft();
            Assert.False(died, $"the agent was not running at the end:\n{Agent.Log}");
            Assert.Equal(0, Agent.Terminate().Code);
            AssertGone(Leftovers.Processes, "processes");
            Assert.False(File.Exists(Agent.Socket), "the socket is still there");
        }
        catch (Exception)
        {
            Report();
            throw;
        }
        finally
        {
            Abandon();
        }
    }

    /// <summary>Ends all that there is, and looks at nothing.</summary>
    public void Abandon()
    {
        try
        {
            Agent.Dispose();
            Leftovers.Remove();
        }
        finally
        {
            _clients.ForEach(client => client.Dispose());
            _outputs.ForEach(output => output.Dispose());
            _directory.Dispose();
        }
    }

    private void DeleteAll()
    {
        using var client = Client.Connect(Agent.Socket);
        for (JsonElement page = client.Call("list"); page.GetProperty("containers").GetArrayLength() > 0; page = client.Call("list"))
        {
            foreach (JsonElement container in page.GetProperty("containers").EnumerateArray())
            {
                _ = client.Call("delete", new { id = container.Text("id"), force = true });
            }
        }
    }

    private void AssertNoFilesLeft()
    {
        AssertGone(Leftovers.Mounts, "mounts");
        AssertGone(Leftovers.Cgroups, "cgroups");
        AssertGone(Directory.EnumerateFileSystemEntries(this["root/runtime"], "*", SearchOption.AllDirectories).Where(File.Exists), "runtime state");
        if (!LeavesQuarantine)
        {
            AssertGone(Directory.EnumerateFileSystemEntries(this["root/quarantine"]), "files in quarantine");
        }
    }

    private static void AssertGone(IEnumerable<string> things, string what)
        => Poll.Until(() => !things.Any(), () => $"no {what} are left, but there are: {string.Join(", ", things)}", GoneWithinMs);

    private void Report()
    {
        ITestOutputHelper? output = TestContext.Current.TestOutputHelper;
        output?.WriteLine(Agent.Log);
        foreach (string log in Directory.EnumerateFiles(this["root/containers"], "*.log", SearchOption.AllDirectories))
        {
            output?.WriteLine($"{log}:\n{File.ReadAllText(log)}");
        }
    }
}
