namespace Shimd.Protocol;

/// <summary>Shortens an error's data: a runtime may print a megabyte, and all of it is somebody else's text.</summary>
internal static class ErrorTrimmer
{
    /// <summary>
    /// Bytes a text at the first attempt; a quarter at each further one. At 128 the whole is below 30 KB even if every byte is
    /// escaped to six, so the attempts end.
    /// </summary>
    public const int FirstLimit = 8_192;

    private const int MinLimit = 8;

    private const int MaxArgs = 24;

    public static ErrorData Trim(ErrorData data, int maxBytes)
    {
        int limit = Math.Max(maxBytes, MinLimit);
        return data with
        {
            Status = Cut(data.Status, limit),
            Action = Cut(data.Action, limit),
            Path = Cut(data.Path, limit),
            Errno = Cut(data.Errno, limit),
            Instance = Cut(data.Instance, limit),
            Reason = Cut(data.Reason, limit),
            Epoch = Cut(data.Epoch, limit),
            Runtime = data.Runtime is null ? null : Trim(data.Runtime, limit),
        };
    }

    private static RuntimeFailure Trim(RuntimeFailure runtime, int limit)
    {
        List<string> args = [];
        for (int i = 0; i < runtime.Args.Count && i < MaxArgs; i++)
        {
            args.Add(WireText.Truncate(runtime.Args[i], Math.Min(limit, 256)));
        }

        if (runtime.Args.Count > MaxArgs)
        {
            args.Add(WireText.Ellipsis);
        }

        return runtime with
        {
            Name = WireText.Truncate(runtime.Name, limit),
            Args = args,
            Message = WireText.Truncate(runtime.Message, limit),
        };
    }

    private static string? Cut(string? text, int limit) => text is null ? null : WireText.Truncate(text, limit);
}
