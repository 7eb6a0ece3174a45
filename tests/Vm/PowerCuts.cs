using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Vm;

/// <summary>Boots a guest with its state root on a disk, cuts its power while it works, and boots it again: three times.</summary>
public sealed class PowerCuts
{
    private const int Count = 3;
    private const int BootDeadlineMs = 90_000;
    private const int LoadDeadlineMs = 60_000;
    private const int MaxLines = 16;
    private const int MaxDelayMs = 400;

    /// <summary>What is cut when is a matter of the machine's speed as well; this makes the attempts alike.</summary>
    private const int Seed = 20261123;

    private readonly Lazy<IReadOnlyList<PowerCut>> _cuts = new(Run);

    /// <summary>All cuts, or the test is skipped.</summary>
    internal IReadOnlyList<PowerCut> Require()
    {
        VirtualMachine.Require();
        _ = Machine.RequireProgram("mke2fs");
        return _cuts.Value;
    }

    private static List<PowerCut> Run()
    {
        using var directory = new TempDirectory();
        Guest.Write(directory["initramfs"]);
        ChildEnd made = Child.Run(Machine.RequireProgram("mke2fs"), "-q", "-F", "-t", "ext4", directory["disk"], "64M");
        Assert.True(made.Status.Code == 0, made.Errors);

        var random = new Random(Seed);
        List<PowerCut> cuts = [];
        IReadOnlyList<string>? said = null;
        for (int boot = 0; boot <= Count; boot++)
        {
            using var machine = VirtualMachine.Boot(directory["initramfs"], $"role=inspect boot={boot}", directory["disk"]);
            machine.WaitUntil(() => machine.Lines.Contains("INSPECTED"), "the guest looks at its disk", BootDeadlineMs);
            if (said is not null)
            {
                cuts.Add(new PowerCut(said, machine.Lines));
            }

            if (boot < Count)
            {
                int lines = random.Next(4, MaxLines);
                machine.WaitUntil(() => machine.After("SAID").Count() >= lines, "the guest works", LoadDeadlineMs);
                machine.ReadFor(random.Next(MaxDelayMs));
                machine.Cut();

                // What comes last may have been cut, too.
                said = [.. machine.Lines.SkipLast(1)];
            }
        }

        return cuts;
    }
}
