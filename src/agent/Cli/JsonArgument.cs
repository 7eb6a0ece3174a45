using System.Text;
using System.Text.Json;
using Shimd.Native;
using Shimd.Protocol;

namespace Shimd.Cli;

/// <summary>A JSON object from the command line, or from standard input.</summary>
internal static class JsonArgument
{
    /// <summary>An object; <c>-</c> reads it from standard input, null is an empty one.</summary>
    /// <exception cref="CliException">It is none.</exception>
    public static JsonElement Read(string? text, string what)
    {
        byte[] json = text switch
        {
            null => "{}"u8.ToArray(),
            "-" => ReadStandardInput(),
            _ => Encoding.UTF8.GetBytes(text),
        };
        return Parse(json, out string problem)
            ?? throw CliException.Usage(problem.Length > 0 ? $"{what} are not valid: {problem}" : $"{what} must be a JSON object: {{…}}");
    }

    /// <summary>The container that params name, if they do; never reads standard input.</summary>
    public static string? ContainerOf(string? text)
        => text is not (null or "-")
            && Parse(Encoding.UTF8.GetBytes(text), out _) is { } parameters
            && parameters.TryGetProperty("id"u8, out JsonElement id)
            && id.ValueKind == JsonValueKind.String
                ? id.GetString()
                : null;

    private static JsonElement? Parse(byte[] json, out string problem)
    {
        JsonSlice? root = JsonText.TryRead(json, out _, out problem);
        return root is { Kind: JsonValueKind.Object } ? root.Value.ToElement() : null;
    }

    private static byte[] ReadStandardInput()
    {
        var input = new Fd(0, owned: false);
        var content = new OutputBuffer();
        while (true)
        {
            SysResult read = input.Read(content.GetSpan(4096));
            if (!read.IsOk)
            {
                throw new CliException(ExitCodes.Usage, $"cannot read standard input: {read.Error.Describe()}");
            }

            if (read.Value == 0)
            {
                return content.Peek().ToArray();
            }

            content.Advance((int)read.Value);
            if (content.Pending > Limits.MaxInputLineBytes)
            {
                throw CliException.Usage($"standard input is longer than a request may be: {Limits.MaxInputLineBytes} bytes");
            }
        }
    }
}
