using Shimd.Protocol;
using Shimd.Supervisor;
using Xunit;

namespace Shimd.Tests.Unit.Supervisor;

public sealed class LifecycleTests
{
    private const string Deleted = "";

    private static readonly string[] s_triggers = ["Start", "Pause", "Resume", "Exec", "Kill", "Stop", "Update", "Checkpoint", "Delete", "Exited"];

    /// <summary>The status after each trigger, in the order above; "-" where it is refused.</summary>
    private static readonly Dictionary<string, string[]> s_table = new()
    {
        //               Start      Pause     Resume     Exec       Kill       Stop       Update     Checkpoint Delete   Exited
        ["creating"] = ["-", "-", "-", "-", "-", "-", "-", "-", "-", "stopped"],
        ["created"] = ["running", "-", "-", "-", "created", "stopped", "created", "-", "-", "stopped"],
        ["running"] = ["-", "paused", "-", "running", "running", "stopped", "running", "running", "-", "stopped"],
        ["paused"] = ["-", "-", "running", "-", "paused", "stopped", "paused", "-", "-", "stopped"],
        ["stopped"] = ["-", "-", "-", "-", "-", "stopped", "-", "-", Deleted, "-"],
        ["unknown"] = ["-", "-", "-", "-", "-", "-", "-", "-", "-", "stopped"],
    };

    public static TheoryData<string, string, string> Table()
    {
        var rows = new TheoryData<string, string, string>();
        foreach ((string status, string[] next) in s_table)
        {
            for (int i = 0; i < s_triggers.Length; i++)
            {
                rows.Add(status, s_triggers[i], next[i]);
            }
        }

        return rows;
    }

    [Fact]
    public void Table_Statuses_AreAllOfTheProtocols() => Assert.Equal(StatusWords.All.ToArray().Order(), s_table.Keys.Order());

    [Fact]
    public void Table_Triggers_AreAllThereAre() => Assert.Equal(Enum.GetNames<Trigger>(), s_triggers);

    [Theory]
    [MemberData(nameof(Table))]
    public void Next_StatusAndTrigger_IsAsTheTableSays(string status, string trigger, string next)
        => Assert.Equal(next == "-" ? null : next, Lifecycle.Next(status, Enum.Parse<Trigger>(trigger)));

    [Theory]
    [MemberData(nameof(Table))]
    public void Require_StatusAndTrigger_RefusesWithBadState(string status, string trigger, string next)
    {
        Exception? thrown = Record.Exception(() => Lifecycle.Require(status, Enum.Parse<Trigger>(trigger)));

        if (next == "-")
        {
            ShimdException refusal = Assert.IsType<ShimdException>(thrown);
            Assert.Equal(ErrorCode.BadState, refusal.Code);
            Assert.Equal(status, refusal.Details.Status);
            Assert.Contains($"'{status}'", refusal.Message, StringComparison.Ordinal);
        }
        else
        {
            Assert.Null(thrown);
        }
    }

    [Fact]
    public void Next_NoStatus_Null() => Assert.Null(Lifecycle.Next("no status", Trigger.Exited));
}
