using System.Globalization;
using System.Text.Json;

namespace Shimd.Protocol;

/// <summary>exec: another process in a running container, given as <c>args</c> and a few members, or as an OCI process <c>spec</c>.</summary>
internal sealed record ExecParams : IParams<ExecParams>
{
    public required string Id { get; init; }

    public string? Instance { get; init; }

    /// <summary>The name to give it; absent lets the agent choose one.</summary>
    public string? Process { get; init; }

    public string[]? Args { get; init; }

    /// <summary>The OCI runtime specification's <c>process</c> object.</summary>
    public JsonElement? Spec { get; init; }

    /// <summary><c>NAME=value</c>, added to what the container's own process has.</summary>
    public string[]? Env { get; init; }

    public string? Cwd { get; init; }

    /// <summary><c>uid</c> or <c>uid:gid</c>, in numbers: names are the container's own affair.</summary>
    public string? User { get; init; }

    public bool Terminal { get; init; }

    /// <summary>The terminal's size from the first moment on.</summary>
    public int? Columns { get; init; }

    public int? Rows { get; init; }

    public StdioParams? Stdio { get; init; }

    /// <summary>Answer when the process has ended.</summary>
    public bool Wait { get; init; }

    /// <summary>Milliseconds.</summary>
    public int? TimeoutMs { get; init; }

    /// <summary>Answer with what the process wrote.</summary>
    public bool CaptureOutput { get; init; }

    public static ExecParams Read(WireReader from) => new()
    {
        Id = from.Text("id"),
        Instance = from.TextOrNone("instance"),
        Process = from.TextOrNone("process"),
        Args = from.TextsOrNone("args"),
        Spec = from.JsonOrNone("spec"),
        Env = from.TextsOrNone("env"),
        Cwd = from.TextOrNone("cwd"),
        User = from.TextOrNone("user"),
        Terminal = from.FlagOrFalse("terminal"),
        Columns = from.IntOrNone("columns"),
        Rows = from.IntOrNone("rows"),
        Stdio = from.ObjectOrNone<StdioParams>("stdio"),
        Wait = from.FlagOrFalse("wait"),
        TimeoutMs = from.IntOrNone("timeoutMs"),
        CaptureOutput = from.FlagOrFalse("captureOutput"),
    };

    public void Write(WireWriter to)
    {
        to.Text("id", Id);
        to.TextIfAny("instance", Instance);
        to.TextIfAny("process", Process);
        to.TextsIfAny("args", Args);
        to.JsonIfAny("spec", Spec);
        to.TextsIfAny("env", Env);
        to.TextIfAny("cwd", Cwd);
        to.TextIfAny("user", User);
        to.Flag("terminal", Terminal);
        to.NumberIfAny("columns", Columns);
        to.NumberIfAny("rows", Rows);
        to.ObjectIfAny("stdio", Stdio);
        to.Flag("wait", Wait);
        to.NumberIfAny("timeoutMs", TimeoutMs);
        to.Flag("captureOutput", CaptureOutput);
    }

    public void Validate()
    {
        Check.Container(Id, Instance);
        Check.Process(Process);
        Check.That(Process != Identifier.Init, "process", "must not be 'init': that name is the container's own process");
        ValidateProgram();
        Stdio?.Validate();
        Check.TimeoutMs(TimeoutMs);
        Check.That(!CaptureOutput || Wait, "captureOutput", "needs wait:true");
        Check.That(
            !CaptureOutput || (Stdio?.Stdout is null && Stdio?.Stderr is null),
            "captureOutput",
            "takes stdout and stderr: leave them out of stdio");
        Check.Range(Columns, 0, ushort.MaxValue, "columns");
        Check.Range(Rows, 0, ushort.MaxValue, "rows");
        Check.That(Columns is null == Rows is null, "rows", "and columns come together");
        Check.That(Columns is null || Terminal, "columns", "needs terminal:true");
    }

    private void ValidateProgram()
    {
        if (Spec is { } spec)
        {
            Check.That(spec.ValueKind == JsonValueKind.Object, "spec", "must be an OCI process object");
            Check.That(Args is null, "args", "cannot be given with spec: use spec.args");
            Check.That(Env is null, "env", "cannot be given with spec: use spec.env");
            Check.That(Cwd is null, "cwd", "cannot be given with spec: use spec.cwd");
            Check.That(User is null, "user", "cannot be given with spec: use spec.user");
            Check.That(!Terminal, "terminal", "cannot be given with spec: use spec.terminal");
            return;
        }

        Check.That(Args is not null, "args", "is required, or spec");
        Check.That(Args!.Length > 0, "args", "must not be empty");
        Check.Strings(Args, "args");
        Check.NotEmpty(Args[0], "args[0]");
        Check.Strings(Env, "env");
        for (int i = 0; i < (Env?.Length ?? 0); i++)
        {
            Check.That(Env![i].IndexOf('=') > 0, $"env[{i}]", "must be NAME=value");
        }

        Check.AbsolutePath(Cwd, "cwd");
        Check.That(User is null || IsUser(User), "user", "must be uid or uid:gid, in numbers");
    }

    private static bool IsUser(string user)
    {
        int colon = user.IndexOf(':');
        return colon < 0 ? IsUid(user) : IsUid(user.AsSpan(0, colon)) && IsUid(user.AsSpan(colon + 1));
    }

    private static bool IsUid(ReadOnlySpan<char> text) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out uint value) && value != uint.MaxValue;
}
