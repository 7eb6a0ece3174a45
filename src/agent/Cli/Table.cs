using System.Text;

namespace Shimd.Cli;

/// <summary>Columns as wide as their widest cell, two spaces apart; the last one as it comes.</summary>
internal sealed class Table(params string[] header)
{
    private readonly List<string[]> _rows = header.Length > 0 ? [header] : [];

    public void Add(params string[] row) => _rows.Add(row);

    public void Print()
    {
        int[] widths = Widths();
        var line = new StringBuilder();
        foreach (string[] row in _rows)
        {
            for (int i = 0; i < row.Length; i++)
            {
                line.Append(row[i]);
                if (i < row.Length - 1)
                {
                    line.Append(' ', widths[i] - row[i].Length + 2);
                }
            }

            StandardOutput.Line(line.ToString().TrimEnd());
            line.Clear();
        }
    }

    private int[] Widths()
    {
        int columns = 0;
        foreach (string[] row in _rows)
        {
            columns = Math.Max(columns, row.Length);
        }

        var widths = new int[columns];
        foreach (string[] row in _rows)
        {
            for (int i = 0; i < row.Length - 1; i++)
            {
                widths[i] = Math.Max(widths[i], row[i].Length);
            }
        }

        return widths;
    }
}
