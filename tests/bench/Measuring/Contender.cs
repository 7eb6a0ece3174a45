namespace Shimd.Bench.Measuring;

/// <summary>Somebody who does the work of a bench once, and says what it took in the bench's unit.</summary>
/// <param name="Against">The contender that it is compared with.</param>
internal sealed record Contender(string Name, string? Against, Func<double> Sample);

/// <summary>How turns are taken.</summary>
/// <param name="IsPaired">Rounds are so short and so many that contenders are compared within each of them.</param>
/// <param name="Rest">The pause before each turn, for the machine to become as idle as it is when a person calls a command.</param>
internal readonly record struct Turn(bool IsPaired = false, TimeSpan Rest = default);
