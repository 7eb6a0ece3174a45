using Xunit;

namespace Shimd.Tests.Fixtures;

/// <summary>
/// For tests that start processes, or wait for what the last close of a descriptor brings about: a process that another test
/// starts meanwhile holds a copy of every descriptor for the moment between its fork and its exec.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Sequential
{
    public const string Name = "one after the other";
}
