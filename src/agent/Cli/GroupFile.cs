using System.Globalization;
using System.Text;
using Shimd.Native;

namespace Shimd.Cli;

/// <summary>group(5), read by hand: libc's getgrnam(3) would load libraries, which a static binary cannot.</summary>
internal static class GroupFile
{
    private const string FilePath = "/etc/group";

    /// <summary>A gid from its number or its name.</summary>
    /// <exception cref="CliException">There is no such group.</exception>
    public static uint Resolve(string group)
    {
        if (uint.TryParse(group, NumberStyles.None, CultureInfo.InvariantCulture, out uint gid))
        {
            return gid;
        }

        SysResult<byte[]> read = NativeFile.ReadAll(FilePath);
        string content = read.IsOk ? Encoding.UTF8.GetString(read.Value!) : "";
        return Find(content, group)
            ?? throw CliException.Usage(read.IsOk
                ? $"--group: {FilePath} has no group '{group}'; give its number if it comes from elsewhere"
                : $"--group: cannot read {FilePath}: {read.Error.Describe()}; give the group's number");
    }

    /// <summary>The gid of <c>name:password:gid:members</c>; null when no line has that name.</summary>
    public static uint? Find(string content, string name)
    {
        foreach (string line in content.Split('\n'))
        {
            if (line.Split(':') is [string found, _, string number, ..]
                && found == name
                && uint.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out uint gid))
            {
                return gid;
            }
        }

        return null;
    }
}
