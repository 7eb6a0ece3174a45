using Shimd.Native;
using Shimd.Protocol;

namespace Shimd.Server;

/// <summary>One line from a client: a request (or a cancel), or what it is to be told instead, unless it has its answer.</summary>
internal readonly record struct Incoming
{
    /// <summary>It had its answer as it was read.</summary>
    public bool IsAnswered { get; private init; }

    /// <summary>Null where <see cref="Error"/> is not.</summary>
    public Envelope? Request { get; private init; }

    /// <summary>The descriptors that came with the line; whoever takes the line owns them.</summary>
    public IReadOnlyList<Fd> Descriptors { get; private init; }

    public RequestId? Id { get; private init; }

    public ShimdException? Error { get; private init; }

    /// <summary>The connection ends once this has been sent.</summary>
    public bool Ends { get; private init; }

    public int SizeBytes { get; private init; }

    public static Incoming Answered() => new() { IsAnswered = true, Descriptors = [] };

    public static Incoming Of(Envelope request, IReadOnlyList<Fd> descriptors, int sizeBytes) =>
        new() { Request = request, Id = request.Id, Descriptors = descriptors, SizeBytes = sizeBytes };

    public static Incoming Of(RequestId? id, ShimdException error, bool ends = false) =>
        new() { Id = id, Error = error, Ends = ends, Descriptors = [] };
}
