using Shimd.Bench.Measuring;

namespace Shimd.Bench.Peers;

/// <summary>An OCI runtime that only starts the program, in no namespace: for so many containers that a real one would be what is
/// measured. In the words of sh, and none of them a program of its own.</summary>
internal static class FakeRuntime
{
    private const string Script = """
        #!/bin/sh
        root=
        while :; do
            case $1 in
                --root) root=$2; shift 2 ;;
                --log|--log-format) shift 2 ;;
                -*) shift ;;
                *) break ;;
            esac
        done
        verb=$1
        shift
        pid_file=
        while :; do
            case $1 in
                --bundle|--process) shift 2 ;;
                --pid-file) pid_file=$2; shift 2 ;;
                -*) shift ;;
                *) break ;;
            esac
        done
        case $verb in
            create|run) sleep 1000000 & echo $! >$pid_file; echo $! >$root.$1 ;;
            kill) read -r pid <$root.$1; kill -${2:-TERM} $pid ;;
            delete) read -r pid <$root.$1 && kill -KILL $pid 2>/dev/null ;;
            state) echo '{"status":"running"}' ;;
        esac
        exit 0
        """;

    /// <summary>Writes it, and returns its path.</summary>
    public static string Make(Workspace workspace)
    {
        string path = Path.Combine(workspace.Root, "fake-runtime");
        if (!File.Exists(path))
        {
            File.WriteAllText(path, Script + "\n");
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        return path;
    }
}
