using System.Globalization;
using System.Text;
using Shimd.Logging;
using Shimd.Native;

namespace Shimd.Shim;

/// <summary>How much of a process's output could not be logged: counted in a file, for the agent, and marked in the log.</summary>
internal sealed class DroppedOutput
{
    private readonly string _path;
    private long _savedBytes = -1;

    /// <param name="path">Of the file with the count.</param>
    /// <param name="isNew">Takes the count's room on the disk now: when it is needed there may be none.</param>
    public DroppedOutput(string path, bool isNew)
    {
        _path = path;
        if (isNew)
        {
            Save();
        }
    }

    /// <summary>Since the beginning.</summary>
    public long TotalBytes { get; private set; }

    /// <summary>Since the last mark in the log.</summary>
    public long UnmarkedBytes { get; private set; }

    /// <summary>The log and the file say it all.</summary>
    public bool IsSettled => UnmarkedBytes == 0 && _savedBytes == TotalBytes;

    /// <summary>Counts on from there.</summary>
    public void Adopt(long totalBytes) => _savedBytes = TotalBytes = totalBytes;

    public void Add(long bytes)
    {
        TotalBytes += bytes;
        UnmarkedBytes += bytes;
    }

    /// <summary>What the log says of it.</summary>
    public string Words(Errno problem)
        => $"{UnmarkedBytes.ToString(CultureInfo.InvariantCulture)} bytes of output are missing here: the log could not be written ({problem.Name()})";

    /// <summary>The log has said so.</summary>
    public void Marked() => UnmarkedBytes = 0;

    /// <summary>Writes the count.</summary>
    public void Save()
    {
        if (_savedBytes == TotalBytes)
        {
            return;
        }

        SysResult<Fd> opened = NativeFile.OpenUpdate(_path);
        using Fd? file = opened.Value;
        SysResult written = file is null
            ? SysResult.Fail(opened.Error)
            : NativeFile.Overwrite(file, Encoding.ASCII.GetBytes(TotalBytes.ToString(CultureInfo.InvariantCulture) + "\n"));
        if (written.IsOk)
        {
            _savedBytes = TotalBytes;
        }
        else
        {
            ShimLog.Error($"write {_path}", written.Error.Describe());
        }
    }
}
