using Shimd.Protocol;

namespace Shimd.Supervisor;

/// <summary>Which streams a reader of a log wants.</summary>
internal sealed class LogStreams(string[]? wanted)
{
    private readonly bool _stdout = wanted is null || wanted.Contains(StreamNames.Stdout);
    private readonly bool _stderr = wanted is null || wanted.Contains(StreamNames.Stderr);

    public bool Has(bool isError) => isError ? _stderr : _stdout;
}
