using System.Text.Json;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Faults.Matrix;

/// <summary>
/// Compares what the agent says with what is: its list with its events, and both with the kernel and the OCI runtime.
/// </summary>
internal static class Truth
{
    private const int ToldWithinMs = 10_000;

    /// <summary>Waits until all that the agent says is so; fails with what is not.</summary>
    public static void AssertTold(Scene scene, string runtime) => AssertTold(scene, runtime, () => EventStream.ReadAll(scene), ToldWithinMs);

    /// <summary>The same where the journal has not kept all events, and somebody else has.</summary>
    public static void AssertTold(Scene scene, string runtime, Func<EventStream> events, int withinMs)
    {
        string? problem = null;
        Poll.Until(() => (problem = ProblemIn(scene, runtime, events)) is null, () => $"what the agent says is so; {problem}", withinMs);
    }

    /// <summary>What the agent says of the process's end: how it came, and how it is known.</summary>
    public static (string Signal, string Source) ExitOf(Scene scene, string id, string process = "init")
    {
        JsonElement exit = scene.Client.Call("wait", new { id, process, timeoutMs = ToldWithinMs });
        Assert.Equal(exit.IsNull("code"), exit.Text("source") == "lost");
        Assert.True(exit.Text("source") != "lost" || exit.Text("reason").Length > 0);
        return (exit.IsNull("signal") ? "" : exit.Text("signal"), exit.Text("source"));
    }

    /// <summary>The first thing that the agent says, and that is not so; null when there is none.</summary>
    private static string? ProblemIn(Scene scene, string runtime, Func<EventStream> events)
    {
        try
        {
            return Problems(scene, runtime, events).FirstOrDefault(problem => problem is not null);
        }
        catch (InvalidOperationException refused)
        {
            // Gone since it was listed.
            return refused.Message;
        }
    }

    private static IEnumerable<string?> Problems(Scene scene, string runtime, Func<EventStream> read)
    {
        JsonElement[] containers = [.. scene.Client.Call("list", new { limit = 1000 }).GetProperty("containers").EnumerateArray()];
        EventStream events = read();
        return
        [
            .. events.Problems,
            .. containers.Select(container => ProblemWith(container, events.Find(container.Text("instance")))),
            .. events.Stories
                .Where(story => story.Status != Story.Deleted && !containers.Any(container => container.Text("instance") == story.Instance))
                .Select(story => $"{story.Id} is {story.Status} by its events, and not in the list: {string.Join(' ', story.Types)}"),
            .. containers.Select(container => ProblemWithProcesses(scene, container, events.Find(container.Text("instance")))),
            .. containers.Select(container => ProblemWithReality(scene, container, runtime)),
        ];
    }

    private static string? ProblemWith(JsonElement container, Story? story)
    {
        (string id, string status) = (container.Text("id"), container.Text("status"));
        if (story?.Status != status)
        {
            return $"{id} is {status}, and {story?.Status ?? "nothing"} by its events";
        }

        if ((status == "stopped") != container.IsNull("pid") || (status == "stopped") == container.IsNull("exit"))
        {
            return $"{id} is {status}: {container}";
        }

        return status == "stopped" && container.GetProperty("exit").ToString() != story.Exit!.Value.ToString()
            ? $"{id} ended with {container.GetProperty("exit")}, and by its event with {story.Exit}"
            : null;
    }

    /// <summary>The processes are those of the events; those of the living are in the container's cgroup, and no others but their children.</summary>
    private static string? ProblemWithProcesses(Scene scene, JsonElement container, Story? story)
    {
        string id = container.Text("id");
        JsonElement[] processes = [.. scene.Client.Call("processes", new { id }).GetProperty("processes").EnumerateArray()];
        foreach (JsonElement process in processes.Where(process => process.Text("process") != "init"))
        {
            (string name, string status) = (process.Text("process"), process.Text("status"));
            if (story?.Execs.GetValueOrDefault(name) != status)
            {
                return $"{id}: {name} is {status}, and {story?.Execs.GetValueOrDefault(name)} by its events";
            }
        }

        string[] unlisted = [.. (story?.Execs ?? new Dictionary<string, string>())
            .Where(exec => exec.Value == "running" && !processes.Any(process => process.Text("process") == exec.Key))
            .Select(exec => exec.Key)];
        int[] living = [.. processes.Where(process => !process.IsNull("pid")).Select(process => process.Number("pid")).Order()];
        int[] there = [.. scene.Client.Call("pids", new { id }).GetProperty("pids").EnumerateArray().Select(pid => pid.GetInt32())
            .Where(pid => !living.Contains(ProcFs.ParentOf(pid))).Order()];
        return unlisted.Length > 0 ? $"{id}: {unlisted[0]} runs by its events, and is not known"
            : !living.SequenceEqual(there) ? $"{id}: its processes are {string.Join(' ', living)}, and in its cgroup are {string.Join(' ', there)}"
            : null;
    }

    private static string? ProblemWithReality(Scene scene, JsonElement container, string runtime)
    {
        (string id, string status) = (container.Text("id"), container.Text("status"));
        string root = Path.Combine(scene.Agent.Root, "runtime", runtime);
        if (status == "stopped")
        {
            return Directory.Exists(Path.Combine(root, id)) ? $"{id} has stopped, and {runtime} still knows of it" : null;
        }

        if (container.IsNull("pid"))
        {
            return $"{id} is {status} and has no pid";
        }

        if (!ProcFs.IsAlive(container.Number("pid")))
        {
            return $"{id} is {status}, and its process {container.Number("pid")} has ended";
        }

        if (Stage.ShimsOf(id, "init").Count != 1)
        {
            return $"{id} is {status}, and has {Stage.ShimsOf(id, "init").Count} shims";
        }

        ChildEnd state = Child.Run(Machine.PathOf(runtime)!, "--root", root, "state", id);
        string real = state.Status.Code == 0 ? JsonElement.Parse(state.Output).Text("status") : state.Errors;
        return real == status ? null : $"{id} is {status}, and {real} for {runtime}";
    }
}
