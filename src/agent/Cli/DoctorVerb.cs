using System.CommandLine;
using System.Text;
using System.Text.Json;
using Shimd.Protocol;

namespace Shimd.Cli;

/// <summary><c>shimd doctor</c>: what this machine has of what shimd needs. Works without an agent.</summary>
internal static class DoctorVerb
{
    public static Verb Create() => new(
        "doctor", "Looks at what this machine has of what shimd needs, and says what to do where something is missing. Needs no agent.", [], Run)
    {
        Examples =
        [
            new("shimd doctor", "before the first container, and when one will not start"),
            new("shimd doctor --root /var/lib/shimd", "for another state root"),
            new("shimd doctor --format json", "an object a line, for programs"),
        ],
        Notes = "ok: as it should be; warn: something will not work, or not as well; FAIL: no containers without it. Exits with 1 after a FAIL.",
    };

    private static int Run(ParseResult parsed)
    {
        ClientSettings settings = GlobalOptions.Read(parsed);
        var table = new Table();
        bool failed = false;
        foreach (Finding finding in DoctorChecks.All(settings))
        {
            failed |= finding.Grade == Finding.Fail;
            if (settings.Json)
            {
                StandardOutput.Line(Encode(finding));
            }
            else
            {
                table.Add(finding.Grade, finding.Subject, StandardOutput.Plain(finding.Text));
                if (finding.Advice is not null)
                {
                    table.Add("", "", finding.Advice);
                }
            }
        }

        table.Print();
        return failed ? ExitCodes.Failed : ExitCodes.Ok;
    }

    private static string Encode(Finding finding)
    {
        var buffer = new OutputBuffer();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = WireText.Encoder }))
        {
            json.WriteStartObject();
            json.WriteString("grade"u8, finding.Grade == Finding.Fail ? "fail" : finding.Grade);
            json.WriteString("subject"u8, finding.Subject);
            json.WriteString("text"u8, finding.Text);
            json.WriteString("advice"u8, finding.Advice);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.Peek().Span);
    }
}

/// <summary>One line of <c>shimd doctor</c>; <paramref name="Advice"/> says what to do, if anything.</summary>
internal sealed record Finding(string Grade, string Subject, string Text, string? Advice)
{
    public const string Good = "ok";
    public const string Warning = "warn";
    public const string Fail = "FAIL";

    public static Finding Ok(string subject, string text) => new(Good, subject, text, null);

    public static Finding Warn(string subject, string text, string advice) => new(Warning, subject, text, advice);

    public static Finding Failed(string subject, string text, string advice) => new(Fail, subject, text, advice);
}
