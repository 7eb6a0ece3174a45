using System.Text;
using System.Text.Json;
using Shimd.Native;
using Shimd.Protocol;
using Shimd.Storage;

namespace Shimd.Supervisor;

/// <summary>
/// What explain tells: the requests from the container's history.log, what happened by itself from the event journal, and
/// the runtime's calls from the shims' logs, in the order of time.
/// </summary>
internal sealed class Timeline(Agency agency)
{
    private const int MaxHistoryBytes = 64 * 1024;
    private const int MaxSteps = 200;

    /// <summary>Of a step's words: a runtime's may be long, and one step must not take the place of all.</summary>
    private const int MaxWordsBytes = 2_048;

    /// <summary>What a request does is told by the request itself; these came by themselves.</summary>
    private static readonly HashSet<string> s_own =
        [EventTypes.Exit, EventTypes.Oom, EventTypes.ShimLost, EventTypes.ExecStarted, EventTypes.Create, EventTypes.Start];

    public void Note(string id, HistoryRecord record)
    {
        if (!agency.Containers.TryGet(id, out Container? container))
        {
            return;
        }

        string path = container.Directory.History;
        record.Process = NameOrNone(record.Process);
        record.ErrorMessage = Shortened(record.ErrorMessage);
        byte[] line = [.. JsonSerializer.SerializeToUtf8Bytes(record, StateJson.Default.HistoryRecord), (byte)'\n'];
        if (NativeFile.Status(path)?.SizeBytes > MaxHistoryBytes)
        {
            _ = NativeFile.Rename(path, path + ".1");
        }

        // A full disk costs a line of history, nothing else.
        SysResult<Fd> opened = NativeFile.OpenAppend(path);
        using Fd? file = opened.Value;
        _ = file?.Write(line);
    }

    public ExplainResult Explain(ContainerParams request)
    {
        Container container = agency.Find(request.Id, request.Instance);
        List<ExplainStep> steps = [];
        AddRequests(steps, container.Directory.History + ".1");
        AddRequests(steps, container.Directory.History);
        foreach (EventMessage message in agency.Events.ReadAll())
        {
            if (message.Instance == container.Record.Instance && s_own.Contains(message.Type))
            {
                Add(steps, Of(message));
            }
        }

        foreach (SupervisedProcess process in container.Processes.Values)
        {
            AddShim(steps, process);
        }

        // The last ones that fit a line.
        steps.Reverse();
        Page<ExplainStep> last = Page.Take(steps, MaxSteps);
        last.Items.Reverse();
        return new ExplainResult
        {
            Id = container.Id,
            Instance = container.Record.Instance,
            Status = container.Status,
            Steps = last.Items,
            Truncated = last.HasMore,
        };
    }

    /// <summary>In the order of time; steps of one instant stay in the order in which their source has them. Each source is in order, nearly.</summary>
    private static void Add(List<ExplainStep> steps, ExplainStep step)
    {
        int at = steps.Count;
        while (at > 0 && steps[at - 1].Time > step.Time)
        {
            at--;
        }

        steps.Insert(at, step with { Detail = Shortened(step.Detail) });
    }

    private static string? Shortened(string? words) => words is null ? null : WireText.Truncate(words, MaxWordsBytes);

    private static string[] Lines(string path)
    {
        SysResult<byte[]> read = NativeFile.ReadAll(path);
        return read.IsOk ? Encoding.UTF8.GetString(read.Value!).Split('\n', StringSplitOptions.RemoveEmptyEntries) : [];
    }

    private static void AddRequests(List<ExplainStep> steps, string path)
    {
        foreach (string line in Lines(path))
        {
            if (ParseRequest(line) is { } step)
            {
                Add(steps, step);
            }
        }
    }

    /// <summary>A request may have been refused for what it gave as a process's name, which is anything then.</summary>
    private static string? NameOrNone(string? process) => Identifier.IsValid(process) ? process : null;

    private static ExplainStep? ParseRequest(string line)
    {
        HistoryRecord? record;
        try
        {
            record = JsonSerializer.Deserialize(line, StateJson.Default.HistoryRecord);
        }
        catch (JsonException)
        {
            // The last line of one who was killed while writing.
            return null;
        }

        return record is null ? null : new ExplainStep
        {
            Time = record.Time,
            Step = record.Method,
            Process = NameOrNone(record.Process),
            By = new ExplainActor { Pid = record.Pid, Uid = record.Uid },
            TookUsec = record.TookUsec,
            Error = record.ErrorCode is { } code
                ? new ExplainError { Code = code, Name = record.ErrorName ?? "", Message = Shortened(record.ErrorMessage) ?? "" }
                : null,
        };
    }

    private static ExplainStep Of(EventMessage message) => new()
    {
        Time = message.Time!.Value,
        Step = $"event {message.Type}",
        Process = message.Process,
        Detail = message.Exit is { } exit
            ? exit.Code is { } code ? $"code {code}, {exit.Source}" : $"{exit.Source}: {exit.Reason}"
            : message.Pid is { } pid ? $"pid {pid}" : null,
    };

    private static void AddShim(List<ExplainStep> steps, SupervisedProcess process)
    {
        foreach (string line in Lines(process.Directory.ShimLog))
        {
            if (ParseShimLine(line) is { } step)
            {
                Add(steps, step with { Process = process.Name });
            }
        }
    }

    private static ExplainStep? ParseShimLine(string line)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line);
            JsonElement root = document.RootElement;
            string? detail = root.TryGetProperty("detail", out JsonElement text) ? text.GetString() : null;
            return new ExplainStep
            {
                Time = root.GetProperty("time").GetDateTimeOffset(),
                Step = $"shim {root.GetProperty("step").GetString()}",
                TookUsec = root.TryGetProperty("ms", out JsonElement took) ? (long)(took.GetDouble() * 1000) : null,
                Detail = root.GetProperty("level").GetString() == "error" ? $"failed: {detail}" : detail,
            };
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or FormatException or InvalidOperationException)
        {
            // Not a line of the shim's own, such as a crash's last words.
            return null;
        }
    }
}
