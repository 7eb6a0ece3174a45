using System.Text;
using Shimd.Native;

namespace Shimd.Oci;

/// <summary>
/// What an agent wants to know of /proc/self/mountinfo, for each container: read once, and again when poll(2) tells that a mount has come or gone (proc(5)). A
/// machine with many containers has many mounts.
/// </summary>
internal sealed class MountTable : IDisposable
{
    private const string Path = "/proc/self/mountinfo";

    /// <summary>Null where there is no descriptor, or no /proc: what is asked is then read each time.</summary>
    private readonly Fd? _file = NativeFile.OpenRead(Path).Value;
    private bool _isRead;

    /// <summary>Where the hierarchies of control groups are mounted; null where /proc does not tell.</summary>
    public CgroupMounts? Cgroups
    {
        get
        {
            Refresh();
            return field;
        }

        private set;
    }

    /// <summary><see cref="PivotRoot.IsPossible()"/>.</summary>
    public bool CanPivotRoot
    {
        get
        {
            Refresh();
            return field;
        }

        private set;
    } = true;

    public void Dispose() => _file?.Dispose();

    private void Refresh()
    {
        // First whether it has changed, and then what it says: the other way round a change in between would be missed.
        bool hasChanged = _file?.IsUrgent() != false;
        if (_isRead && !hasChanged)
        {
            return;
        }

        SysResult<byte[]> read = NativeFile.ReadAll(Path);
        _isRead = read.IsOk;
        if (read.IsOk)
        {
            string text = Encoding.UTF8.GetString(read.Value!);
            Cgroups = new CgroupMounts(text);
            CanPivotRoot = PivotRoot.IsPossible(text);
        }
    }
}
