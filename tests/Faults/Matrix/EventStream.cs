using System.Text.Json;
using Shimd.Tests.Fixtures;

namespace Shimd.Tests.Faults.Matrix;

/// <summary>
/// What the events say of each container instance, read as a story: it is told whether each event may come where it came, and where
/// the story leaves the container.
/// </summary>
internal sealed class EventStream
{
    private readonly Dictionary<string, Story> _stories = [];
    private readonly List<string> _problems = [];
    private long? _lastSeq;

    /// <summary>What is wrong with the events so far.</summary>
    public IReadOnlyList<string> Problems => _problems;

    public IReadOnlyCollection<Story> Stories => _stories.Values;

    /// <summary>All that the agent's journal holds, by a connection of its own.</summary>
    public static EventStream ReadAll(Scene scene)
    {
        var stream = new EventStream();
        using Client client = Client.Connect(scene.Agent.Socket);
        string epoch = client.Call("hello").Text("epoch");
        long last = client.Call("subscribe").GetProperty("seq").GetInt64();
        _ = client.Call("subscribe", new { since = new { epoch, seq = 0 } });
        while ((stream._lastSeq ?? 0) < last)
        {
            stream.Add(client.NextEvent());
        }

        return stream;
    }

    /// <summary>The story of an instance, or null.</summary>
    public Story? Find(string instance) => _stories.GetValueOrDefault(instance);

    /// <summary>The types of the container's events, in order.</summary>
    public IReadOnlyList<string> TypesOf(string id) => [.. _stories.Values.Where(story => story.Id == id).SelectMany(story => story.Types)];

    public void Add(JsonElement message)
    {
        long seq = message.GetProperty("seq").GetInt64();
        if (_lastSeq is { } last && seq != last + 1)
        {
            _problems.Add($"after event {last} comes {seq}");
        }

        _lastSeq = seq;
        if (!message.TryGetProperty("instance", out JsonElement instance))
        {
            return;
        }

        string name = instance.GetString()!;
        if (!_stories.TryGetValue(name, out Story? story))
        {
            _stories.Add(name, story = new Story(message.Text("id"), name));
        }

        if (story.Tell(message) is { } problem)
        {
            _problems.Add($"{story.Id}: {string.Join(' ', story.Types)}: {problem}");
        }
    }
}

/// <summary>The events of one container instance.</summary>
internal sealed class Story(string id, string instance)
{
    public const string Unborn = "unborn";
    public const string Deleted = "deleted";

    private readonly Dictionary<string, string> _execs = [];
    private readonly HashSet<string> _lost = [];

    public string Id { get; } = id;

    public string Instance { get; } = instance;

    /// <summary>The status after the last event: an OCI word, <see cref="Unborn"/> or <see cref="Deleted"/>.</summary>
    public string Status { get; private set; } = Unborn;

    public List<string> Types { get; } = [];

    /// <summary>How its init ended.</summary>
    public JsonElement? Exit { get; private set; }

    /// <summary>The execs by name, each <c>added</c>, <c>running</c> or <c>stopped</c>.</summary>
    public IReadOnlyDictionary<string, string> Execs => _execs;

    /// <summary>Takes an event in; a text when it may not come here.</summary>
    public string? Tell(JsonElement message)
    {
        string type = message.Text("type");
        string? process = message.TryGetProperty("process", out JsonElement named) ? named.GetString() : null;
        Types.Add(process is null or "init" ? type : $"{type}({process})");
        if (Status == Deleted)
        {
            return "it had been deleted";
        }

        if (type == "shim-lost")
        {
            return _lost.Add(process!) && !HasEnded(process!) ? null : $"the shim of {process} cannot be lost again";
        }

        return process is null or "init" ? TellOfContainer(type, message) : TellOfExec(type, process);
    }

    private bool HasEnded(string process) => process == "init" ? Status == "stopped" : _execs.GetValueOrDefault(process) == "stopped";

    private string? TellOfContainer(string type, JsonElement message)
    {
        if (type is "oom" or "updated" or "checkpointed")
        {
            return Status is "created" or "running" or "paused" ? null : $"{type} of a container that is {Status}";
        }

        string? next = (Status, type) switch
        {
            (Unborn, "create") => "created",
            ("created", "start") => "running",
            ("running", "paused") => "paused",
            ("paused", "resumed") => "running",
            ("created" or "running" or "paused", "exit") => "stopped",
            ("stopped", "delete") => Deleted,
            _ => null,
        };
        if (next is null)
        {
            return $"{type} of a container that is {Status}";
        }

        Status = next;
        if (type == "exit")
        {
            Exit = message.GetProperty("exit");
            return _execs.ContainsValue("running") ? "init has ended before an exec" : null;
        }

        return null;
    }

    private string? TellOfExec(string type, string process)
    {
        if (Status is not ("running" or "paused"))
        {
            return $"{type} of {process} in a container that is {Status}";
        }

        string before = _execs.GetValueOrDefault(process, "");
        string? next = (before, type) switch
        {
            // A name is free again once its process has been deleted, or never came to be.
            (not "running", "exec-added") => "added",
            ("added", "exec-started") => "running",
            ("running", "exit") => "stopped",
            _ => null,
        };
        if (next is null)
        {
            return $"{type} of {process}, which is '{before}'";
        }

        _execs[process] = next;
        if (type == "exec-added")
        {
            _ = _lost.Remove(process);
        }

        return null;
    }
}
