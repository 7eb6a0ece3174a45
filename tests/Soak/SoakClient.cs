using System.Text.Json;
using Shimd.Native;
using Shimd.Tests.Fixtures;
using Xunit.Sdk;

namespace Shimd.Tests.Soak;

/// <summary>One client: does the next thing that its random numbers name, and takes it well when the agent dies meanwhile.</summary>
internal sealed class SoakClient
{
    /// <summary>What may be answered where twenty do as they like with the same containers.</summary>
    private static readonly HashSet<string> s_expected =
        ["NOT_FOUND", "ALREADY_EXISTS", "BAD_STATE", "BUSY", "TIMEOUT", "RUNTIME_FAILED", "EXEC_NOT_FOUND", "CONFLICT"];

    private readonly SoakGround _ground;
    private readonly Random _random;
    private readonly Thread _thread;
    private Client? _client;

    public SoakClient(SoakGround ground, int seed)
    {
        _ground = ground;
        _random = new Random(seed);
        _thread = new Thread(Run) { IsBackground = true, Name = $"soak client {seed}" };
        _thread.Start();
    }

    public bool HasEnded => !_thread.IsAlive;

    /// <summary>How many operations were answered.</summary>
    public long Done { get; private set; }

    private void Run()
    {
        while (!_ground.IsStopped)
        {
            (string method, object request) = Next();
            try
            {
                _client ??= Client.Connect(_ground.Agent.Socket);
                Do(method, request);
            }
            catch (Exception exception) when (exception is SysException or XunitException)
            {
                // Nobody is there, or it has died: that is a part of the game. Not to answer at all is not.
                if (_client is { IsClosed: false } && exception is XunitException)
                {
                    _ground.Report($"{method} {JsonSerializer.Serialize(request)}: {exception.Message}");
                }

                _client?.Dispose();
                _client = null;
                _ground.Pause(5);
            }
        }

        _client?.Dispose();
    }

    private void Do(string method, object request)
    {
        JsonElement reply = _client!.Reply(_client.Send(method, request));
        Done++;
        if (reply.TryGetProperty("error", out JsonElement error))
        {
            string name = error.GetProperty("data").Text("name");
            bool shimKilled = name == "INTERNAL" && error.Text("message").Contains("the shim ended by SIGKILL", StringComparison.Ordinal);
            if (!shimKilled && !s_expected.Contains(name))
            {
                _ground.Report($"{method} {JsonSerializer.Serialize(request)}: {error}");
            }
        }
    }

    private (string Method, object Request) Next()
    {
        string id = _ground.Ids[_random.Next(_ground.Ids.Count)];
        string bundle = _ground.Bundles[_random.Next(_ground.Bundles.Count)];
        int dice = _random.Next(100);
        int detail = _random.Next(100);
        return dice switch
        {
            < 12 => ("create", new { id, bundle }),
            < 24 => ("run", new { id, bundle }),
            < 34 => ("start", new { id }),
            < 40 => ("exec", new { id, args = Payload("exit", $"{detail}"), wait = true, captureOutput = detail % 2 == 0, timeoutMs = 3000 }),
            < 46 => ("exec", new { id, process = $"p{detail % 3}", args = Payload(detail % 2 == 0 ? "ignore-term" : "env") }),
            < 49 => ("delete", new { id, process = $"p{detail % 3}", force = detail % 2 == 0 }),
            < 56 => ("kill", new { id, signal = detail < 50 ? "KILL" : detail < 80 ? "TERM" : "USR1" }),
            < 58 => ("kill", new { id, process = $"p{detail % 3}", signal = "KILL" }),
            < 62 => ("stop", new { id, timeoutMs = detail }),
            < 67 => ("pause", new { id }),
            < 74 => ("resume", new { id }),
            < 82 => ("delete", new { id, force = detail < 60 }),
            < 87 => ("wait", new { id, timeoutMs = detail }),
            < 91 => ("state", new { id }),
            < 94 => ("processes", new { id }),
            < 96 => ("explain", new { id }),
            < 97 => ("stats", new { id }),
            < 98 => ("update", new { id, resources = new { pids = new { limit = 1000 + detail } } }),
            _ => ("list", new { limit = 100 }),
        };
    }

    private static string[] Payload(params string[] steps) => ["/shimd", "payload", .. steps];
}
