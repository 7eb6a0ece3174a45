using Shimd.Native;

namespace Shimd.Oci;

/// <summary>What is known of a program that a container is to run.</summary>
internal enum ProgramState
{
    /// <summary>It is there, or it cannot be told.</summary>
    Present,
    Missing,
    NotExecutable,
}

/// <summary>
/// Looks a program up as execvp(3) would inside the container's root. Only asked after the runtime has failed, to tell "no
/// such program" from other failures without reading the runtime's words; mounts of the configuration are not seen here.
/// </summary>
internal static class ProgramLookup
{
    private const string DefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    public static ProgramState Find(string rootDirectory, ProcessSpec process)
    {
        SysResult<Fd> opened = NativeFile.OpenDirectory(rootDirectory);
        if (!opened.IsOk)
        {
            return ProgramState.Present;
        }

        using Fd root = opened.Value!;
        var best = ProgramState.Missing;
        foreach (string candidate in Candidates(process))
        {
            ProgramState state = Look(root, candidate);
            if (state == ProgramState.Present)
            {
                return state;
            }

            best = state == ProgramState.NotExecutable ? state : best;
        }

        return best;
    }

    private static List<string> Candidates(ProcessSpec process)
    {
        string program = process.Arguments[0];
        if (program.Contains('/', StringComparison.Ordinal))
        {
            return [Path.Combine(process.WorkingDirectory, program)];
        }

        string search = DefaultPath;
        foreach (string entry in process.Environment)
        {
            search = entry.StartsWith("PATH=", StringComparison.Ordinal) ? entry[5..] : search;
        }

        List<string> candidates = [];
        foreach (string directory in search.Split(':', StringSplitOptions.RemoveEmptyEntries))
        {
            candidates.Add(Path.Combine(process.WorkingDirectory, directory, program));
        }

        return candidates;
    }

    private static ProgramState Look(Fd root, string path)
    {
        SysResult<Fd> found = NativeFile.OpenInRoot(root, path);
        if (!found.IsOk)
        {
            return found.Error is Errno.ENOENT or Errno.ENOTDIR or Errno.ELOOP ? ProgramState.Missing : ProgramState.Present;
        }

        using Fd fd = found.Value!;
        return NativeFile.Status(fd) is { IsRegular: true, IsExecutable: true } ? ProgramState.Present : ProgramState.NotExecutable;
    }
}
