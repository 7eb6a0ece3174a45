using Shimd.Protocol;
using Shimd.Supervisor;

namespace Shimd.Server;

/// <summary>The methods: what each calls, one entry a method.</summary>
internal static class Handlers
{
    public static void RegisterAll(Dispatcher dispatcher, Supervisor.Supervisor supervisor)
    {
        RegisterConnection(dispatcher, supervisor);
        RegisterLifecycle(dispatcher, supervisor);
        RegisterQueries(dispatcher, supervisor);
    }

    private static void RegisterConnection(Dispatcher dispatcher, Supervisor.Supervisor supervisor)
    {
        dispatcher.Register(Methods.Hello, ParamsJson.Default.NoParams, WireJson.Default.HelloResult, (call, _) => Hello(call, dispatcher, supervisor));
        dispatcher.Register(Methods.Subscribe, ParamsJson.Default.SubscribeParams, WireJson.Default.SubscribeResult, (call, p) => Subscribe(call, p, supervisor));
        dispatcher.Register(Methods.Unsubscribe, ParamsJson.Default.UnsubscribeParams, WireJson.Default.EmptyResult, (call, p) =>
        {
            call.Session.Subscriptions.Remove(p.Subscription);
            return EmptyResult.Instance;
        });
        dispatcher.Register(Methods.Bye, ParamsJson.Default.NoParams, WireJson.Default.EmptyResult, async (call, _) =>
        {
            await call.Session.Calls.WhenNoneLongAsync(call.Cancellation);
            call.AfterReply = call.Session.EndWhenSent;
            return EmptyResult.Instance;
        });
    }

    private static void RegisterLifecycle(Dispatcher dispatcher, Supervisor.Supervisor supervisor)
    {
        dispatcher.Register(Methods.Create, ParamsJson.Default.CreateParams, WireJson.Default.ContainerInfo, (call, p) => supervisor.CreateAsync(p, start: false, call.Descriptors));
        dispatcher.Register(Methods.Run, ParamsJson.Default.CreateParams, WireJson.Default.ContainerInfo, (call, p) => supervisor.CreateAsync(p, start: true, call.Descriptors));
        dispatcher.Register(Methods.Start, ParamsJson.Default.ContainerParams, WireJson.Default.ContainerInfo, (_, p) => supervisor.StartAsync(p));
        dispatcher.Register(Methods.Stop, ParamsJson.Default.StopParams, WireJson.Default.ContainerInfo, (_, p) => supervisor.StopAsync(p));
        dispatcher.Register(Methods.Kill, ParamsJson.Default.KillParams, WireJson.Default.EmptyResult, async (_, p) =>
        {
            await supervisor.KillAsync(p);
            return EmptyResult.Instance;
        });
        dispatcher.Register(Methods.Pause, ParamsJson.Default.ContainerParams, WireJson.Default.ContainerInfo, (_, p) => supervisor.PauseAsync(p));
        dispatcher.Register(Methods.Resume, ParamsJson.Default.ContainerParams, WireJson.Default.ContainerInfo, (_, p) => supervisor.ResumeAsync(p));
        dispatcher.Register(Methods.Update, ParamsJson.Default.UpdateParams, WireJson.Default.ContainerInfo, (_, p) => supervisor.UpdateAsync(p));
        dispatcher.Register(Methods.Exec, ParamsJson.Default.ExecParams, WireJson.Default.ExecResult, (call, p) => supervisor.ExecAsync(p, call.Descriptors), p => p.Wait);
        dispatcher.Register(Methods.Checkpoint, ParamsJson.Default.CheckpointParams, WireJson.Default.EmptyResult, (_, p) => supervisor.CheckpointAsync(p));
        dispatcher.Register(Methods.Resize, ParamsJson.Default.ResizeParams, WireJson.Default.EmptyResult, (_, p) =>
        {
            supervisor.Resize(p);
            return EmptyResult.Instance;
        });
        dispatcher.Register(Methods.CloseStdin, ParamsJson.Default.ProcessParams, WireJson.Default.EmptyResult, (_, p) =>
        {
            supervisor.CloseStdin(p);
            return EmptyResult.Instance;
        });
        dispatcher.Register(Methods.Delete, ParamsJson.Default.DeleteParams, async (call, p) =>
        {
            Removed removed = await supervisor.DeleteAsync(p);
            Reply(call, removed.Container, removed.Process);
        });
    }

    private static void RegisterQueries(Dispatcher dispatcher, Supervisor.Supervisor supervisor)
    {
        dispatcher.Register(Methods.Wait, ParamsJson.Default.WaitParams, WireJson.Default.ExitInfo, (call, p) => supervisor.WaitAsync(p, call.Cancellation));
        dispatcher.Register(Methods.List, ParamsJson.Default.ListParams, WireJson.Default.ListResult, (_, p) => supervisor.List(p));
        dispatcher.Register(Methods.Processes, ParamsJson.Default.ContainerParams, WireJson.Default.ProcessesResult, (_, p) => supervisor.Processes(p));
        dispatcher.Register(Methods.Explain, ParamsJson.Default.ContainerParams, WireJson.Default.ExplainResult, (_, p) => supervisor.Explain(p));
        dispatcher.Register(Methods.Pids, ParamsJson.Default.ContainerParams, WireJson.Default.PidsResult, (_, p) => supervisor.Pids(p));
        dispatcher.Register(Methods.Stats, ParamsJson.Default.ContainerParams, WireJson.Default.StatsResult, (_, p) => supervisor.Stats(p));
        dispatcher.Register(Methods.State, ParamsJson.Default.ProcessParams, (call, p) =>
        {
            Reply(
                call,
                p.Process is null ? supervisor.ContainerState(p.Id, p.Instance) : null,
                p.Process is null ? null : supervisor.ProcessState(p.Id, p.Instance, p.Process));
            return Task.CompletedTask;
        });
    }

    private static void Reply(Call call, ContainerInfo? container, ProcessInfo? process)
    {
        if (container is not null)
        {
            call.Reply(container, WireJson.Default.ContainerInfo);
        }
        else
        {
            call.Reply(process!, WireJson.Default.ProcessInfo);
        }
    }

    private static HelloResult Hello(Call call, Dispatcher dispatcher, Supervisor.Supervisor supervisor) => new()
    {
        Server = "shimd",
        Version = AgentMain.Version,
        Protocol = ProtocolVersion.Current,
        Epoch = supervisor.Events.Epoch,
        Features = dispatcher.Registered,
        Limits = LimitsInfo.Current,
        Runtimes = [.. Supervisor.Supervisor.Runtimes.Select(runtime => new RuntimeInfo { Name = runtime.Name, Path = runtime.Path })],
        Peer = new PeerInfo { Uid = call.Session.Peer.Uid, Access = call.Session.Peer.Access },
    };

    private static SubscribeResult Subscribe(Call call, SubscribeParams request, Supervisor.Supervisor supervisor)
    {
        if (request.Snapshot && request.Since is not null)
        {
            throw ShimdException.InvalidParams("since", "cannot be given with snapshot, which says more: leave one of them out");
        }

        return call.Session.Subscriptions.Add(call, request, supervisor.Events, request.Snapshot ? ListAll(supervisor) : null);
    }

    /// <summary>All pages at once: between two of them a container could come or go.</summary>
    private static List<ContainerInfo> ListAll(Supervisor.Supervisor supervisor)
    {
        List<ContainerInfo> all = [];
        string? after = null;
        do
        {
            ListResult page = supervisor.List(new ListParams { After = after, Limit = Limits.MaxListLimit });
            all.AddRange(page.Containers);
            after = page.Next;
        }
        while (after is not null);
        return all;
    }
}
