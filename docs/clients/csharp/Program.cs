// A client in C#, with StreamJsonRpc. usage: dotnet run SOCKET BUNDLE ID
// Runs a container, tells of its events, says how it ended, deletes it, and asks once more.
using System.Net.Sockets;
using System.Text.Json;
using StreamJsonRpc;
using StreamJsonRpc.Protocol;

(string path, string bundle, string id) = (args[0], args[1], args[2]);
using Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
await socket.ConnectAsync(new UnixDomainSocketEndPoint(path));

// A line is a message. The formatter leaves the names of members as they are written here.
using NetworkStream stream = new(socket);
using JsonRpc shimd = new Shimd(new NewLineDelimitedMessageHandler(stream, stream, new SystemTextJsonFormatter()));
shimd.AddLocalRpcTarget(new Events());
shimd.StartListening();

await shimd.InvokeWithParameterObjectAsync<JsonElement>("subscribe", new { ids = new[] { id } });
await shimd.InvokeWithParameterObjectAsync<JsonElement>("run", new { id, bundle });
JsonElement exit = await shimd.InvokeWithParameterObjectAsync<JsonElement>("wait", new { id });
Console.WriteLine($"exit {exit.GetProperty("code")}");
await shimd.InvokeWithParameterObjectAsync<JsonElement>("delete", new { id });
try
{
    await shimd.InvokeWithParameterObjectAsync<JsonElement>("state", new { id });
}
catch (RemoteInvocationException error)
{
    Console.WriteLine(((JsonElement)error.DeserializedErrorData!).GetProperty("name"));
}

/// <summary>The data of an error is JSON, and has more in it than the library's own class.</summary>
internal sealed class Shimd(IJsonRpcMessageHandler handler) : JsonRpc(handler)
{
    protected override Type? GetErrorDetailsDataType(JsonRpcError error) => typeof(JsonElement);
}

internal sealed class Events
{
    [JsonRpcMethod("event", UseSingleObjectParameterDeserialization = true)]
    public void OnEvent(JsonElement message) => Console.WriteLine($"event {message.GetProperty("type")}");
}
