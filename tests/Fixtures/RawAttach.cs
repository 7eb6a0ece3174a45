using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Shimd.Native;
using Xunit;

namespace Shimd.Tests.Fixtures;

/// <summary>A connection that was attached raw: bytes in both directions.</summary>
internal sealed class RawAttach : IDisposable
{
    private readonly Fd _fd;

    private RawAttach(Fd fd) => _fd = fd;

    public Fd Fd => _fd;

    /// <summary>The result of the attach.</summary>
    public JsonElement Result { get; private set; }

    /// <summary>Attaches; fails when that is refused.</summary>
    /// <param name="scene">The agent's.</param>
    /// <param name="parameters">Those of attach, but for raw.</param>
    /// <param name="early">Sent in one piece with the request.</param>
    public static RawAttach To(Scene scene, object parameters, string early = "")
    {
        var attached = new RawAttach(Client.ConnectTo(scene.Agent.Socket));
        Dictionary<string, object?> all = JsonSerializer.SerializeToElement(parameters).EnumerateObject().ToDictionary(member => member.Name, member => (object?)member.Value);
        all["raw"] = true;
        string line = JsonSerializer.Serialize(new { id = 1, method = "attach", @params = all });
        attached.Send(line + "\n" + early);
        attached.Result = JsonElement.Parse(attached.ReadLine()).GetProperty("result");
        return attached;
    }

    /// <summary>Our end of a socket that was passed as stdio.client.</summary>
    public static RawAttach Of(Fd fd) => new(fd);

    public void Send(string text) => Send(Encoding.UTF8.GetBytes(text));

    public void Send(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[(int)UnixSocket.Send(_fd, bytes).OrThrow("sendmsg")..];
        }
    }

    public void HalfClose() => UnixSocket.HalfClose(_fd).OrThrow("shutdown");

    /// <summary>Up to a newline, which is left out.</summary>
    public string ReadLine() => Child.ReadLine(_fd);

    /// <summary>Up to these words, which are part of it.</summary>
    public string ReadUntil(string words)
    {
        var read = new List<byte>();
        Span<byte> one = stackalloc byte[1];
        while (!Encoding.UTF8.GetString([.. read]).EndsWith(words, StringComparison.Ordinal))
        {
            Assert.NotEqual(EpollEvents.None, Ready.Wait(_fd));
            Assert.True(_fd.Read(one).OrThrow("read") > 0, $"it ended after: {Encoding.UTF8.GetString([.. read])}");
            read.Add(one[0]);
        }

        return Encoding.UTF8.GetString([.. read]);
    }

    /// <summary>As much as there is room for.</summary>
    public void ReadExactly(Span<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            Assert.NotEqual(EpollEvents.None, Ready.Wait(_fd));
            int read = (int)_fd.Read(buffer).OrThrow("read");
            Assert.True(read > 0, "it ended");
            buffer = buffer[read..];
        }
    }

    /// <summary>All that comes.</summary>
    public string ReadToEnd() => Child.ReadToEnd(_fd);

    /// <summary>The hash of all that comes, and how much it is; reads as fast as it can.</summary>
    public (long Bytes, string Sha256) HashToEnd()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[256 * 1024];
        long bytes = 0;
        while (true)
        {
            Assert.NotEqual(EpollEvents.None, Ready.Wait(_fd));
            int read = (int)_fd.Read(buffer).OrThrow("read");
            if (read == 0)
            {
                return (bytes, Convert.ToHexString(hash.GetHashAndReset()));
            }

            hash.AppendData(buffer.AsSpan(0, read));
            bytes += read;
        }
    }

    public void Dispose() => _fd.Dispose();
}
