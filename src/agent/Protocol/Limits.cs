namespace Shimd.Protocol;

/// <summary>The protocol's numbers, once. <c>hello</c> tells clients those that concern them.</summary>
internal static class Limits
{
    /// <summary>Bytes of an input line, its newline not counted.</summary>
    public const int MaxInputLineBytes = 1_048_576;

    /// <summary>Bytes of an output line, its newline counted: what Python's asyncio and Go's bufio.Scanner read by default.</summary>
    public const int MaxOutputLineBytes = 65_535;

    public const int MaxDepth = 32;

    public const int MaxIdBytes = 128;

    /// <summary>2^53−1: beyond it jq and every JavaScript client lose digits.</summary>
    public const long MaxInteger = 9_007_199_254_740_991;

    public const int MaxDescriptors = 8;

    public const int MaxTimeoutMs = 86_400_000;

    public const int MaxListLimit = 1_000;

    /// <summary>Bytes of each stream that <c>captureOutput</c> keeps.</summary>
    public const int MaxCaptureBytes = 16_384;

    /// <summary>Bytes of a stream that one <c>log</c> or <c>output</c> event carries: as base64 they always fit a line.</summary>
    public const int MaxEventPayloadBytes = 32_768;

    /// <summary>Bytes that may follow a raw attach before it is answered.</summary>
    public const int MaxEarlyInputBytes = 65_536;

    /// <summary>Requests read ahead on one connection before reading stops.</summary>
    public const int MaxPipelined = 64;

    public const int MaxConnections = 64;

    public const int MaxSubscriptions = 16;

    public const int MaxLongCalls = 32;

    /// <summary>Malformed lines in a row that end a connection.</summary>
    public const int MaxMalformedInRow = 16;

    public const int PartialLineTimeoutMs = 30_000;

    /// <summary>Unsent bytes above which a connection is no longer read from.</summary>
    public const int PauseUnsentBytes = 1_048_576;

    /// <summary>Unsent bytes at which a connection is closed.</summary>
    public const int MaxUnsentBytes = 8_388_608;

    public const int StalledWriteTimeoutMs = 30_000;

    public const int MaxSubscriptionEvents = 1_024;

    public const int MaxSubscriptionBytes = 1_048_576;

    /// <summary>UTF-8 bytes of all label keys and values of a container together: it must fit a reply line.</summary>
    public const int MaxLabelsBytes = 16_384;

    /// <summary>The same as JSON: an escape is six bytes for one, and a thousand short labels are mostly quotes.</summary>
    public const int MaxLabelsWrittenBytes = 32_768;

    /// <summary>Of the names of processes in a container, quotes included: whatever its labels and its bundle's path are, it fits a reply line.</summary>
    public const int MaxProcessNamesBytes = 4_096;
}
