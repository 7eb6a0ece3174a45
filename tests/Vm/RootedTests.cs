using Xunit;

namespace Shimd.Tests.Vm;

/// <summary>What does not go in an initramfs: the guest's root is a mount here. The cases are shell functions in guest/cases/rooted.</summary>
public sealed class RootedTests(RootedTests.Boot boot) : IClassFixture<RootedTests.Boot>
{
    [Fact]
    public void Create_OnAMountedRoot_Pivots() => boot.Suite.AssertPassed("pivot_is_not_avoided");

    [Fact]
    public void Checkpoint_Restored_GoesOnWhereItWas() => boot.Suite.AssertPassed("restored_goes_on_where_it_was");

    [Fact]
    public void Checkpoint_LeaveRunning_GoesOn() => boot.Suite.AssertPassed("checkpoint_can_leave_it_running");

    [Fact]
    public void Cases_All_HaveATestHere() => boot.Suite.AssertEachCaseIsIn("RootedTests.cs");

    public sealed class Boot
    {
        // tar(1) is what CRIU saves a tmpfs with; that of busybox lacks options.
        internal GuestSuite Suite { get; } = new("rooted", "runc", "criu", "tar");
    }
}
