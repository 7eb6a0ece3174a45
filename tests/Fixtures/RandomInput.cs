using System.Security.Cryptography;
using System.Text.Json;

namespace Shimd.Tests.Fixtures;

/// <summary>Random bytes to send through a container: a few, or by the gigabyte where SHIMD_TEST_MB says so.</summary>
internal static class RandomInput
{
    private const int DefaultMegaBytes = 16;

    public static int MegaBytes { get; } = int.TryParse(Environment.GetEnvironmentVariable("SHIMD_TEST_MB"), out int number) ? number : DefaultMegaBytes;

    /// <summary>Writes them into the scene's file <c>random</c>.</summary>
    public static (long Bytes, string Sha256) Make(Scene scene)
    {
        using FileStream file = File.Create(scene["random"]);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] block = new byte[1 << 20];
        var random = new Random(MegaBytes);
        for (int i = 0; i < MegaBytes; i++)
        {
            random.NextBytes(block);
            file.Write(block);
            hash.AppendData(block);
        }

        return (file.Length, Convert.ToHexString(hash.GetHashAndReset()));
    }

    /// <summary>Takes bytes, all of them.</summary>
    public delegate void Sender(ReadOnlySpan<byte> bytes);

    /// <summary>Sends all; on the way the agent is killed and comes back.</summary>
    public static void Feed(Scene scene, Sender send)
    {
        using FileStream source = File.OpenRead(scene["random"]);
        byte[] buffer = new byte[300_000];
        bool restarted = false;
        for (int read = source.Read(buffer); read > 0; read = source.Read(buffer))
        {
            send(buffer.AsSpan(0, read));
            if (!restarted && source.Position > source.Length / 2)
            {
                restarted = true;
                scene.Agent.Restart();
            }
        }
    }

    public static (long Bytes, string Sha256) HashOf(string path)
    {
        using FileStream file = File.OpenRead(path);
        return (file.Length, Convert.ToHexString(SHA256.HashData(file)));
    }

    /// <summary>The container's exit, however long it takes; each answer of the agent comes within the deadline.</summary>
    public static JsonElement ExitOf(Scene scene, string id)
    {
        for (int i = 0; i < 100 && scene.StatusOf(id) == "running"; i++)
        {
            Poll.Holds(() => scene.StatusOf(id) != "running", withinMs: 10_000);
        }

        return scene.WaitFor(id);
    }

    /// <summary>On a thread of its own: the pool has too few for many who wait.</summary>
    public static Task<T> Beside<T>(Func<T> work)
        => Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
