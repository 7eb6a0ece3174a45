using Xunit;

namespace Shimd.Tests.Vm;

/// <summary>The lifecycle on a kernel with nothing but cgroup v2, in an initramfs. The cases are
/// shell functions in guest/cases/initramfs.</summary>
public sealed class InitramfsTests(InitramfsTests.Boot boot) : IClassFixture<InitramfsTests.Boot>
{
    [Fact]
    public void Create_StartWaitDelete_GoesThroughAllStates() => boot.Suite.AssertPassed("create_start_wait_delete");

    [Fact]
    public void Run_Foreground_PassesCodeAndOutput() => boot.Suite.AssertPassed("run_passes_code_and_output");

    [Fact]
    public void Events_WholeLife_ComeInOrder() => boot.Suite.AssertPassed("events_come_in_order");

    [Fact]
    public void Exec_CaptureOutput_IsAnswered() => boot.Suite.AssertPassed("exec_captures_output");

    [Fact]
    public void Kill_Running_IsToldAsSignal() => boot.Suite.AssertPassed("kill_is_told_as_signal");

    [Fact]
    public void Stop_Obedient_EndsBySigterm() => boot.Suite.AssertPassed("stop_asks_by_sigterm");

    [Fact]
    public void Stop_Deaf_IsKilled() => boot.Suite.AssertPassed("stop_kills_the_deaf");

    [Fact]
    public void AgentKilled_Container_LivesAndItsExitIsKnown() => boot.Suite.AssertPassed("agent_killed_container_lives");

    [Fact]
    public void Oom_Init_IsToldByEventAndExit() => boot.Suite.AssertPassed("oom_is_told");

    [Fact]
    public void Oom_Exec_IsToldByEventAndExit() => boot.Suite.AssertPassed("oom_of_exec_is_told");

    [Fact]
    public void Oom_AfterAgentRestart_IsToldByEvent() => boot.Suite.AssertPassed("oom_is_told_after_agent_restart");

    [Fact]
    public void Oom_Told_LeavesTheAgentIdle() => boot.Suite.AssertPassed("oom_leaves_the_agent_idle");

    [Fact]
    public void Pause_Running_FreezesUntilResume() => boot.Suite.AssertPassed("pause_freezes_resume_thaws");

    [Fact]
    public void DeleteForce_Paused_Kills() => boot.Suite.AssertPassed("paused_is_deleted_by_force");

    [Fact]
    public void Stats_Running_AreThoseOfVersion2() => boot.Suite.AssertPassed("stats_are_those_of_v2");

    [Fact]
    public void Pids_WithExec_AreAllInTheGroup() => boot.Suite.AssertPassed("pids_are_all_in_the_group");

    [Fact]
    public void Update_Limits_AreSet() => boot.Suite.AssertPassed("update_sets_the_limit");

    [Fact]
    public void Create_OnInitramfs_ChoosesNoPivot() => boot.Suite.AssertPassed("no_pivot_is_chosen");

    [Fact]
    public void Create_OnInitramfsWithPivot_IsRefusedByTheRuntime() => boot.Suite.AssertPassed("no_pivot_is_needed");

    [Fact]
    public void Create_OnInitramfsWithRootfsElsewhere_ChoosesNoPivot() => boot.Suite.AssertPassed("no_pivot_is_chosen_for_a_mounted_rootfs");

    [Fact]
    public void Exec_Terminal_HasTheSizeItIsGiven() => boot.Suite.AssertPassed("terminal_has_the_size_it_is_given");

    /// <summary>No case that the guest runs is looked at by nobody.</summary>
    [Fact]
    public void Cases_All_HaveATestHere() => boot.Suite.AssertEachCaseIsIn("InitramfsTests.cs");

    public sealed class Boot
    {
        internal GuestSuite Suite { get; } = new("initramfs");
    }
}
