using System.Diagnostics;
using Shimd.Bench.Benches;
using Shimd.Bench.Measuring;
using Shimd.Bench.Peers;
using Shimd.Bench.Reporting;
using Shimd.Native;

namespace Shimd.Bench;

internal static class Program
{
    private const string Usage = """
        usage: ./dev bench [--quick] [--docs] [--out DIR] [--largest N] [WHAT…]

          WHAT      size start run verbs exit throughput memory crowd requests stdio pipe; all if none is named
          --quick   to see that it works: under three minutes, figures of little weight
          --docs    put the results into docs/benchmarks.md and the plots beside it, too
          --out     where the results go: results.json, tables.md and plots; out/bench if left out
          --largest one more size for 'crowd', as 10000

        Needs root. Which peers it could not install or run is said in the results.
        """;

    private static readonly (string Name, Action<Benches.Bench> Measure)[] s_benches =
    [
        (StaticBenches.Sizes, StaticBenches.MeasureSizes),
        (StaticBenches.Starts, StaticBenches.MeasureStarts),
        (RunBench.Group, RunBench.Measure),
        (VerbBench.Group, VerbBench.Measure),
        (ExitBench.Group, ExitBench.Measure),
        (ThroughputBench.Group, ThroughputBench.Measure),
        (MemoryBench.Group, MemoryBench.Measure),
        (CrowdBenches.Group, CrowdBenches.Measure),
        (RequestBench.Group, RequestBench.Measure),
        (StdioBench.Group, StdioBench.Measure),
        (StdioBench.Pipes, StdioBench.MeasurePipes),
    ];

    private static int Main(string[] arguments)
    {
        if (arguments is ["--echo-server", string socket, string answerBytes])
        {
            return EchoServer.Serve(socket, int.Parse(answerBytes));
        }

        if (Options.Parse(arguments, [.. s_benches.Select(bench => bench.Name)]) is not { } options)
        {
            Console.Error.WriteLine(Usage);
            return 2;
        }

        if (NativeFile.EffectiveUid() != 0)
        {
            Console.Error.WriteLine("bench: needs root: it starts containers");
            return 1;
        }

        var board = new Board();
        board.Remarks.AddRange(options.Remarks);
        var about = About.Now(options.Binary);
        long start = Stopwatch.GetTimestamp();
        ProcessControl.BecomeSubreaper().OrThrow("prctl");
        using var interruption = new Interruption();
        try
        {
            using var workspace = new Workspace(options.Binary);
            Run(options, board, workspace);
        }
        catch (OperationCanceledException)
        {
            board.Remarks.Add("The run was interrupted; what would have come later is missing.");
        }

        about.Finish(Stopwatch.GetElapsedTime(start));
        Report.Write(board, about, options);
        return 0;
    }

    private static void Run(Options options, Board board, Workspace workspace)
    {
        using var bench = new Benches.Bench(workspace, board, options.Effort);
        foreach ((string name, Action<Benches.Bench> measure) in s_benches)
        {
            if (options.Groups.Count > 0 && !options.Groups.Contains(name))
            {
                continue;
            }

            // Those of a peer are in its series; this is what no contender could be blamed for.
            _ = Board.Try(board.Get(name, "the bench itself", "", "shimd"), () =>
            {
                measure(bench);
                return 0;
            });
        }
    }
}
