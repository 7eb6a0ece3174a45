using System.Globalization;
using System.Text;
using Shimd.Bench.Measuring;

namespace Shimd.Bench.Reporting;

/// <summary>The results as Markdown: a table for each quantity, and for each contender who is ahead, and by how much.</summary>
internal static class Tables
{
    public static string Markdown(Series[] all, About about, IReadOnlyList<string> remarks)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"Run of {about.Date}, {about.Took}, on {about.Machine}; load average before it: {about.LoadBefore}.\n\n");
        text.Append("| program | version |\n|---|---|\n");
        foreach ((string program, string version) in about.Versions)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {program} | {version} |\n");
        }

        foreach (string remark in remarks)
        {
            text.Append(CultureInfo.InvariantCulture, $"\nRemark: {remark}\n");
        }

        foreach (IGrouping<string, Series> group in all.GroupBy(series => series.Group))
        {
            text.Append(CultureInfo.InvariantCulture, $"\n### {group.Key}\n");
            foreach (IGrouping<string, Series> what in group.GroupBy(series => series.What))
            {
                text.Append(CultureInfo.InvariantCulture, $"\n{Capital(what.Key)}, in {what.First().Unit}:\n\n");
                Series[] rows = [.. what];
                if (Plots.FileOf(rows) is { } plot)
                {
                    text.Append(CultureInfo.InvariantCulture, $"![{what.Key}](benchmarks/{plot})\n\n");
                }

                Table(text, rows);
            }
        }

        return text.ToString();
    }

    /// <summary>With as many digits as mean something.</summary>
    public static string Number(double value) => Math.Abs(value) switch
    {
        >= 100 => value.ToString("N0", CultureInfo.InvariantCulture),
        >= 10 => value.ToString("0.0", CultureInfo.InvariantCulture),
        >= 0.1 => value.ToString("0.00", CultureInfo.InvariantCulture),
        _ => value.ToString("0.000", CultureInfo.InvariantCulture),
    };

    private static void Table(StringBuilder text, Series[] rows)
    {
        bool hasCounts = rows.Any(row => row.N is not null);
        text.Append(hasCounts ? "| | N | median | p99 | ± | samples | beside shimd |\n|---|---:|---:|---:|---:|---:|---|\n" : "| | median | p99 | ± | samples | beside shimd |\n|---|---:|---:|---:|---:|---|\n");
        foreach (Series row in rows)
        {
            string n = hasCounts ? $" {row.N:N0} |" : "";
            if (row.Samples.Count == 0)
            {
                text.Append(CultureInfo.InvariantCulture, $"| {row.Who} |{n} failed | | | | {Cell(row.Failure!)} |\n");
                continue;
            }

            string failed = row.Failure is null ? "" : $"; then failed: {Cell(row.Failure)}";
            string verdict = Verdict(row, rows);
            text.Append(
                CultureInfo.InvariantCulture,
                $"| {row.Who} |{n} {Number(Statistics.Median(row.Samples))} | {Number(Statistics.Quantile(row.Samples, 0.99))} | {Number(Statistics.Deviation(row.Samples))} | {row.Samples.Count} | {verdict}{failed} |\n");
        }
    }

    private static string Verdict(Series row, Series[] rows)
    {
        Series? own = Array.Find(rows, other => other.Who == row.Against && other.N == row.N && other.Samples.Count > 0);
        if (own is null || Statistics.Median(own.Samples) <= 0 || Statistics.Median(row.Samples) <= 0)
        {
            return "";
        }

        (List<double> other, List<double> reference) = row.IsRate ? (own.Samples, row.Samples) : (row.Samples, own.Samples);
        Ratio ratio = row.IsPaired && other.Count == reference.Count ? Statistics.ComparePaired(other, reference) : Statistics.Compare(other, reference);
        if (row.Who.StartsWith("shimd", StringComparison.Ordinal))
        {
            return $"{Number(ratio.Value)} × ({Number(ratio.Low)}–{Number(ratio.High)}) of shimd's usual";
        }

        bool isClear = ratio.Low > 1 || ratio.High < 1;
        return !isClear ? $"even ({Number(ratio.Low)}–{Number(ratio.High)})"
            : ratio.Value > 1 ? $"shimd ahead {Number(ratio.Value)} × ({Number(ratio.Low)}–{Number(ratio.High)})"
            : $"shimd behind {Number(1 / ratio.Value)} × ({Number(1 / ratio.High)}–{Number(1 / ratio.Low)})";
    }

    private static string Cell(string text) => text.Replace('|', '/').ReplaceLineEndings(" ");

    private static string Capital(string text) => char.ToUpperInvariant(text[0]) + text[1..];
}
