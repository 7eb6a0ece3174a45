using Xunit;

namespace Shimd.Tests.Vm;

/// <summary>The lifecycle on a kernel with nothing but cgroup v2, in an initramfs. The cases are shell functions in guest/cases.</summary>
public sealed class GuestSuiteTests(GuestSuite guest) : IClassFixture<GuestSuite>
{
    [Fact]
    public void Create_StartWaitDelete_GoesThroughAllStates() => guest.AssertPassed("create_start_wait_delete");

    [Fact]
    public void Run_Foreground_PassesCodeAndOutput() => guest.AssertPassed("run_passes_code_and_output");

    [Fact]
    public void Events_WholeLife_ComeInOrder() => guest.AssertPassed("events_come_in_order");

    [Fact]
    public void Exec_CaptureOutput_IsAnswered() => guest.AssertPassed("exec_captures_output");

    [Fact]
    public void Kill_Running_IsToldAsSignal() => guest.AssertPassed("kill_is_told_as_signal");

    [Fact]
    public void Stop_Obedient_EndsBySigterm() => guest.AssertPassed("stop_asks_by_sigterm");

    [Fact]
    public void Stop_Deaf_IsKilled() => guest.AssertPassed("stop_kills_the_deaf");

    [Fact]
    public void AgentKilled_Container_LivesAndItsExitIsKnown() => guest.AssertPassed("agent_killed_container_lives");

    [Fact]
    public void Oom_Init_IsToldByEventAndExit() => guest.AssertPassed("oom_is_told");

    [Fact]
    public void Oom_Exec_IsToldByEventAndExit() => guest.AssertPassed("oom_of_exec_is_told");

    [Fact]
    public void Oom_AfterAgentRestart_IsToldByEvent() => guest.AssertPassed("oom_is_told_after_agent_restart");

    [Fact]
    public void Oom_Told_LeavesTheAgentIdle() => guest.AssertPassed("oom_leaves_the_agent_idle");

    [Fact]
    public void Pause_Running_FreezesUntilResume() => guest.AssertPassed("pause_freezes_resume_thaws");

    [Fact]
    public void DeleteForce_Paused_Kills() => guest.AssertPassed("paused_is_deleted_by_force");

    [Fact]
    public void Stats_Running_AreThoseOfVersion2() => guest.AssertPassed("stats_are_those_of_v2");

    [Fact]
    public void Pids_WithExec_AreAllInTheGroup() => guest.AssertPassed("pids_are_all_in_the_group");

    [Fact]
    public void Update_Limits_AreSet() => guest.AssertPassed("update_sets_the_limit");

    [Fact]
    public void Create_OnInitramfs_ChoosesNoPivot() => guest.AssertPassed("no_pivot_is_chosen");

    [Fact]
    public void Create_OnInitramfsWithPivot_IsRefusedByTheRuntime() => guest.AssertPassed("no_pivot_is_needed");

    [Fact]
    public void Create_OnInitramfsWithRootfsElsewhere_ChoosesNoPivot() => guest.AssertPassed("no_pivot_is_chosen_for_a_mounted_rootfs");

    [Fact]
    public void Exec_Terminal_HasTheSizeItIsGiven() => guest.AssertPassed("terminal_has_the_size_it_is_given");

    /// <summary>No case that the guest runs is looked at by nobody.</summary>
    [Fact]
    public void Cases_All_HaveATestHere()
    {
        string source = File.ReadAllText(Path.Combine(Fixtures.Repository.Root, "tests/Vm/GuestSuiteTests.cs"));

        Assert.NotEmpty(GuestSuite.Cases);
        Assert.All(GuestSuite.Cases, name => Assert.Contains($"AssertPassed(\"{name}\")", source, StringComparison.Ordinal));
    }
}
