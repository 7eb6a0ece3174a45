using System.Globalization;
using System.Text;
using Shimd.Bench.Measuring;

namespace Shimd.Bench.Reporting;

/// <summary>Plots as SVG, by hand: bars with their p99 for a comparison, lines over N (both axes logarithmic) for growth.</summary>
internal static class Plots
{
    private const int Width = 760;
    private const int LabelWidth = 260;
    private const int ValueWidth = 110;
    private const int BarHeight = 22;
    private const int Top = 44;
    private const int LineHeight = 320;

    private static readonly string[] s_colours = ["#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e", "#17becf"];

    /// <summary>The name of the plot's file; null where there is nothing to compare.</summary>
    public static string? FileOf(Series[] rows)
    {
        int shown = rows.Count(row => row.Samples.Count > 0);
        return shown < 2 ? null : $"{Slug(rows[0].Group)}-{Slug(rows[0].What)}.svg";
    }

    public static void Write(string directory, Series[] all)
    {
        Directory.CreateDirectory(directory);
        foreach (string old in Directory.GetFiles(directory, "*.svg"))
        {
            File.Delete(old);
        }

        foreach (IGrouping<(string, string), Series> quantity in all.GroupBy(series => (series.Group, series.What)))
        {
            Series[] rows = [.. quantity];
            if (FileOf(rows) is { } name)
            {
                Series[] shown = [.. rows.Where(row => row.Samples.Count > 0)];
                File.WriteAllText(Path.Combine(directory, name), shown.Any(row => row.N is not null) ? Lines(shown) : Bars(shown));
            }
        }
    }

    private static string Bars(Series[] rows)
    {
        double largest = rows.Max(row => Statistics.Median(row.Samples));
        int height = Top + (rows.Length * BarHeight) + 10;
        StringBuilder svg = Begin(height, rows[0]);
        double scale = (Width - LabelWidth - ValueWidth) / largest;
        for (int i = 0; i < rows.Length; i++)
        {
            double median = Statistics.Median(rows[i].Samples);
            int y = Top + (i * BarHeight);
            string colour = rows[i].Who.StartsWith("shimd", StringComparison.Ordinal) ? s_colours[0] : "#999999";
            Text(svg, LabelWidth - 8, y + 14, rows[i].Who, "end");
            svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{LabelWidth}\" y=\"{y + 3}\" width=\"{Math.Max(median * scale, 1):0.#}\" height=\"{BarHeight - 6}\" fill=\"{colour}\"/>\n");
            Text(svg, LabelWidth + (median * scale) + 6, y + 14, $"{Tables.Number(median)} ± {Tables.Number(Statistics.Deviation(rows[i].Samples))}", "start");
        }

        return svg.Append("</svg>\n").ToString();
    }

    private static string Lines(Series[] rows)
    {
        StringBuilder svg = Begin(Top + LineHeight + 40, rows[0]);
        double[] values = [.. rows.Select(row => Math.Max(Statistics.Median(row.Samples), 0.001))];
        double[] counts = [.. rows.Select(row => Math.Max(row.N ?? 1, 0.5))];
        var x = new Axis(counts.Min(), counts.Max(), 70, Width - 190);
        var y = new Axis(values.Min() / 1.5, values.Max() * 1.5, Top + LineHeight, Top);
        svg.Append(CultureInfo.InvariantCulture, $"<path d=\"M70 {Top}V{Top + LineHeight}H{Width - 190}\" fill=\"none\" stroke=\"#333\"/>\n");
        foreach (double n in counts.Distinct())
        {
            Text(svg, x.Of(n), Top + LineHeight + 18, n < 1 ? "0" : n.ToString("N0", CultureInfo.InvariantCulture), "middle");
        }

        for (double power = Math.Pow(10, Math.Ceiling(Math.Log10(values.Min() / 1.5))); power <= values.Max() * 1.5; power *= 10)
        {
            Text(svg, 62, y.Of(power) + 4, Tables.Number(power), "end");
            svg.Append(CultureInfo.InvariantCulture, $"<path d=\"M70 {y.Of(power):0.#}H{Width - 190}\" stroke=\"#ddd\"/>\n");
        }

        int colour = 0;
        foreach (IGrouping<string, Series> who in rows.GroupBy(row => row.Who))
        {
            string stroke = s_colours[colour++ % s_colours.Length];
            (double X, double Y)[] points = [.. who.OrderBy(row => row.N).Select(row => (x.Of(Math.Max(row.N ?? 1, 0.5)), y.Of(Math.Max(Statistics.Median(row.Samples), 0.001))))];
            string path = string.Join('L', points.Select(point => string.Create(CultureInfo.InvariantCulture, $"{point.X:0.#} {point.Y:0.#}")));
            svg.Append(CultureInfo.InvariantCulture, $"<path d=\"M{path}\" fill=\"none\" stroke=\"{stroke}\" stroke-width=\"2\"/>\n");
            foreach ((double pointX, double pointY) in points)
            {
                svg.Append(CultureInfo.InvariantCulture, $"<circle cx=\"{pointX:0.#}\" cy=\"{pointY:0.#}\" r=\"3\" fill=\"{stroke}\"/>\n");
            }

            Text(svg, points[^1].X + 8, points[^1].Y + 4, $"{who.Key}: {Tables.Number(Statistics.Median(who.OrderBy(row => row.N).Last().Samples))}", "start", stroke);
        }

        return svg.Append("</svg>\n").ToString();
    }

    private static StringBuilder Begin(int height, Series series)
    {
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{Width}\" height=\"{height}\" viewBox=\"0 0 {Width} {height}\" font-family=\"sans-serif\" font-size=\"12\">\n");
        svg.Append(CultureInfo.InvariantCulture, $"<rect width=\"{Width}\" height=\"{height}\" fill=\"#ffffff\"/>\n");
        string direction = series.IsRate ? "more is better" : "less is better";
        string x = series.N is null ? "" : ", over the number N";
        Text(svg, 12, 24, $"{series.What}{x}: {series.Unit}, {direction}", "start", "#000", 14);
        return svg;
    }

    private static void Text(StringBuilder svg, double x, double y, string text, string anchor, string colour = "#333", int size = 12)
    {
        string escaped = text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal);
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{x:0.#}\" y=\"{y:0.#}\" text-anchor=\"{anchor}\" fill=\"{colour}\" font-size=\"{size}\">{escaped}</text>\n");
    }

    private static string Slug(string text)
    {
        var slug = new StringBuilder();
        foreach (char c in text.ToLowerInvariant().Where(c => char.IsAsciiLetterOrDigit(c) || c == ' '))
        {
            slug.Append(c == ' ' ? '-' : c);
        }

        return slug.ToString().Trim('-').Replace("--", "-", StringComparison.Ordinal);
    }

    /// <summary>From a value to its place, logarithmically.</summary>
    private sealed class Axis(double low, double high, double from, double to)
    {
        public double Of(double value)
            => high <= low ? (from + to) / 2 : from + ((to - from) * (Math.Log(value) - Math.Log(low)) / (Math.Log(high) - Math.Log(low)));
    }
}
