using Shimd.Early;
using Shimd.Native;

namespace Shimd.Shim;

/// <content>A log over a rest of its shim.</content>
internal sealed partial class OutputLog
{
    /// <summary>Describes it for a shim that is about to rest.</summary>
    /// <param name="state">Gets everything but the bytes of lines without an end.</param>
    /// <param name="pending">Gets those, as <see cref="RestState"/> says.</param>
    /// <returns>False when it cannot be written now, or something is not yet.</returns>
    public bool TrySave(ref RestState state, List<byte> pending)
    {
        state.Log = _file.Number;
        state.StdoutPending = _pending[0];
        state.StderrPending = _pending[1];
        state.IsStdoutBegun = _isBegun[0];
        state.IsStderrBegun = _isBegun[1];
        state.DroppedBytes = _dropped.TotalBytes;
        pending.AddRange(Line(0)[.._pending[0]]);
        pending.AddRange(Line(1)[.._pending[1]]);
        return _problem == Errno.None && _end == 0 && _dropped.IsSettled;
    }

    /// <summary>Goes on where a shim has left off before it rested.</summary>
    public void Adopt(RestState before, ReadOnlySpan<byte> pending)
    {
        (_pending[0], _pending[1]) = (before.StdoutPending, before.StderrPending);
        (_isBegun[0], _isBegun[1]) = (before.IsStdoutBegun, before.IsStderrBegun);
        pending[.._pending[0]].CopyTo(Line(0));
        pending[_pending[0]..].CopyTo(Line(1));
        _dropped.Adopt(before.DroppedBytes);
    }
}
