namespace Shimd.Protocol;

/// <summary>Names of containers and processes. They become file names, so the alphabet is narrow.</summary>
internal static class Identifier
{
    public const int MaxLength = 128;

    /// <summary>The process name of a container's first process; no exec may take it.</summary>
    public const string Init = "init";

    /// <summary>Whether it is <c>[A-Za-z0-9][A-Za-z0-9_.-]{0,127}</c>: no path separator, no leading dot or dash.</summary>
    public static bool IsValid(string? value)
    {
        if (value is null || value.Length is 0 or > MaxLength || !char.IsAsciiLetterOrDigit(value[0]))
        {
            return false;
        }

        foreach (char c in value)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('_' or '.' or '-'))
            {
                return false;
            }
        }

        return true;
    }
}
