using Shimd.Oci;
using Shimd.Protocol;
using Shimd.Storage;

namespace Shimd.Supervisor;

/// <summary>Whoever asked for a log: where its lines go, and how fast.</summary>
/// <param name="send">An event of the request.</param>
/// <param name="whenRoom">Ends when little enough is unsent.</param>
/// <param name="cancellation">Nobody wants it any more.</param>
internal sealed class LogTarget(Action<EventMessage> send, Func<Task> whenRoom, CancellationToken cancellation)
{
    public Action<EventMessage> Send { get; } = send;

    public Func<Task> WhenRoom { get; } = whenRoom;

    public CancellationToken Cancellation { get; } = cancellation;
}

/// <summary>Reads the logs of processes, living or not, straight from their files; a piece a turn, and never faster than the client.</summary>
internal sealed class Logs(Agency agency)
{
    private const int LinesPerTurn = 256;

    /// <summary>What a shim may write after its process's exit is the last words of others; it is not waited for longer.</summary>
    private static readonly TimeSpan s_afterExit = TimeSpan.FromSeconds(10);

    /// <summary>A shim that does not answer in that time is hung.</summary>
    private static readonly TimeSpan s_reopenDeadline = TimeSpan.FromSeconds(10);

    /// <summary>logs: events, then the result.</summary>
    /// <exception cref="ShimdException">NOT_SUPPORTED: it has no log; INVALID_PARAMS: no such cursor.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public async Task<LogsResult> ReadAsync(LogsParams request, LogTarget target)
    {
        Container container = agency.Find(request.Id, request.Instance);
        SupervisedProcess process = container.Find(request.Process ?? Identifier.Init);
        LogSettings settings = SettingsOf(process);
        var set = new LogSet(Path.Combine(process.Directory.Path, settings.Path), settings.MaxSize != LogSettings.NoLimit);
        var streams = new LogStreams(request.Streams);
        string? since = request.Since is { } text && Rfc3339.TryParse(text, out DateTimeOffset time) ? Rfc3339.Format(time, digits: 9) : null;
        var sending = new LogSending(process.Record, streams, since, target.Send);
        using LogWatch? watch = request.Follow ? new LogWatch(agency.Loop) : null;
        using var reader = new LogReader(set, settings.Json) { OnOpen = watch is null ? null : watch.Use };
        await SeekAsync(request, set, settings.Json, streams, reader, sending);
        LogCursor? end = request.Follow ? null : set.End();
        while (await SendTurnAsync(reader, sending, end, target) || (watch is not null && await WaitAsync(process, reader, sending, watch, target)))
        {
        }

        sending.Flush();
        return new LogsResult { Cursor = (sending.Cursor ?? reader.Position)?.Text, Lines = sending.Count };
    }

    /// <summary>Has the shim open the log by its name once more, and waits until it has.</summary>
    /// <exception cref="ShimdException">NOT_SUPPORTED, BAD_STATE, TIMEOUT, or why it cannot be opened: the old file is then still written to.</exception>
    public async Task ReopenAsync(SupervisedProcess process)
    {
        _ = SettingsOf(process);
        ShimReport? report = await ShimControl.AskAsync(agency.Loop, process, new ControlMessage(ControlVerb.ReopenLogs), s_reopenDeadline);
        if (report is null)
        {
            throw ShimdException.Timeout("reopenLogs", (long)s_reopenDeadline.TotalMilliseconds);
        }

        if (report.Problem is { } problem)
        {
            throw Failure.OfNamed(problem.Message, problem.Errno);
        }
    }

    private static LogSettings SettingsOf(SupervisedProcess process) => process.Record.Log
        ?? throw ShimdException.NotSupported(
            $"process {process.Name} of container {process.Record.Container} has no log: its stdio leads elsewhere");

    private static async Task SeekAsync(
        LogsParams request, LogSet set, bool json, LogStreams streams, LogReader reader, LogSending sending)
    {
        if (request.From is { } text)
        {
            LogCursor cursor = LogCursor.Parse(text) ?? throw ShimdException.InvalidParams("from", "must be the cursor of a line, or of a result");
            if (set.Find(cursor) is { } file)
            {
                reader.Seek(file, cursor.Offset);
            }
            else
            {
                sending.SendGap("rotated", null);
            }
        }
        else if (request.Tail is { } lines)
        {
            using var tail = new LogTail(set, json, lines, streams);
            while (tail.Step())
            {
                await Task.Yield();
            }

            (OpenLogFile? file, long offset) = tail.Take();
            if (file is not null)
            {
                reader.Seek(file, offset);
            }
        }
    }

    /// <summary>Sends what has been read, and reads on.</summary>
    /// <returns>False when there is no more now, or the end has come.</returns>
    private static async Task<bool> SendTurnAsync(LogReader reader, LogSending sending, LogCursor? end, LogTarget target)
    {
        await target.WhenRoom();
        target.Cancellation.ThrowIfCancellationRequested();
        for (int i = 0; i < LinesPerTurn; i++)
        {
            if (end is { } last && reader.IsAt(last))
            {
                return false;
            }

            if (!reader.TryNext(out LogEntry entry))
            {
                bool more = reader.Fill();
                TellGap(reader, sending);
                await Task.Yield();
                return more;
            }

            sending.Take(entry, reader.Position!.Value);
        }

        return true;
    }

    private static void TellGap(LogReader reader, LogSending sending)
    {
        if (reader.HasGap || reader.LostBytes > 0)
        {
            sending.SendGap(reader.HasGap ? "rotated" : "unreadable", reader.HasGap ? null : reader.LostBytes);
            reader.ForgetGap();
        }
    }

    /// <returns>False when nothing more will be written.</returns>
    private static async Task<bool> WaitAsync(SupervisedProcess process, LogReader reader, LogSending sending, LogWatch watch, LogTarget target)
    {
        sending.Flush();
        bool isOver = process.IsForgotten || (process.Exit is { } exit
            && (ShimEnd.HasEnded(process.Directory) || DateTimeOffset.UtcNow - exit.At > s_afterExit));
        if (!isOver)
        {
            await watch.WaitAsync(reader.IsAtCurrent, process, target.Cancellation);
            target.Cancellation.ThrowIfCancellationRequested();
            return true;
        }

        // It has ended between our last look and now: one look more.
        return reader.Fill();
    }
}
