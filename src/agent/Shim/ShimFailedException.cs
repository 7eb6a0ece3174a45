using Shimd.Native;
using Shimd.Oci;

namespace Shimd.Shim;

/// <summary>The shim cannot do what it was started for; caught in <see cref="ShimMain"/>, which reports it.</summary>
internal sealed class ShimFailedException(ShimReport report) : Exception(report.Problem?.Message ?? report.Runtime?.Message)
{
    public ShimFailedException(string message, Errno error)
        : this(new ShimReport { Problem = new ShimProblem($"{message}: {error.Describe()}", error.Name()) })
    {
    }

    public ShimFailedException(string message)
        : this(new ShimReport { Problem = new ShimProblem(message) })
    {
    }

    public ShimReport Report { get; } = report;
}
