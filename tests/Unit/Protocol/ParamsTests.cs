using System.Text;
using Shimd.Protocol;
using Xunit;

namespace Shimd.Tests.Unit.Protocol;

public sealed class ParamsTests
{
    [Fact]
    public void Read_CreateFull_EveryMember()
    {
        CreateParams create = Read<CreateParams>("""
            {"id":"web","instance":"01A","bundle":"/srv/web","runtime":"crun","runtimeArgs":["--debug"],
             "stdio":{"stdin":null,"stdout":{"fifo":"/run/o"},"stderr":{"fd":1}},
             "log":{"format":"cri","path":"/l","maxSize":1048576,"maxFiles":3,"onFull":"drop"},
             "noPivot":true,"labels":{"app":"web","tier":""},"restoreFrom":"/ck","timeoutMs":86400000}
            """);
        Assert.Equal(("web", "01A", "/srv/web", "crun"), (create.Id, create.Instance, create.Bundle, create.Runtime));
        Assert.Equal(["--debug"], create.RuntimeArgs!);
        Assert.Equal(new StdioSpec(StdioKind.Null), create.Stdio!.Stdin);
        Assert.Equal(new StdioSpec(StdioKind.Fifo, "/run/o"), create.Stdio.Stdout);
        Assert.Equal(new StdioSpec(StdioKind.Fd, Fd: 1), create.Stdio.Stderr);
        Assert.Equal(new LogParams { Format = "cri", Path = "/l", MaxSize = 1_048_576, MaxFiles = 3, OnFull = "drop" }, create.Log);
        Assert.True(create.NoPivot);
        Assert.Equal("web", create.Labels!["app"]);
        Assert.Equal("/ck", create.RestoreFrom);
        Assert.Equal(86_400_000, create.TimeoutMs);
    }

    [Fact]
    public void Read_CreateMinimal_RestAbsent()
    {
        CreateParams create = Read<CreateParams>("""{"id":"web","bundle":"/b","runtime":null,"stdio":{}}""");
        Assert.Null(create.Runtime);
        Assert.Null(create.Stdio!.Stdout);
        Assert.Null(create.NoPivot);
        Assert.Null(create.TimeoutMs);
    }

    [Theory]
    [InlineData("null", 0)]
    [InlineData("\"null\"", 0)]
    [InlineData("\"log\"", 1)]
    [InlineData("\"attach\"", 2)]
    [InlineData("{\"fifo\":\"/f\"}", 3)]
    [InlineData("{\"file\":\"/f\"}", 4)]
    [InlineData("{\"fd\":7}", 5)]
    public void Read_Stdio_EveryKind(string json, int kind) =>
        Assert.Equal((StdioKind)kind, ReadCreate($$$"""{"id":"a","bundle":"/b","stdio":{"stdout":{{{json}}}}}""").Stdio!.Stdout!.Kind);

    [Theory]
    [InlineData("""{}""", "id", "required")]
    [InlineData("""{"id":"a"}""", "bundle", "required")]
    [InlineData("""{"id":null,"bundle":"/b"}""", "id", "null")]
    [InlineData("""{"id":5,"bundle":"/b"}""", "id", "string")]
    [InlineData("""{"id":"-a","bundle":"/b"}""", "id", "begin with")]
    [InlineData("""{"id":"../x","bundle":"/b"}""", "id", "begin with")]
    [InlineData("""{"id":"a","bundle":"b"}""", "bundle", "absolute")]
    [InlineData("""{"id":"a","bundle":""}""", "bundle", "absolute")]
    [InlineData("""{"id":"a","bundle":"/b\u0000"}""", "bundle", "NUL")]
    [InlineData("""{"id":"a","bundle":"/b","Runtime":"x"}""", "Runtime", "known are: id, instance, bundle")]
    [InlineData("""{"id":"a","bundle":"/b","runtime":""}""", "runtime", "empty")]
    [InlineData("""{"id":"a","bundle":"/b","runtimeArgs":"x"}""", "runtimeArgs", "array")]
    [InlineData("""{"id":"a","bundle":"/b","runtimeArgs":["x",1]}""", "runtimeArgs[1]", "must be a string")]
    [InlineData("""{"id":"a","bundle":"/b","runtimeArgs":["x",null]}""", "runtimeArgs[1]", "string")]
    [InlineData("""{"id":"a","bundle":"/b","timeoutMs":"5"}""", "timeoutMs", "integer")]
    [InlineData("""{"id":"a","bundle":"/b","timeoutMs":1.5}""", "timeoutMs", "fraction")]
    [InlineData("""{"id":"a","bundle":"/b","timeoutMs":5e9}""", "timeoutMs", "fraction")]
    [InlineData("""{"id":"a","bundle":"/b","timeoutMs":5000000000}""", "timeoutMs", "range")]
    [InlineData("""{"id":"a","bundle":"/b","timeoutMs":-1}""", "timeoutMs", "from 0 to 86400000")]
    [InlineData("""{"id":"a","bundle":"/b","timeoutMs":86400001}""", "timeoutMs", "from 0 to 86400000")]
    [InlineData("""{"id":"a","bundle":"/b","noPivot":"yes"}""", "noPivot", "true or false")]
    [InlineData("""{"id":"a","bundle":"/b","noPivot":1}""", "noPivot", "true or false")]
    [InlineData("""{"id":"a","bundle":"/b","labels":[]}""", "labels", "object")]
    [InlineData("""{"id":"a","bundle":"/b","labels":{"a.b":1}}""", "labels.a.b", "must be a string")]
    [InlineData("""{"id":"a","bundle":"/b","labels":{"a":null}}""", "labels.a", "string")]
    [InlineData("""{"id":"a","bundle":"/b","labels":{"":"x"}}""", "labels", "keys")]
    [InlineData("""{"id":"a","bundle":"/b","labels":{"a=b":"x"}}""", "labels", "keys")]
    [InlineData("""{"id":"a","bundle":"/b","stdio":"log"}""", "stdio", "object")]
    [InlineData("""{"id":"a","bundle":"/b","stdio":{"stdio":"log"}}""", "stdio.stdio", "known are: stdin, stdout, stderr")]
    [InlineData("""{"id":"a","bundle":"/b","stdio":{"stdin":"log"}}""", "stdio.stdin", "only output")]
    [InlineData("""{"id":"a","bundle":"/b","stdio":{"stdout":"Log"}}""", "stdio.stdout", "attach")]
    [InlineData("""{"id":"a","bundle":"/b","stdio":{"stdout":7}}""", "stdio.stdout", "attach")]
    [InlineData("""{"id":"a","bundle":"/b","stdio":{"stdout":{}}}""", "stdio.stdout", "one of fifo")]
    [InlineData("""{"id":"a","bundle":"/b","stdio":{"stdout":{"fifo":"/a","fd":1}}}""", "stdio.stdout", "one of fifo")]
    [InlineData("""{"id":"a","bundle":"/b","stdio":{"stdout":{"fifo":5}}}""", "stdio.stdout.fifo", "string")]
    [InlineData("""{"id":"a","bundle":"/b","stdio":{"stdout":{"fifo":"rel"}}}""", "stdio.stdout.fifo", "absolute")]
    [InlineData("""{"id":"a","bundle":"/b","stdio":{"stdout":{"file":null}}}""", "stdio.stdout.file", "string")]
    [InlineData("""{"id":"a","bundle":"/b","stdio":{"stdout":{"fd":8}}}""", "stdio.stdout.fd", "from 0 to 7")]
    [InlineData("""{"id":"a","bundle":"/b","stdio":{"stdout":{"fd":"0"}}}""", "stdio.stdout.fd", "integer")]
    [InlineData("""{"id":"a","bundle":"/b","stdio":{"stdout":{"pipe":"/a"}}}""", "stdio.stdout.pipe", "fifo, file, fd")]
    [InlineData("""{"id":"a","bundle":"/b","log":{"format":"xml"}}""", "log.format", "json-file, cri")]
    [InlineData("""{"id":"a","bundle":"/b","log":{"maxsize":1}}""", "log.maxsize", "known are")]
    [InlineData("""{"id":"a","bundle":"/b","log":{"maxSize":9007199254740992}}""", "log.maxSize", "from 4096")]
    [InlineData("""{"id":"a","bundle":"/b","log":{"maxFiles":0}}""", "log.maxFiles", "from 1")]
    [InlineData("""{"id":"a","bundle":"/b","log":{"onFull":"wait"}}""", "log.onFull", "block, drop")]
    public void Read_CreateWrong_InvalidParamsWithPath(string json, string path, string message) =>
        AssertInvalid<CreateParams>(json, path, message);

    [Theory]
    [InlineData("""{"id":"a"}""", "args", "or spec")]
    [InlineData("""{"id":"a","args":[]}""", "args", "empty")]
    [InlineData("""{"id":"a","args":[""]}""", "args[0]", "empty")]
    [InlineData("""{"id":"a","args":["sh","a\u0000b"]}""", "args[1]", "NUL")]
    [InlineData("""{"id":"a","args":["sh"],"spec":{}}""", "args", "spec.args")]
    [InlineData("""{"id":"a","spec":[]}""", "spec", "object")]
    [InlineData("""{"id":"a","spec":{},"env":[]}""", "env", "spec.env")]
    [InlineData("""{"id":"a","args":["sh"],"process":"init"}""", "process", "init")]
    [InlineData("""{"id":"a","args":["sh"],"process":"a/b"}""", "process", "begin")]
    [InlineData("""{"id":"a","args":["sh"],"env":["A=1","B"]}""", "env[1]", "NAME=value")]
    [InlineData("""{"id":"a","args":["sh"],"env":["=1"]}""", "env[0]", "NAME=value")]
    [InlineData("""{"id":"a","args":["sh"],"cwd":"tmp"}""", "cwd", "absolute")]
    [InlineData("""{"id":"a","args":["sh"],"user":"root"}""", "user", "numbers")]
    [InlineData("""{"id":"a","args":["sh"],"user":"0:"}""", "user", "numbers")]
    [InlineData("""{"id":"a","args":["sh"],"user":"4294967295"}""", "user", "numbers")]
    [InlineData("""{"id":"a","args":["sh"],"captureOutput":true}""", "captureOutput", "wait")]
    [InlineData("""{"id":"a","args":["sh"],"wait":true,"captureOutput":true,"stdio":{"stdout":"log"}}""", "captureOutput", "stdio")]
    [InlineData("""{"id":"a","args":["sh"],"wait":null}""", "wait", "null")]
    public void Read_ExecWrong_InvalidParamsWithPath(string json, string path, string message) =>
        AssertInvalid<ExecParams>(json, path, message);

    [Fact]
    public void Read_ExecSpec_IndependentOfTheLine()
    {
        byte[] line = """{"id":"a","spec":{"args":["sh"],"x-new":1}}"""u8.ToArray();
        ExecParams exec = Params.Read<ExecParams>(line);
        line.AsSpan().Fill((byte)'!');

        Assert.Equal("""{"args":["sh"],"x-new":1}""", exec.Spec!.Value.GetRawText());
    }

    [Theory]
    [InlineData("0")]
    [InlineData("1000:1000")]
    [InlineData("4294967294:0")]
    public void Read_ExecUser_Accepted(string user) =>
        Assert.Equal(user, Read<ExecParams>($$"""{"id":"a","args":["sh"],"user":"{{user}}"}""").User);

    [Theory]
    [InlineData("\"SIGTERM\"", "SIGTERM", 0)]
    [InlineData("\"9\"", "9", 0)]
    [InlineData("9", null, 9)]
    [InlineData("64", null, 64)]
    public void Read_KillSignal_NameOrNumber(string json, string? name, int number) =>
        Assert.Equal(new SignalParam(name, number), Read<KillParams>($$"""{"id":"a","signal":{{json}}}""").Signal);

    [Theory]
    [InlineData("""{"id":"a"}""", "signal", "required")]
    [InlineData("""{"id":"a","signal":null}""", "signal", "null")]
    [InlineData("""{"id":"a","signal":0}""", "signal", "1 to 64")]
    [InlineData("""{"id":"a","signal":65}""", "signal", "1 to 64")]
    [InlineData("""{"id":"a","signal":""}""", "signal", "name")]
    [InlineData("""{"id":"a","signal":"SIG TERM"}""", "signal", "name")]
    [InlineData("""{"id":"a","signal":1.5}""", "signal", "name")]
    [InlineData("""{"id":"a","signal":true}""", "signal", "name")]
    [InlineData("""{"id":"a","signal":9,"all":true,"process":"x"}""", "all", "process")]
    public void Read_KillWrong_InvalidParamsWithPath(string json, string path, string message) =>
        AssertInvalid<KillParams>(json, path, message);

    [Theory]
    [InlineData("""{"limit":0}""", "limit", "from 1 to 1000")]
    [InlineData("""{"limit":1001}""", "limit", "from 1 to 1000")]
    [InlineData("""{"status":"Running"}""", "status", "creating, created, running, paused, stopped, unknown")]
    [InlineData("""{"after":""}""", "after", "id")]
    [InlineData("""{"label":""}""", "label", "empty")]
    [InlineData("""{"id":"a"}""", "id", "known are: label, status, after, limit")]
    public void Read_ListWrong_InvalidParamsWithPath(string json, string path, string message) =>
        AssertInvalid<ListParams>(json, path, message);

    [Theory]
    [InlineData("""{"since":{"epoch":"e"}}""", "since.seq", "required")]
    [InlineData("""{"since":{"seq":1}}""", "since.epoch", "required")]
    [InlineData("""{"since":{"epoch":5,"seq":1}}""", "since.epoch", "string")]
    [InlineData("""{"since":{"epoch":"e","seq":-1}}""", "since.seq", "from 0")]
    [InlineData("""{"since":{"epoch":"e","seq":1,"x":1}}""", "since.x", "known are: epoch, seq")]
    [InlineData("""{"since":7}""", "since", "object")]
    [InlineData("""{"types":["exits"]}""", "types[0]", "exit")]
    [InlineData("""{"ids":["a","/"]}""", "ids[1]", "id")]
    [InlineData("""{"ids":[null]}""", "ids[0]", "string")]
    public void Read_SubscribeWrong_InvalidParamsWithPath(string json, string path, string message) =>
        AssertInvalid<SubscribeParams>(json, path, message);

    [Theory]
    [InlineData("""{"id":"a","columns":80}""", "rows", "required")]
    [InlineData("""{"id":"a","columns":65536,"rows":1}""", "columns", "65535")]
    [InlineData("""{"id":"a","columns":1,"rows":-1}""", "rows", "from 0")]
    [InlineData("""{"id":"a","columns":null,"rows":1}""", "columns", "null")]
    public void Read_ResizeWrong_InvalidParamsWithPath(string json, string path, string message) =>
        AssertInvalid<ResizeParams>(json, path, message);

    [Fact]
    public void Read_OtherMethodsWrong_InvalidParamsWithPath()
    {
        AssertInvalid<NoParams>("""{"x":1}""", "x", "known are: none");
        AssertInvalid<ContainerParams>("""{"id":"a","instance":""}""", "instance", "create");
        AssertInvalid<ProcessParams>("""{"id":"a","process":""}""", "process", "begin");
        AssertInvalid<StopParams>("""{"id":"a","timeoutMs":-1}""", "timeoutMs", "from 0");
        AssertInvalid<WaitParams>("""{"id":"a","timeoutMs":-1}""", "timeoutMs", "from 0");
        AssertInvalid<DeleteParams>("""{"id":"a","force":0}""", "force", "true or false");
        AssertInvalid<UpdateParams>("""{"id":"a"}""", "resources", "required");
        AssertInvalid<UpdateParams>("""{"id":"a","resources":null}""", "resources", "LinuxResources");
        AssertInvalid<CheckpointParams>("""{"id":"a","path":"x"}""", "path", "absolute");
        AssertInvalid<LogsParams>("""{"id":"a","tail":-1}""", "tail", "from 0");
        AssertInvalid<LogsParams>("""{"id":"a","tail":1,"from":"c"}""", "tail", "from");
        AssertInvalid<LogsParams>("""{"id":"a","streams":["stdin"]}""", "streams[0]", "stdout, stderr");
        AssertInvalid<LogsParams>("""{"id":"a","streams":[]}""", "streams", "empty");
        AssertInvalid<AttachParams>("""{"id":"a","raw":"x"}""", "raw", "true or false");
        AssertInvalid<WriteParams>("""{"id":"a"}""", "text", "base64");
        AssertInvalid<WriteParams>("""{"id":"a","text":"x","base64":"eA=="}""", "base64", "text");
        AssertInvalid<WriteParams>("""{"id":"a","base64":"!"}""", "base64", "base64");
        AssertInvalid<UnsubscribeParams>("""{"subscription":"1"}""", "subscription", "integer");
        AssertInvalid<DiscoverParams>("""{"method":""}""", "method", "empty");
    }

    [Fact]
    public void Decode_WriteTextAndBase64_SameBytes()
    {
        Assert.Equal("é"u8.ToArray(), Read<WriteParams>("""{"id":"a","text":"é"}""").Decode());
        Assert.Equal("é"u8.ToArray(), Read<WriteParams>("""{"id":"a","base64":"w6k="}""").Decode());
    }

    [Fact]
    public void Serialize_ParamsForAClient_ReadBackEqual()
    {
        StdioParams stdio = new() { Stdin = new(StdioKind.Null), Stdout = new(StdioKind.File, "/f"), Stderr = new(StdioKind.Fd, Fd: 2) };
        string json = Write(new CreateParams { Id = "a", Bundle = "/b", Stdio = stdio });
        Assert.Equal("""{"id":"a","bundle":"/b","stdio":{"stdin":null,"stdout":{"file":"/f"},"stderr":{"fd":2}}}""", json);
        Assert.Equal(stdio, ReadCreate(json).Stdio);
        Assert.Equal("""{"id":"a","signal":9,"all":false}""", Write(new KillParams { Id = "a", Signal = new(null, 9) }));
    }

    private static CreateParams ReadCreate(string json) => Read<CreateParams>(json);

    private static T Read<T>(string json)
        where T : class, IParams<T> => Params.Read<T>(System.Text.Encoding.UTF8.GetBytes(json));

    private static string Write(IWireObject value) => Encoding.UTF8.GetString(Wire.ToLine(value)).TrimEnd('\n');

    private static void AssertInvalid<T>(string json, string path, string message)
        where T : class, IParams<T>
    {
        ShimdException error = Assert.Throws<ShimdException>(() => Read<T>(json));
        Assert.Equal(ErrorCode.InvalidParams, error.Code);
        Assert.Equal(path, error.Details.Path);
        Assert.StartsWith(path.Length == 0 ? "params" : path, error.Message);
        Assert.Contains(message, error.Message);
    }
}
