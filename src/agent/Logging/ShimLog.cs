using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Shimd.Native;

namespace Shimd.Logging;

/// <summary>The shim's log: a JSON object a line on stderr, which is shim.log. Each step with its time and how long it took.</summary>
internal static class ShimLog
{
    private static readonly Fd s_stderr = new(2, owned: false);

    /// <summary>Something happened.</summary>
    public static void Step(string step, string? detail = null, TimeSpan? took = null) => Write("info", step, detail, took);

    /// <summary>Something failed.</summary>
    public static void Error(string step, string detail) => Write("error", step, detail, null);

    private static void Write(string level, string step, string? detail, TimeSpan? took)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = MinimalEncoder.Instance }))
        {
            json.WriteStartObject();
            json.WriteString("time", DateTimeOffset.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
            json.WriteString("level", level);
            json.WriteString("step", step);
            if (took is { } duration)
            {
                json.WriteNumber("ms", Math.Round(duration.TotalMilliseconds, 3));
            }

            if (detail is not null)
            {
                json.WriteString("detail", detail);
            }

            json.WriteEndObject();
        }

        buffer.Write("\n"u8);

        // A log that cannot be written must not stop the shim.
        _ = s_stderr.WriteAll(buffer.WrittenSpan);
    }
}
