using System.Buffers;
using System.Text.Json;
using Shimd.Native;
using Shimd.Oci;
using Shimd.Storage;

namespace Shimd.Shim;

/// <summary>
/// The three state files that a shim has to do with, read and written by hand. They are those of <see cref="StateJson"/>, member by
/// member: a shim keeps all that it has once touched, and there is one for each process.
/// </summary>
internal static class ShimState
{
    /// <summary>Reads process.json.</summary>
    /// <exception cref="ShimFailedException">It cannot be read, or is not what it should be.</exception>
    public static ProcessRecord ReadProcess(string path)
    {
        SysResult<byte[]> content = NativeFile.ReadAll(path);
        if (!content.IsOk)
        {
            throw new ShimFailedException($"cannot read {path}", content.Error);
        }

        try
        {
            ProcessRecord record = ParseProcess(content.Value);
            return (record.Version > IStateRecord.CurrentVersion ? $"version {record.Version} was written by a newer shimd" : record.Problem()) is { } problem
                ? throw new ShimFailedException($"{path}: {problem}")
                : record;
        }
        catch (JsonException exception)
        {
            throw new ShimFailedException($"{path}: {exception.Message}");
        }
    }

    /// <exception cref="JsonException">A member is missing, or is not what it should be.</exception>
    internal static ProcessRecord ParseProcess(ReadOnlySpan<byte> json)
    {
        MessageReader from = MessageReader.Of(json);
        return new ProcessRecord
        {
            Version = from.IntOrNone("version") ?? IStateRecord.CurrentVersion,
            Container = from.Text("container"),
            Instance = from.Text("instance"),
            Process = from.Text("process"),
            Action = from.Text("action"),
            Bundle = from.Text("bundle"),
            Runtime = RuntimeOf(from.Member("runtime")),
            Terminal = from.FlagOrFalse("terminal"),
            Stdio = StdioOf(from.MemberOrNone("stdio")),
            Log = LogOf(from.MemberOrNone("log")),
            NoPivot = from.FlagOrFalse("noPivot"),
            RestoreFrom = from.TextOrNone("restoreFrom"),
            RestoreOptions = OptionsOf(from.MemberOrNone("restoreOptions")),
            RootUid = from.UnsignedOrZero("rootUid"),
            RootGid = from.UnsignedOrZero("rootGid"),
            SharesPids = from.FlagOrFalse("sharesPids"),
            OomKillsBefore = from.LongOrZero("oomKillsBefore"),
            OomFile = from.TextOrNone("oomFile"),
            BootId = from.TextOrNone("bootId"),
            TimeoutMs = from.Int("timeoutMs"),
        };
    }

    /// <summary>running.json.</summary>
    public static byte[] Of(RunningRecord record) => Write(json =>
    {
        json.WriteNumber("version", IStateRecord.CurrentVersion);
        json.WriteNumber("pid", record.Pid);
        json.WriteNumber("startTicks", record.StartTicks);
        json.WriteString("bootId", record.BootId);
        json.WriteNumber("shimPid", record.ShimPid);
        json.WriteString("at", record.AtText);
    });

    /// <summary>exit.json of a process that was waited for: how it ended is known.</summary>
    public static byte[] Of(ExitRecord record) => Write(json =>
    {
        json.WriteNumber("version", IStateRecord.CurrentVersion);
        json.WriteNumber("code", record.Code ?? 0);
        json.NumberIfAny("signal", record.Signal);
        json.WriteBoolean("coreDumped", record.CoreDumped);
        json.WriteBoolean("oomKilled", record.OomKilled);
        json.WriteString("at", record.AtText);
        json.WriteString("source", record.Source);
    });

    private static RuntimeRecord RuntimeOf(MessageReader from) => new()
    {
        Name = from.Text("name"),
        Path = from.Text("path"),
        Root = from.Text("root"),
        Arguments = from.TextsOrEmpty("arguments"),
    };

    private static StdioRecord StdioOf(MessageReader? from) => from is not { } stdio ? new StdioRecord() : new StdioRecord
    {
        Stdin = StreamOf(stdio.MemberOrNone("stdin")),
        Stdout = StreamOf(stdio.MemberOrNone("stdout")),
        Stderr = StreamOf(stdio.MemberOrNone("stderr")),
        HasClient = stdio.FlagOrFalse("hasClient"),
    };

    private static StreamRecord StreamOf(MessageReader? from)
        => from is not { } stream ? StreamRecord.Null : new StreamRecord { Kind = stream.Text("kind"), Path = stream.TextOrNone("path") };

    private static LogSettings? LogOf(MessageReader? from) => from is not { } log ? null : new LogSettings
    {
        Path = log.Text("path"),
        Format = log.Text("format"),
        MaxSizeOrZero = log.LongOrZero("maxSize"),
        MaxFilesNumber = log.Int("maxFiles"),
        OnFull = log.Text("onFull"),
    };

    private static CheckpointOptions? OptionsOf(MessageReader? from) => from is not { } options ? null : new CheckpointOptions
    {
        TcpEstablished = options.FlagOrFalse("tcpEstablished"),
        ShellJob = options.FlagOrFalse("shellJob"),
        ExtUnixSk = options.FlagOrFalse("extUnixSk"),
        EmptyNs = options.TextsOrEmpty("emptyNs"),
    };

    private static byte[] Write(Action<Utf8JsonWriter> members)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using Utf8JsonWriter json = new(buffer, new JsonWriterOptions { SkipValidation = true, Encoder = MinimalEncoder.Instance });
        json.WriteStartObject();
        members(json);
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }
}
