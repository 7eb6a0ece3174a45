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
        RunningRecord? running = container.Init?.Running;
        ExitRecord? exit = container.Init?.Exit;
        if (_json is null || !ReferenceEquals(_record, container.Record) || !ReferenceEquals(_running, running) || !ReferenceEquals(_exit, exit))
        {
            _json = Wire.ToJson(container.Describe());
            _record = container.Record;
            _running = running;
            _exit = exit;
        }

        return _json;
    }

    public void Clear() => _json = null;
}
