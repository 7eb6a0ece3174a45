using System.Text;

namespace Shimd.Protocol;

/// <summary>The rules that several params share. Each throws INVALID_PARAMS with the member's path; a missing optional value passes.</summary>
internal static class Check
{
    /// <summary>Longest path the kernel takes, its terminator included.</summary>
    private const int PathMax = 4_096;

    public static void That(bool holds, string path, string message)
    {
        if (!holds)
        {
            throw ShimdException.InvalidParams(path, message);
        }
    }

    /// <summary>A container's id and the instance the caller means.</summary>
    public static void Container(string id, string? instance)
    {
        That(Identifier.IsValid(id), "id", "must be 1 to 128 characters of A-Z a-z 0-9 _ . - and begin with a letter or digit");
        That(instance is not { Length: 0 or > 128 }, "instance", "must be the instance that create answered");
    }

    public static void Process(string? process) =>
        That(process is null || Identifier.IsValid(process), "process", "must be 1 to 128 characters of A-Z a-z 0-9 _ . - and begin with a letter or digit");

    public static void Range(long? value, long min, long max, string path) =>
        That(value is null || (value >= min && value <= max), path, $"must be from {min} to {max}");

    public static void TimeoutMs(int? value) => Range(value, 0, Limits.MaxTimeoutMs, "timeoutMs");

    /// <summary>Paths are absolute: the agent's working directory is nobody's business.</summary>
    public static void AbsolutePath(string? value, string path)
    {
        if (value is null)
        {
            return;
        }

        That(value.StartsWith('/'), path, "must be an absolute path");
        NoNul(value, path);
        That(Encoding.UTF8.GetByteCount(value) < PathMax, path, $"must be shorter than {PathMax} bytes");
    }

    /// <summary>What ends up in execve(2) or open(2) cannot contain a NUL.</summary>
    public static void NoNul(string? value, string path) =>
        That(value is null || !value.Contains('\0'), path, "must not contain a NUL character");

    public static void NotEmpty(string? value, string path)
    {
        That(value is not "", path, "must not be empty");
        NoNul(value, path);
    }

    public static void OneOf(string? value, string path, params ReadOnlySpan<string> allowed)
    {
        if (value is not null && !allowed.Contains(value))
        {
            throw ShimdException.InvalidParams(path, $"must be one of: {string.Join(", ", allowed!)}");
        }
    }

    /// <summary>Strings without NUL. The serializer lets null through as an array's element.</summary>
    public static void Strings(string?[]? values, string path)
    {
        for (int i = 0; i < (values?.Length ?? 0); i++)
        {
            That(values![i] is not null, $"{path}[{i}]", "must be a string");
            NoNul(values[i], $"{path}[{i}]");
        }
    }

    public static void EachOneOf(string[]? values, string path, params ReadOnlySpan<string> allowed)
    {
        Strings(values, path);
        for (int i = 0; i < (values?.Length ?? 0); i++)
        {
            OneOf(values![i], $"{path}[{i}]", allowed);
        }
    }
}
