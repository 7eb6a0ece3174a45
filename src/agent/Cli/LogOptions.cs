using System.CommandLine;
using Shimd.Protocol;

namespace Shimd.Cli;

/// <summary>The options about a new container's log.</summary>
internal sealed class LogOptions
{
    private const int MaxFiles = 1000;

    private readonly Option<string?> _format = Options.OneOf("--log-format", "how the log is written (json-file)", LogWords.JsonFile, LogWords.Cri);
    private readonly Option<string?> _path = Options.Text("--log-path", "FILE", "the log, instead of one that goes with the container");
    private readonly Option<string?> _files = Options.Number("--log-max-files", "N", "files to keep, the current one included (3)", MaxFiles);

    private readonly Option<string?> _size = Options.Checked(
        Options.Text("--log-max-size", "BYTES", "rotate it at this size, such as 10m (with --log-path: never)"),
        text => UpdateVerb.ParseBytes(text) is > 0,
        "must be a number of bytes, such as 500k or 10m");

    private readonly Option<string?> _onFull = Options.OneOf(
        "--log-on-full", "what output does while the log cannot be written: wait, or be lost and counted (block)", LogWords.Block, LogWords.Drop);

    public IEnumerable<Symbol> Symbols => [_format, _path, _size, _files, _onFull];

    /// <summary>Null where nothing was said.</summary>
    public LogParams? Read(ParseResult parsed)
    {
        var read = new LogParams
        {
            Format = parsed.GetValue(_format),
            Path = parsed.GetValue(_path) is { } path ? Path.GetFullPath(path) : null,
            MaxSize = parsed.GetValue(_size) is { } size ? UpdateVerb.ParseBytes(size) : null,
            MaxFiles = Options.Integer(parsed, _files),
            OnFull = parsed.GetValue(_onFull),
        };
        return read.Format is null && read.Path is null && read.MaxSize is null && read.MaxFiles is null && read.OnFull is null ? null : read;
    }
}
