using Shimd.Protocol;
using Shimd.Storage;

namespace Shimd.Supervisor;

/// <summary>
/// What clients see of a container, as JSON, kept until it is another: programs ask for the state of the same containers again and again. What it was
/// made of is compared by reference, for records are replaced and never changed; only the table of processes has to say that it is another.
/// </summary>
internal sealed class DescriptionCache
{
    private byte[]? _json;
    private ContainerRecord? _record;
    private RunningRecord? _running;
    private ExitRecord? _exit;

    public ReadOnlySpan<byte> Of(Container container)
    {
        if (!IsOf(container))
        {
            _json = Wire.ToJson(container.Describe());
            _record = container.Record;
            _running = container.Init?.Running;
            _exit = container.Init?.Exit;
        }

        return _json;
    }

    /// <summary>As <see cref="Of"/>; empty where it would have to be made.</summary>
    public ReadOnlySpan<byte> AtHand(Container container) => IsOf(container) ? _json : default;

    public void Clear() => _json = null;

    private bool IsOf(Container container)
        => _json is not null && ReferenceEquals(_record, container.Record)
            && ReferenceEquals(_running, container.Init?.Running) && ReferenceEquals(_exit, container.Init?.Exit);
}
