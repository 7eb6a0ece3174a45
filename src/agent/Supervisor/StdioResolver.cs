using Shimd.Native;
using Shimd.Protocol;
using Shimd.Storage;

namespace Shimd.Supervisor;

/// <summary>Turns a request's <c>stdio</c> into what the shim is told and given.</summary>
internal static class StdioResolver
{
    private static readonly StdioSpec s_null = new(StdioKind.Null);
    private static readonly StdioSpec s_log = new(StdioKind.Log);

    /// <summary>Checks what can be checked before anything is done.</summary>
    /// <param name="stdio">As requested; absent streams lead to /dev/null.</param>
    /// <param name="descriptors">Those that came with the request; borrowed.</param>
    /// <param name="isLogged">Absent output leads to the log: the request says how to write one.</param>
    /// <returns>The record, and by stream the descriptors that the shim inherits.</returns>
    /// <exception cref="ShimdException">INVALID_PARAMS.</exception>
    public static (StdioRecord Record, Fd?[] Passed) Resolve(
        StdioParams? stdio, IReadOnlyList<Fd> descriptors, bool isLogged = false)
    {
        StdioSpec unnamed = isLogged ? s_log : s_null;
        (string Name, StdioSpec Spec)[] streams =
        [
            (StreamNames.Stdin, stdio?.Stdin ?? s_null),
            (StreamNames.Stdout, stdio?.Stdout ?? unnamed),
            (StreamNames.Stderr, stdio?.Stderr ?? unnamed),
        ];
        var passed = new Fd?[streams.Length];
        var records = new StreamRecord[streams.Length];
        for (int i = 0; i < streams.Length; i++)
        {
            (string name, StdioSpec spec) = streams[i];
            records[i] = Resolve($"stdio.{name}", spec);
            if (spec.Kind == StdioKind.Fd)
            {
                passed[i] = spec.Fd < descriptors.Count
                    ? descriptors[spec.Fd]
                    : throw ShimdException.InvalidParams($"stdio.{name}.fd", $"is {spec.Fd}, but {descriptors.Count} descriptors came with the line");
            }
        }

        StdioSpec? client = stdio?.Client;
        if (client is not null)
        {
            passed = [.. passed, client.Fd < descriptors.Count
                ? descriptors[client.Fd]
                : throw ShimdException.InvalidParams("stdio.client.fd", $"is {client.Fd}, but {descriptors.Count} descriptors came with the line")];
        }

        return (new StdioRecord { Stdin = records[0], Stdout = records[1], Stderr = records[2], HasClient = client is not null }, passed);
    }

    private static StreamRecord Resolve(string path, StdioSpec spec) => spec.Kind switch
    {
        StdioKind.Null => StreamRecord.Null,
        StdioKind.Fd => new StreamRecord(StreamKind.Fd),
        StdioKind.Log => new StreamRecord(StreamKind.Log),
        StdioKind.Attach => new StreamRecord(StreamKind.Attach),
        StdioKind.File => ResolveFile(path, spec.Path!),
        StdioKind.Fifo => NativeFile.Status(spec.Path!) is { IsFifo: true }
            ? new StreamRecord(StreamKind.Fifo, spec.Path)
            : throw ShimdException.InvalidParams($"{path}.fifo", $"must be a fifo that exists: {spec.Path} is not one (make it with mkfifo)"),
        _ => throw ShimdException.InvalidParams(path, "is of no kind that is known"),
    };

    private static StreamRecord ResolveFile(string path, string file)
    {
        bool isInput = path.EndsWith(StreamNames.Stdin, StringComparison.Ordinal);
        string looked = isInput ? file : Path.GetDirectoryName(file)!;
        FileStatus? status = NativeFile.Status(looked);
        return status is null || (isInput && status.Value.IsDirectory)
            ? throw ShimdException.InvalidParams($"{path}.file", $"cannot be opened: {looked} does not exist")
            : new StreamRecord(StreamKind.File, file);
    }
}
