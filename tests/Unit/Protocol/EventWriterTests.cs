using System.Text.Json;
using Shimd.Protocol;
using Xunit;
using static Shimd.Tests.Unit.Protocol.Samples;

namespace Shimd.Tests.Unit.Protocol;

public sealed class EventWriterTests : IDisposable
{
    private readonly LineWriter _writer = new();

    public void Dispose() => _writer.Dispose();

    [Fact]
    public void WriteEvent_Exit_Golden()
    {
        int bytes = _writer.WriteEvent(new EventMessage { Subscription = 1, Seq = 4712, Time = Time, Type = EventTypes.Exit, Id = "web", Process = "init", Exit = Exit() with { Code = null, Signal = null } });
        Assert.Equal(_writer.Pending, bytes);
        Assert.Equal(
            """{"jsonrpc":"2.0","method":"event","params":{"subscription":1,"seq":4712,"time":"2026-11-23T18:53:43.699Z","type":"exit","id":"web","process":"init","exit":{"code":null,"signal":null,"coreDumped":false,"oomKilled":true,"at":"2026-11-23T18:53:43.699Z","source":"waited"}}}""" + "\n",
            _writer.TakeAll());
    }

    [Fact]
    public void WriteEvent_Log_RequestIdAsItCame()
    {
        _writer.WriteEvent(new EventMessage { Request = Id("\"\\u0061\""), Time = Time, Type = EventTypes.Log, Id = "web", Process = "init", Stream = "stdout", Text = "a\u2028b", Partial = true, Cursor = "c1" });
        Assert.Equal(
            """{"jsonrpc":"2.0","method":"event","params":{"request":"\u0061","time":"2026-11-23T18:53:43.699Z","type":"log","id":"web","process":"init","stream":"stdout","text":"a\u2028b","partial":true,"cursor":"c1"}}""" + "\n",
            _writer.TakeAll());
    }

    [Fact]
    public void WriteEvent_Gap_Golden()
    {
        _writer.WriteEvent(new EventMessage { Subscription = 1, Type = EventTypes.Gap, Reason = "slow", Last = 9 });
        Assert.Equal("""{"jsonrpc":"2.0","method":"event","params":{"subscription":1,"type":"gap","reason":"slow","last":9}}""" + "\n", _writer.TakeAll());
    }

    [Fact]
    public void WriteEvent_TooLarge_CoreWithSeqAndExit()
    {
        ContainerInfo container = Container() with { Bundle = new string('b', 100_000) };
        _writer.WriteEvent(new EventMessage { Subscription = 1, Seq = 5, Type = EventTypes.State, Container = container, Exit = Exit() with { Reason = new string('\0', 99_000) } });
        JsonElement message = JsonElement.Parse(_writer.TakeAll()).GetProperty("params");
        Assert.Equal(5, message.GetProperty("seq").GetInt32());
        Assert.Equal("web", message.GetProperty("id").GetString());
        Assert.Equal("too-large", message.GetProperty("reason").GetString());
        Assert.Equal(137, message.GetProperty("exit").GetProperty("code").GetInt32());
    }

    [Theory]
    [InlineData(0x00)]
    [InlineData(0x7A)]
    [InlineData(0xFE)]
    public void WriteEvent_LargestPayload_NotShortened(byte fill)
    {
        byte[] payload = new byte[Limits.MaxEventPayloadBytes];
        payload.AsSpan().Fill(fill);
        (string? text, string? base64) = WireText.EncodeForEvent(payload);
        _writer.WriteEvent(new EventMessage { Request = Id("1"), Time = Time, Type = EventTypes.Log, Id = "web", Stream = "stdout", Text = text, Base64 = base64, Cursor = new string('c', 200) });
        Assert.DoesNotContain("too-large", _writer.TakeAll());
    }
}
