using Shimd.Oci;
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
        LogHandlers.Register(dispatcher, supervisor);
        AttachHandlers.Register(dispatcher, supervisor);
    }

    private static void RegisterConnection(Dispatcher dispatcher, Supervisor.Supervisor supervisor)
    {
        dispatcher.Register<NoParams, HelloResult>(Methods.Hello, (call, _) => Hello(call, dispatcher, supervisor));
        dispatcher.Register<DiscoverParams, OpenRpc>(Methods.Discover, (_, p) => Discover(p, dispatcher));
        dispatcher.Register<SubscribeParams, SubscribeResult>(Methods.Subscribe, (call, p) => Subscribe(call, p, supervisor));
        dispatcher.Register<UnsubscribeParams, EmptyResult>(Methods.Unsubscribe, (call, p) =>
        {
            call.Session.Subscriptions.Remove(p.Subscription);
            return EmptyResult.Instance;
        });
        dispatcher.Register<NoParams, EmptyResult>(Methods.Bye, async (call, _) =>
        {
            await call.Session.Calls.WhenNoneLongAsync(call.Cancellation);
            await call.Session.Subscriptions.WhenFedAsync();
            call.AfterReply = call.Session.EndWhenSent;
            return EmptyResult.Instance;
        });
    }

    private static void RegisterLifecycle(Dispatcher dispatcher, Supervisor.Supervisor supervisor)
    {
        dispatcher.Register<CreateParams, ContainerInfo>(Methods.Create, (call, p) => supervisor.CreateAsync(p, start: false, call.Descriptors));
        dispatcher.Register<CreateParams, ContainerInfo>(Methods.Run, (call, p) => supervisor.CreateAsync(p, start: true, call.Descriptors));
        dispatcher.Register<ContainerParams, ContainerInfo>(Methods.Start, (_, p) => supervisor.StartAsync(p));
        dispatcher.Register<StopParams, ContainerInfo>(Methods.Stop, (_, p) => supervisor.StopAsync(p));
        dispatcher.Register<KillParams, EmptyResult>(Methods.Kill, async (_, p) =>
        {
            await supervisor.KillAsync(p);
            return EmptyResult.Instance;
        });
        dispatcher.Register<ContainerParams, ContainerInfo>(Methods.Pause, (_, p) => supervisor.PauseAsync(p));
        dispatcher.Register<ContainerParams, ContainerInfo>(Methods.Resume, (_, p) => supervisor.ResumeAsync(p));
        dispatcher.Register<UpdateParams, ContainerInfo>(Methods.Update, (_, p) => supervisor.UpdateAsync(p));
        dispatcher.Register<ExecParams, ExecResult>(Methods.Exec, (call, p) => supervisor.ExecAsync(p, call.Descriptors), p => p.Wait);
        dispatcher.Register<CheckpointParams, EmptyResult>(Methods.Checkpoint, (_, p) => supervisor.CheckpointAsync(p));
        dispatcher.Register<ResizeParams, EmptyResult>(Methods.Resize, async (_, p) =>
        {
            await supervisor.ResizeAsync(p);
            return EmptyResult.Instance;
        });
        dispatcher.Register<ProcessParams, EmptyResult>(Methods.CloseStdin, async (_, p) =>
        {
            await supervisor.CloseStdinAsync(p);
            return EmptyResult.Instance;
        });
        dispatcher.Register<DeleteParams>(Methods.Delete, async (call, p) =>
        {
            Removed removed = await supervisor.DeleteAsync(p);
            Reply(call, removed.Container, removed.Process);
        });
    }

    private static void RegisterQueries(Dispatcher dispatcher, Supervisor.Supervisor supervisor)
    {
        dispatcher.Register<WaitParams, ExitInfo>(Methods.Wait, (call, p) => supervisor.WaitAsync(p, call.Cancellation));
        dispatcher.Register<ListParams, ListResult>(Methods.List, (_, p) => supervisor.List(p));
        dispatcher.Register<ContainerParams, ProcessesResult>(Methods.Processes, (_, p) => supervisor.Processes(p));
        dispatcher.Register<ContainerParams, ExplainResult>(Methods.Explain, (_, p) => supervisor.Explain(p));
        dispatcher.Register<ContainerParams, PidsResult>(Methods.Pids, (_, p) => supervisor.Pids(p));
        dispatcher.Register<ContainerParams, StatsResult>(Methods.Stats, (_, p) => supervisor.Stats(p));
        dispatcher.RegisterAtHand(Methods.State, supervisor.StateAtHand);
        dispatcher.Register<ProcessParams>(Methods.State, (call, p) =>
        {
            if (p.Process is null)
            {
                call.Reply(supervisor.ContainerState(p.Id, p.Instance));
            }
            else
            {
                call.Reply(supervisor.ProcessState(p.Id, p.Instance, p.Process));
            }

            return Task.CompletedTask;
        });
    }

    private static void Reply(Call call, ContainerInfo? container, ProcessInfo? process)
    {
        if (container is not null)
        {
            call.Reply(container);
        }
        else
        {
            call.Reply(process!);
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
        Runtimes = Runtimes(),
        Peer = new PeerInfo { Uid = call.Session.Peer.Uid, Access = call.Session.Peer.Access },
    };

    private static OpenRpc Discover(DiscoverParams request, Dispatcher dispatcher)
    {
        List<MethodInfo> methods = [];
        foreach (string name in dispatcher.Registered)
        {
            if (request.Method is null || request.Method == name)
            {
                methods.Add(MethodTable.Find(name)!);
            }
        }

        return methods.Count > 0
            ? new OpenRpc(AgentMain.Version, methods, isWhole: request.Method is null)
            : throw ShimdException.InvalidParams("method", "is no method here; hello's features has them all");
    }

    private static List<RuntimeInfo> Runtimes()
    {
        List<RuntimeInfo> runtimes = [];
        foreach (FoundRuntime runtime in Supervisor.Supervisor.Runtimes)
        {
            runtimes.Add(new RuntimeInfo { Name = runtime.Name, Path = runtime.Path });
        }

        return runtimes;
    }

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
