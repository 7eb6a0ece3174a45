namespace Shimd.Bench.Measuring;

/// <summary>Somebody who does the work of a bench once, and says what it took in the bench's unit.</summary>
/// <param name="Against">The contender that it is compared with.</param>
internal sealed record Contender(string Name, string? Against, Func<double> Sample);
