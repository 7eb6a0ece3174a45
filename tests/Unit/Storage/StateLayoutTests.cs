using Shimd.Native;
using Shimd.Storage;
using Xunit;

namespace Shimd.Tests.Unit.Storage;

public sealed class StateLayoutTests
{
    private static readonly StateLayout s_layout = new("/r");

    [Fact]
    public void Layout_Root_HasTheFilesOfAnAgent()
    {
        Assert.Equal("/run/shimd", StateLayout.DefaultRoot);
        Assert.Equal("/r", s_layout.Root);
        Assert.Equal("/r/agent.lock", s_layout.AgentLock);
        Assert.Equal("/r/shimd.sock", s_layout.Socket);
        Assert.Equal("/r/events.log", s_layout.EventJournal);
        Assert.Equal("/r/containers", s_layout.Containers);
        Assert.Equal("/r/quarantine", s_layout.Quarantine);
        Assert.Equal("/r/runtime", s_layout.Runtimes);
        Assert.Equal("/r/runtime/crun", s_layout.RuntimeRoot("crun"));
    }

    [Fact]
    public void Container_Id_IsItsDirectory()
    {
        ContainerDirectory container = s_layout.Container("web");

        Assert.Equal("/r/containers/web", container.Path);
        Assert.Equal("/r/containers/web/container.json", container.Record);
        Assert.Equal("/r/containers/web/processes", container.Processes);
    }

    [Fact]
    public void Process_Name_IsItsDirectory()
    {
        ProcessDirectory process = s_layout.Container("web").Process("init");

        Assert.Equal("/r/containers/web/processes/init", process.Path);
        Assert.Equal("/r/containers/web/processes/init/process.json", process.Record);
        Assert.Equal("/r/containers/web/processes/init/exit", process.Exit);
        Assert.Equal("/r/containers/web/processes/init/control", process.Control);
        Assert.Equal("/r/containers/web/processes/init/lock", process.Lock);
        Assert.Equal("/r/containers/web/processes/init/running.json", process.Running);
        Assert.Equal("/r/containers/web/processes/init/exit.json", process.ExitRecord);
        Assert.Equal("/r/containers/web/processes/init/announced", process.Announced);
        Assert.Equal("/r/containers/web/processes/init/pid", process.PidFile);
        Assert.Equal("/r/containers/web/processes/init/spec.json", process.ExecSpec);
        Assert.Equal("/r/containers/web/processes/init/runtime.log", process.RuntimeLog);
        Assert.Equal("/r/containers/web/processes/init/shim.log", process.ShimLog);
    }

    [Fact]
    public void Current_ShimsView_IsRelative()
    {
        Assert.Equal("process.json", ProcessDirectory.Current.Record);
        Assert.Equal("exit.json", ProcessDirectory.Current.ExitRecord);
        Assert.Equal(ProcessDirectory.ControlName, ProcessDirectory.Current.Control);
    }

    [Fact]
    public void Socket_DefaultRoot_FitsAnAddress()
        => Assert.InRange(new StateLayout(StateLayout.DefaultRoot).Socket.Length, 1, UnixSocket.MaxPathBytes);
}
