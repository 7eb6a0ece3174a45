using System.Text.Json;

namespace Shimd.Protocol;

/// <summary>Results for the examples of <see cref="OpenRpc"/>, made of the shapes themselves.</summary>
internal static class OpenRpcSample
{
    /// <summary>An object of this shape as it may come, without what may be absent.</summary>
    public static void Write(Utf8JsonWriter json, WireShape shape)
    {
        json.WriteStartObject();
        foreach (WireMember member in shape.Members)
        {
            if (member.Need is not (WireNeed.Required or WireNeed.OrNull))
            {
                continue;
            }

            json.WritePropertyName(member.Name);
            if (member.Need == WireNeed.Required && member.Shape is { } nested)
            {
                if (member.Kind == WireKind.Objects)
                {
                    json.WriteStartArray();
                    Write(json, nested);
                    json.WriteEndArray();
                }
                else
                {
                    Write(json, nested);
                }
            }
            else if (member.Kind == WireKind.Text)
            {
                json.WriteStringValue(TextOf(member.Name));
            }
            else
            {
                json.WriteRawValue(SampleOf(member.Kind), skipInputValidation: true);
            }
        }

        json.WriteEndObject();
    }

    private static ReadOnlySpan<byte> TextOf(string name) => name switch
    {
        "id" => "web"u8,
        "bundle" => "/srv/web"u8,
        "status" => "running"u8,
        "process" => "init"u8,
        "runtime" or "name" => "crun"u8,
        "source" => "waited"u8,
        "server" => "shimd"u8,
        "path" => "/usr/bin/crun"u8,
        "access" => "read-write"u8,
        "instance" or "epoch" => "01M855MK8RXB0AXF86FVBW4AKK"u8,
        _ => "…"u8,
    };

    private static ReadOnlySpan<byte> SampleOf(WireKind kind) => kind switch
    {
        WireKind.Integer => "1"u8,
        WireKind.Flag => "false"u8,
        WireKind.Time => "\"2026-11-23T18:53:43.699Z\""u8,
        WireKind.Texts => """["init"]"""u8,
        WireKind.Integers => "[812]"u8,
        WireKind.TextMap => """{"tier":"front"}"""u8,
        _ => "null"u8,
    };
}
