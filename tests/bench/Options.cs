using System.Globalization;
using System.Reflection;
using Shimd.Bench.Measuring;

namespace Shimd.Bench;

/// <summary>The command line, and what ./dev says in the environment.</summary>
internal sealed class Options
{
    public Effort Effort { get; private set; } = new(IsQuick: false, LargestCrowd: null);

    public bool WritesDocs { get; private set; }

    public string OutputDirectory { get; private set; } = Path.Combine(RepositoryRoot, "out/bench");

    public List<string> Groups { get; } = [];

    /// <summary>The published binary.</summary>
    public string Binary { get; private set; } = "";

    /// <summary>What ./dev could not install.</summary>
    public List<string> Remarks { get; } = [];

    public static string RepositoryRoot { get; } = typeof(Options).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(attribute => attribute.Key == "RepositoryRoot")
        .Value!;

    /// <summary>Null when there is nothing to be understood.</summary>
    public static Options? Parse(string[] arguments, string[] groups)
    {
        var options = new Options();
        for (int i = 0; i < arguments.Length; i++)
        {
            switch (arguments[i])
            {
                case "--quick":
                    options.Effort = options.Effort with { IsQuick = true };
                    break;
                case "--docs":
                    options.WritesDocs = true;
                    break;
                case "--out" when i + 1 < arguments.Length:
                    options.OutputDirectory = Path.GetFullPath(arguments[++i]);
                    break;
                case "--largest" when i + 1 < arguments.Length && int.TryParse(arguments[i + 1], NumberStyles.None, CultureInfo.InvariantCulture, out int largest):
                    options.Effort = options.Effort with { LargestCrowd = largest };
                    i++;
                    break;
                case string group when groups.Contains(group):
                    options.Groups.Add(group);
                    break;
                default:
                    return null;
            }
        }

        options.Binary = Path.GetFullPath(Environment.GetEnvironmentVariable("SHIMD_BIN") ?? Path.Combine(RepositoryRoot, "out/linux-x64/shimd"));
        if (Environment.GetEnvironmentVariable("SHIMD_BENCH_MISSING") is { Length: > 0 } missing)
        {
            options.Remarks.Add($"could not be installed: {missing.Trim()}");
        }

        return File.Exists(options.Binary) ? options : null;
    }
}
