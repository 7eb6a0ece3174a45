using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Shimd.Native;
using Shimd.Storage;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Unit.Storage;

public sealed class StateFileTests : IDisposable
{
    private const string RunningText = """{"version":1,"pid":7,"startTicks":9,"bootId":"b","shimPid":6,"at":"2026-11-23T18:53:43.0000000+00:00"}""";
    private static readonly DateTimeOffset s_time = new DateTimeOffset(2026, 11, 23, 18, 53, 43, 699, TimeSpan.Zero).AddTicks(1234);

    private readonly TempDirectory _directory = new();

    private string FilePath => _directory["state.json"];

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Read_WhatWasWritten_IsTheSame()
    {
        RunningRecord written = new() { Pid = 7, StartTicks = long.MaxValue, BootId = "b", ShimPid = 6, At = s_time };
        Assert.True(StateFile.Write(FilePath, written, StateJson.Default.RunningRecord).IsOk);

        StateRead<RunningRecord> read = StateFile.Read(FilePath, StateJson.Default.RunningRecord);

        Equivalent(written, read.Record);
        Assert.Equal(Errno.None, read.Error);
        Assert.Null(read.Problem);
    }

    [Fact]
    public void Read_LostExitThatWasWritten_IsTheSame()
    {
        ExitRecord written = new() { Code = null, At = s_time, Source = ExitSource.Lost, Reason = "nobody knows" };
        Assert.True(StateFile.Write(FilePath, written, StateJson.Default.ExitRecord).IsOk);

        StateRead<ExitRecord> read = StateFile.Read(FilePath, StateJson.Default.ExitRecord);

        Assert.Null(read.Problem);
        Equivalent(written, read.Record);
    }

    [Fact]
    public void Read_Missing_IsMissing()
    {
        StateRead<RunningRecord> read = StateFile.Read(FilePath, StateJson.Default.RunningRecord);

        Assert.True(read.IsMissing);
        Assert.Null(read.Record);
        Assert.Contains(FilePath, read.Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("\0\0\0\0")]
    [InlineData("""{"version":"one"}""")]
    public void Read_NoRecord_SaysWhereAndIsNotMissing(string content)
    {
        _directory.Write("state.json", content);

        StateRead<RunningRecord> read = StateFile.Read(FilePath, StateJson.Default.RunningRecord);

        Assert.Null(read.Record);
        Assert.Equal(Errno.EINVAL, read.Error);
        Assert.False(read.IsMissing);
        Assert.StartsWith(FilePath, read.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_ATornFile_IsRefusedAtEveryLength()
    {
        for (int length = 0; length < RunningText.Length; length++)
        {
            _directory.Write("state.json", RunningText[..length]);

            Assert.Null(StateFile.Read(FilePath, StateJson.Default.RunningRecord).Record);
        }
    }

    [Fact]
    public void Read_NewerVersion_IsRefused()
    {
        _directory.Write("state.json", RunningText.Replace("\"version\":1", "\"version\":2", StringComparison.Ordinal));

        StateRead<RunningRecord> read = StateFile.Read(FilePath, StateJson.Default.RunningRecord);

        Assert.Null(read.Record);
        Assert.Equal(Errno.EINVAL, read.Error);
        Assert.Contains("version 2", read.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_UnknownMembers_AreIgnored()
    {
        _directory.Write("state.json", RunningText.Replace("{", """{"future":{"a":[1,{"b":null}]},""", StringComparison.Ordinal));

        Assert.Equal(7, StateFile.Read(FilePath, StateJson.Default.RunningRecord).Record?.Pid);
    }

    [Theory]
    [InlineData("pid")]
    [InlineData("startTicks")]
    [InlineData("bootId")]
    [InlineData("at")]
    public void Read_MissingMember_IsRefusedByName(string member)
    {
        JsonNode node = JsonNode.Parse(RunningText)!;
        node.AsObject().Remove(member);
        _directory.Write("state.json", node.ToJsonString());

        StateRead<RunningRecord> read = StateFile.Read(FilePath, StateJson.Default.RunningRecord);

        Assert.Null(read.Record);
        Assert.Contains(member, read.Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("id")]
    [InlineData("instance")]
    [InlineData("bundle")]
    [InlineData("runtime")]
    [InlineData("labels")]
    public void Read_NullWhereAValueMustBe_IsRefused(string member)
    {
        JsonNode node = JsonNode.Parse(Sample("container"))!;
        node[member] = null;
        _directory.Write("state.json", node.ToJsonString());

        Assert.Null(StateFile.Read(FilePath, StateJson.Default.ContainerRecord).Record);
    }

    [Fact]
    public void Write_NoDirectory_ENOENT()
    {
        ExitRecord exit = new() { Code = 0, At = s_time, Source = ExitSource.Waited };

        Assert.Equal(Errno.ENOENT, StateFile.Write(_directory["none/exit.json"], exit, StateJson.Default.ExitRecord).Error);
    }

    [Fact]
    public void Frozen_Container_ReadsForEver()
    {
        ContainerRecord record = ReadFrozen("container", StateJson.Default.ContainerRecord);

        Assert.Equal("web-1", record.Id);
        Assert.Equal("01JDK3V4Q8ZJ6W5Y7T9X2B4C6D", record.Instance);
        Assert.Equal("/srv/web", record.Bundle);
        Assert.Equal(("crun", "/usr/bin/crun", "/run/shimd/runtime/crun"), (record.Runtime.Name, record.Runtime.Path, record.Runtime.Root));
        Assert.Equal(["--debug", "--systemd-cgroup"], record.Runtime.Arguments);
        Assert.Equal(ContainerPhase.Running, record.Phase);
        Assert.Equal(new Dictionary<string, string> { ["größe"] = "<a&b>", ["empty"] = "" }, record.Labels);
        Assert.Equal(s_time, record.CreatedAt);
        Assert.Equal(new DateTimeOffset(2026, 11, 23, 18, 53, 44, TimeSpan.Zero), record.StartedAt);
    }

    [Fact]
    public void Frozen_ContainerNotStarted_ReadsForEver()
    {
        ContainerRecord record = ReadFrozen("container-created", StateJson.Default.ContainerRecord);

        Assert.Equal(ContainerPhase.Created, record.Phase);
        Assert.Empty(record.Labels);
        Assert.Null(record.StartedAt);
    }

    [Fact]
    public void Frozen_Process_ReadsForEver()
    {
        ProcessRecord record = ReadFrozen("process", StateJson.Default.ProcessRecord);

        Assert.Equal(("web-1", "01JDK3V4Q8ZJ6W5Y7T9X2B4C6D", "init"), (record.Container, record.Instance, record.Process));
        Assert.Equal(ProcessAction.Create, record.Action);
        Assert.Equal("/srv/web", record.Bundle);
        Assert.Equal("crun", record.Runtime.Name);
        Assert.Equal("echo größe; exit 9007199254740993", record.Spec.GetProperty("args")[2].GetString());
        Assert.Equal(JsonValueKind.Null, record.Spec.GetProperty("apparmorProfile").ValueKind);
        Assert.False(record.Terminal);
        Equivalent(new StreamRecord(StreamKind.Null), record.Stdio.Stdin);
        Equivalent(new StreamRecord(StreamKind.Fifo, "/run/web/stdout"), record.Stdio.Stdout);
        Equivalent(new StreamRecord(StreamKind.File, "/var/log/web.log"), record.Stdio.Stderr);
        Assert.True(record.NoPivot);
        Assert.Equal((100000U, 200000U), (record.RootUid, record.RootGid));
        Assert.True(record.SharesPids);
        Assert.Equal(60_000, record.TimeoutMs);
    }

    [Fact]
    public void Frozen_Exec_ReadsForEver()
    {
        ProcessRecord record = ReadFrozen("process-exec", StateJson.Default.ProcessRecord);

        Assert.Equal("debug", record.Process);
        Assert.Equal(ProcessAction.Exec, record.Action);
        Assert.True(record.Terminal);
        Assert.Equal(StreamKind.Fd, record.Stdio.Stdin.Kind);
    }

    [Fact]
    public void Frozen_Running_ReadsForEver()
        => Equivalent(
            new RunningRecord
            {
                Pid = 4_194_304,
                StartTicks = long.MaxValue,
                BootId = "7a6bd1b4-3c30-4f9d-9f5e-6a3d0a0f3c55",
                ShimPid = 4_194_303,
                At = s_time,
            },
            ReadFrozen("running", StateJson.Default.RunningRecord));

    [Fact]
    public void Frozen_Exit_ReadsForEver()
        => Equivalent(
            new ExitRecord { Code = 137, Signal = 9, CoreDumped = true, OomKilled = true, At = s_time, Source = ExitSource.Waited },
            ReadFrozen("exit", StateJson.Default.ExitRecord));

    [Fact]
    public void Frozen_LostExit_ReadsForEver()
        => Equivalent(
            new ExitRecord
            {
                Code = null,
                At = new DateTimeOffset(2026, 11, 23, 18, 53, 43, TimeSpan.Zero),
                Source = ExitSource.Lost,
                Reason = "the machine was restarted while the process ran",
            },
            ReadFrozen("exit-lost", StateJson.Default.ExitRecord));

    [Fact]
    public void Words_OnDisk_AreKnownForEver()
    {
        Assert.Equal("creating created starting running pausing paused resuming stopped deleting", string.Join(' ', ContainerPhase.All.ToArray()));
        Assert.Equal("create run exec restore", string.Join(' ', ProcessAction.All.ToArray()));
        Assert.Equal("waited reparented pidfd lost", string.Join(' ', ExitSource.All.ToArray()));
        Assert.Equal("null fifo file fd log attach", string.Join(' ', StreamKind.All.ToArray()));
    }

    private static void Equivalent<T>(T expected, T? actual)
        where T : class
        => Assert.Equivalent(expected, actual, strict: true);

    private static string Sample(string name)
        => File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Fixtures", "state-v1", $"{name}.json"));

    /// <summary>Reads what version 1 wrote; all that it wrote is still known by the same name, and is written back as it was.</summary>
    private T ReadFrozen<T>(string name, JsonTypeInfo<T> type)
        where T : class, IStateRecord
    {
        _directory.Write("state.json", Sample(name));
        T? record = StateFile.Read(FilePath, type).Record;
        Assert.NotNull(record);
        StateFile.Write(FilePath, record, type).OrThrow("write");
        JsonObject before = JsonNode.Parse(Sample(name))!.AsObject();
        JsonObject after = JsonNode.Parse(File.ReadAllText(FilePath))!.AsObject();
        Assert.All(before, member => Assert.True(JsonNode.DeepEquals(member.Value, after[member.Key]), $"{member.Key}: {after[member.Key]}"));
        return record;
    }
}
