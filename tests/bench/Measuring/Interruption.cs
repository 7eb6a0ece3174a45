using System.Runtime.InteropServices;

namespace Shimd.Bench.Measuring;

/// <summary>SIGINT and SIGTERM: what is under way is finished, then everything is cleaned up.</summary>
internal sealed class Interruption : IDisposable
{
    private static volatile bool s_isAsked;

    private readonly PosixSignalRegistration[] _registrations =
    [
        .. ((PosixSignal[])[PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP]).Select(signal => PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            s_isAsked = true;
        })),
    ];

    /// <exception cref="OperationCanceledException">Somebody wants this to end.</exception>
    public static void ThrowIfAsked()
    {
        if (s_isAsked)
        {
            throw new OperationCanceledException("interrupted");
        }
    }

    public void Dispose() => Array.ForEach(_registrations, registration => registration.Dispose());
}
