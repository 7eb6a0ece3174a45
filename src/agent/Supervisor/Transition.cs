using Shimd.Oci;
using Shimd.Protocol;
using Shimd.Storage;

namespace Shimd.Supervisor;

/// <summary>Start, pause or resume: the phases through which it leads, and the event that tells of it.</summary>
internal sealed class Transition
{
    public static readonly Transition Start = new(Trigger.Start, ContainerPhase.Created, ContainerPhase.Starting, ContainerPhase.Running, EventTypes.Start);

    public static readonly Transition Pause = new(Trigger.Pause, ContainerPhase.Running, ContainerPhase.Pausing, ContainerPhase.Paused, EventTypes.Paused);

    public static readonly Transition Resume = new(Trigger.Resume, ContainerPhase.Paused, ContainerPhase.Resuming, ContainerPhase.Running, EventTypes.Resumed);

    private readonly string _before;
    private readonly string _done;
    private readonly string _event;

    private Transition(Trigger trigger, string before, string intent, string done, string eventType)
    {
        Trigger = trigger;
        Intent = intent;
        _before = before;
        _done = done;
        _event = eventType;
    }

    public Trigger Trigger { get; }

    /// <summary>The phase while it is under way.</summary>
    public string Intent { get; }

    /// <summary>The arguments of the runtime.</summary>
    public List<string> Verb(string id) => this == Start ? RuntimeCommand.Start(id) : this == Pause ? RuntimeCommand.Pause(id) : RuntimeCommand.Resume(id);

    /// <summary>The one that is under way in this phase.</summary>
    public static Transition Of(string phase) => phase switch
    {
        ContainerPhase.Starting => Start,
        ContainerPhase.Pausing => Pause,
        _ => Resume,
    };

    /// <summary>Whether it has come through, by the runtime's word for where the container is; null where that does not say.</summary>
    public bool? Reached(string? status) => status is StatusWords.Created or StatusWords.Running or StatusWords.Paused ? status != _before : null;

    /// <summary>It is over: its event, and then the record.</summary>
    public void Settle(Agency agency, Container container, bool came)
    {
        if (came)
        {
            agency.Announce(container, _event, message => message with { Pid = container.Init?.Running?.Pid });
            CrashPoint.Hit(CrashPoint.TransitionAnnounced);
        }

        Write(agency, container, came);
        CrashPoint.Hit(CrashPoint.TransitionSettled);
    }

    /// <summary>The agent that began it was killed, perhaps after the event and before the record.</summary>
    public void SettleAgain(Agency agency, Container container, string? status)
    {
        // Where the runtime knows nothing any more, the process has ended, and may well have been started before.
        bool came = Reached(status) ?? this != Pause;
        EventMessage? last = agency.Events.FindLast(container.Record.Instance, null, EventTypes.Start, EventTypes.Paused, EventTypes.Resumed);
        bool isTold = last?.Type == _event;
        if (came && !isTold && IsOver(agency, container))
        {
            // The exit was told: nothing comes after it.
            Write(agency, container, came: false);
        }
        else if (came && !isTold)
        {
            Settle(agency, container, came: true);
        }
        else
        {
            Write(agency, container, came);
        }
    }

    private static bool IsOver(Agency agency, Container container)
        => container.Init is { } init
            && (Native.NativeFile.Status(init.Directory.Announced) is not null
                || agency.Events.FindLast(container.Record.Instance, init.Name, EventTypes.Exit) is not null);

    private void Write(Agency agency, Container container, bool came)
        => container.Settle(
            came ? container.Record.In(_done, this == Start ? DateTimeOffset.UtcNow : null) : container.Record.In(_before),
            agency.Logger);
}
