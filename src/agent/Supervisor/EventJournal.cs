using System.Text.Json;
using Shimd.Native;
using Shimd.Protocol;
using Shimd.Storage;

namespace Shimd.Supervisor;

/// <summary>
/// The event journal on disk: two files, the current one and the one before it, each with its epoch in the first line and then
/// one event a line. Appending is one write; a torn last line is cut off at the next open.
/// </summary>
internal sealed class EventJournal : IDisposable
{
    private const int MaxFileBytes = 1024 * 1024;
    private const string PreviousSuffix = ".1";

    private readonly string _path;
    private Fd? _file;
    private long _sizeBytes;

    private EventJournal(string path) => _path = path;

    /// <summary>The numbering that the current file belongs to; null when there is none to go on with.</summary>
    public string? Epoch { get; private set; }

    /// <summary>The last event's number.</summary>
    public long LastSeq { get; private set; }

    /// <summary>Opens the journal, repairs its end, and finds where the numbering stands.</summary>
    public static EventJournal Open(string path)
    {
        var journal = new EventJournal(path);
        if (NativeFile.Status(path) is null)
        {
            // We may have been killed between the two renames of a rotation: the numbering goes on from the file before.
            _ = NativeFile.Rename(path + PreviousSuffix, path);
        }

        (string? epoch, List<EventMessage> events, long goodBytes, bool damaged) = ReadFile(path);
        if (epoch is null || damaged)
        {
            // Which numbers were given nobody can tell: the next event begins another epoch.
            return journal;
        }

        SysResult<Fd> file = NativeFile.OpenAppend(path);
        if (!file.IsOk || !NativeFile.Truncate(file.Value!, goodBytes).IsOk)
        {
            return journal;
        }

        journal._file = file.Value;
        journal._sizeBytes = goodBytes;
        journal.Epoch = epoch;
        journal.LastSeq = events.Count > 0 ? events[^1].Seq!.Value : FirstSeqBefore(path, epoch);
        return journal;
    }

    /// <summary>Appends an event of this epoch. False when it could not be written: the numbering must then not go on as if it were.</summary>
    public bool TryAppend(string epoch, EventMessage message)
    {
        byte[] line = Wire.ToLine(message);
        bool fits = _file is not null && Epoch == epoch && _sizeBytes + line.Length <= MaxFileBytes;
        if (!fits && !TryBegin(epoch, message.Seq!.Value))
        {
            return false;
        }

        CrashPoint.Hit(CrashPoint.JournalBeforeAppend);
        SysResult written = _file!.Write(line);
        if (written.IsOk && written.Value == line.Length)
        {
            CrashPoint.Hit(CrashPoint.JournalAppended);
            _sizeBytes += line.Length;
            LastSeq = message.Seq!.Value;
            return true;
        }

        // A torn line would hide what follows it.
        _ = NativeFile.Truncate(_file, _sizeBytes);
        return false;
    }

    /// <summary>All events that are kept of the epoch, oldest first.</summary>
    public IReadOnlyList<EventMessage> ReadAll(string epoch)
    {
        var result = new List<EventMessage>();
        foreach (string path in (ReadOnlySpan<string>)[_path + PreviousSuffix, _path])
        {
            (string? fileEpoch, List<EventMessage> events, _, _) = ReadFile(path);
            if (fileEpoch == epoch)
            {
                result.AddRange(events);
            }
        }

        return result;
    }

    public void Dispose() => _file?.Dispose();

    private bool TryBegin(string epoch, long firstSeq)
    {
        byte[] head = Wire.ToLine(new EventMessage { Type = EventTypes.Epoch, Epoch = epoch, Last = firstSeq - 1, Text = ProcessIdentity.BootId() });
        string next = _path + ".new";
        _ = NativeFile.Unlink(next);
        SysResult<Fd> created = NativeFile.OpenAppend(next);
        if (!created.IsOk)
        {
            return false;
        }

        Fd file = created.Value!;
        bool began = file.WriteAll(head).IsOk;
        if (began && NativeFile.Status(_path) is not null)
        {
            began = NativeFile.Rename(_path, _path + PreviousSuffix).IsOk;
            CrashPoint.Hit(CrashPoint.JournalRotating);
        }

        began = began && NativeFile.Rename(next, _path).IsOk;
        if (!began)
        {
            file.Dispose();
            _ = NativeFile.Unlink(next);
            return false;
        }

        _file?.Dispose();
        _file = file;
        _sizeBytes = head.Length;
        Epoch = epoch;
        return true;
    }

    private static long FirstSeqBefore(string path, string epoch)
    {
        // The current file has just begun: its first line says where; the one before it may be of another epoch.
        SysResult<byte[]> content = NativeFile.ReadAll(path);
        ReadOnlySpan<byte> head = content.Value.AsSpan();
        EventMessage? first = Parse(head[..head.IndexOf((byte)'\n')]);
        return first?.Epoch == epoch ? first.Last ?? 0 : 0;
    }

    private static (string? Epoch, List<EventMessage> Events, long GoodBytes, bool Damaged) ReadFile(string path)
    {
        var events = new List<EventMessage>();
        SysResult<byte[]> content = NativeFile.ReadAll(path);
        ReadOnlySpan<byte> rest = content.IsOk ? content.Value : default;
        string? epoch = null;
        long good = 0;
        while (rest.IndexOf((byte)'\n') is var end and >= 0)
        {
            EventMessage? message = Parse(rest[..end]);
            if (message is null || (epoch is not null && message.Seq is null))
            {
                // A whole line that is none of ours; a torn last one has no end.
                return (epoch, events, good, true);
            }

            if (epoch is null)
            {
                // Events are not synced to the disk: after a power cut some that were seen may be gone, and their numbers with them.
                epoch = message.Type == EventTypes.Epoch && message.Text == ProcessIdentity.BootId() ? message.Epoch : null;
                if (epoch is null)
                {
                    break;
                }
            }
            else
            {
                events.Add(message);
            }

            good += end + 1;
            rest = rest[(end + 1)..];
        }

        return (epoch, events, good, false);
    }

    private static EventMessage? Parse(ReadOnlySpan<byte> line)
    {
        try
        {
            return Wire.Read<EventMessage>(JsonElement.Parse(line));
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
