using Microsoft.Extensions.Logging;
using Shimd.Logging;
using Shimd.Native;

namespace Shimd.Server;

/// <summary>Tells whoever started the agent that requests are answered from now on: by a newline to a descriptor, as s6 and dinit have it, and
/// by <c>READY=1</c> to the socket in <c>NOTIFY_SOCKET</c>, as systemd has it (sd_notify(3)).</summary>
internal sealed class Readiness : IDisposable
{
    /// <summary>What an init system says to the agent alone. runc and crun take these for their own: with a <c>NOTIFY_SOCKET</c>, runc waits until
    /// the container has said that it is ready.</summary>
    private static readonly string[] s_variables =
        ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES"];

    private readonly Fd? _descriptor;
    private readonly string? _socket;

    private Readiness(Fd? descriptor, string? socket) => (_descriptor, _socket) = (descriptor, socket);

    /// <summary>Takes what the environment says out of it: shims and runtimes must not see it.</summary>
    /// <param name="number">The descriptor to tell on, which becomes ours; null: none.</param>
    /// <returns>The readiness, or a text that says what is wrong with the descriptor.</returns>
    public static (Readiness? Readiness, string? Problem) Take(int? number)
    {
        string? socket = Environment.GetEnvironmentVariable(s_variables[0]);
        foreach (string variable in s_variables)
        {
            Environment.SetEnvironmentVariable(variable, null);
        }

        if (number is not { } given)
        {
            return (new Readiness(null, socket), null);
        }

        // Numbers that nobody has opened for us may be some file of the runtime's by now.
        using var inherited = new Fd(given, owned: false);
        bool isStream = given > 2 && NativeFile.Status(inherited) is { } status && (status.IsFifo || status.IsSocket);
        return isStream
            ? (new Readiness(new Fd(given), socket), null)
            : (null, $"--ready-fd {given}: this must be a pipe or a socket that was opened for the agent, and none of 0 to 2");
    }

    /// <summary>Tells, once. That nobody listens is logged, and no reason to end.</summary>
    public void Announce(ILogger logger)
    {
        if (_descriptor is not null)
        {
            Note(logger, "--ready-fd", _descriptor.WriteAll("\n"u8));
            _descriptor.Dispose();
        }

        if (_socket is { Length: > 0 })
        {
            Note(logger, _socket, UnixSocket.SendDatagram(_socket, "READY=1\n"u8));
        }
    }

    public void Dispose() => _descriptor?.Dispose();

    private static void Note(ILogger logger, string target, SysResult told)
    {
        if (!told.IsOk)
        {
            LogMessages.NotTold(logger, target, told.Error.Describe());
        }
    }
}
