using Shimd.Native;
using Shimd.Protocol;
using Shimd.Storage;

namespace Shimd.Supervisor;

/// <summary>Turns a request's <c>log</c> into what the shim is told.</summary>
internal static class LogResolver
{
    private const long DefaultSizeBytes = 10 * 1024 * 1024;

    /// <summary>Where the log would lie in memory, that is scarcer than a disk.</summary>
    private const long DefaultSizeInMemoryBytes = 1024 * 1024;
    private const int DefaultFiles = 3;

    /// <summary>Checks what can be checked before anything is done.</summary>
    /// <param name="wanted">As requested.</param>
    /// <param name="stdio">Where the streams lead.</param>
    /// <param name="agency">Whose containers may log there already.</param>
    /// <returns>Null when no stream is logged.</returns>
    /// <exception cref="ShimdException">INVALID_PARAMS.</exception>
    public static LogSettings? Resolve(LogParams? wanted, StdioRecord stdio, Agency agency)
    {
        if (!IsLogged(stdio))
        {
            return wanted is null
                ? null
                : throw ShimdException.InvalidParams("log", "has nothing to log: let stdio.stdout or stdio.stderr be \"log\", or leave stdio out");
        }

        CheckPath(wanted?.Path, agency);
        bool isBounded = wanted?.Path is null || wanted.MaxSize is not null || wanted.MaxFiles is not null;
        return new LogSettings
        {
            Json = wanted?.Format != LogWords.Cri,
            Path = wanted?.Path ?? ProcessDirectory.OutputLogName,
            MaxSize = wanted?.MaxSize ?? (isBounded ? DefaultSize(agency) : LogSettings.NoLimit),
            MaxFiles = wanted?.MaxFiles ?? DefaultFiles,
            DropWhenFull = wanted?.OnFull == LogWords.Drop,
        };
    }

    /// <summary>For an exec: as its container's, but in the process's own directory.</summary>
    public static LogSettings? ForExec(LogSettings? init, StdioRecord stdio, Agency agency) => !IsLogged(stdio) ? null : new LogSettings
    {
        Json = init?.Json ?? true,
        MaxSize = init is { MaxSize: not LogSettings.NoLimit } ? init.MaxSize : DefaultSize(agency),
        MaxFiles = init?.MaxFiles ?? DefaultFiles,
        DropWhenFull = init?.DropWhenFull ?? false,
    };

    private static bool IsLogged(StdioRecord stdio) => stdio.Stdout.Kind == StreamKind.Log || stdio.Stderr.Kind == StreamKind.Log;

    private static long DefaultSize(Agency agency)
        => NativeFile.IsInMemory(agency.Layout.Root) ? DefaultSizeInMemoryBytes : DefaultSizeBytes;

    private static void CheckPath(string? path, Agency agency)
    {
        if (path is null)
        {
            return;
        }

        string directory = Path.GetDirectoryName(path) ?? "/";
        if (NativeFile.Status(directory) is not { IsDirectory: true })
        {
            throw ShimdException.InvalidParams("log.path", $"cannot be opened: {directory} does not exist");
        }

        if (NativeFile.Status(path) is { IsRegular: false })
        {
            throw ShimdException.InvalidParams("log.path", $"must be a file: {path} is something else");
        }

        foreach (Container container in agency.Containers.Values)
        {
            if (container.Init is { Exit: null, Record.Log.Path: { } taken } && taken == path)
            {
                throw ShimdException.InvalidParams("log.path", $"is the log of container {container.Id}: two would tear each other's");
            }
        }
    }
}
