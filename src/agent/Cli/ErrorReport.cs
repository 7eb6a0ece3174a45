using System.Text;
using System.Text.Json;
using Shimd.Protocol;

namespace Shimd.Cli;

/// <summary>Says on standard error what went wrong: for people a sentence and the next step, for programs one line of JSON.</summary>
internal static class ErrorReport
{
    /// <summary>An error of the agent's. Its object is passed on as it came.</summary>
    /// <param name="error">What the agent answered.</param>
    /// <param name="id">The container that was meant; null for no hint that names one.</param>
    /// <param name="json">One line of JSON.</param>
    /// <param name="withHint">False for the second error of many.</param>
    public static void Print(AgentError error, string? id, bool json, bool withHint = true)
    {
        if (json)
        {
            StandardOutput.ErrorLine(error.Raw);
            return;
        }

        Print(error.Message, withHint ? Hints.For(error, id) : null);
    }

    /// <summary>An error of our own.</summary>
    public static void Print(CliException error, bool json)
    {
        if (error.Message.Length == 0)
        {
            return;
        }

        if (json)
        {
            StandardOutput.ErrorLine(Encode(error));
            return;
        }

        Print(error.Message, error.Hint);
    }

    private static void Print(string message, string? hint)
    {
        StandardOutput.ErrorLine($"shimd: {StandardOutput.Plain(message)}");
        if (hint is not null)
        {
            StandardOutput.ErrorLine($"shimd: {StandardOutput.Plain(hint)}");
        }
    }

    // The shape of the protocol's errors, without a code: those belong to the agent.
    private static string Encode(CliException error)
    {
        var buffer = new OutputBuffer();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = WireText.Encoder }))
        {
            json.WriteStartObject();
            json.WriteString("message"u8, error.Message);
            json.WriteStartObject("data"u8);
            json.WriteString("name"u8, error.Name);
            if (error.Hint is not null)
            {
                json.WriteString("hint"u8, error.Hint);
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.Peek().Span);
    }
}
