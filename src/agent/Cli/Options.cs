using System.CommandLine;
using System.Globalization;

namespace Shimd.Cli;

/// <summary>Makes options. All values are kept as text and checked here: the library's own conversions would name .NET types in
/// their messages.</summary>
internal static class Options
{
    public static Option<bool> Flag(string name, string description, params string[] aliases)
        => new(name, aliases) { Description = description };

    public static Option<string?> Text(string name, string valueName, string description, params string[] aliases)
    {
        var option = new Option<string?>(name, aliases) { Description = description, HelpName = valueName };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: "" }])
            {
                result.AddError($"{name} must not be empty");
            }
        });
        return option;
    }

    /// <summary>May be given several times, a value each.</summary>
    public static Option<string[]> Several(string name, string valueName, string description, params string[] aliases)
        => new(name, aliases) { Description = $"{description} (repeatable)", HelpName = valueName, Arity = ArgumentArity.OneOrMore };

    public static Option<string?> OneOf(string name, string description, params string[] words)
        => Checked(Text(name, string.Join('|', words), description), text => words.Contains(text), $"must be one of: {string.Join(", ", words)}");

    /// <summary>A whole number; read it with <see cref="Integer"/>.</summary>
    public static Option<string?> Number(string name, string valueName, string description, int max, params string[] aliases)
        => Checked(Text(name, valueName, description, aliases), text => Parse(text) is >= 0 and { } value && value <= max, $"must be a number from 0 to {max}");

    /// <summary>A time in seconds, such as 10 or 0.5; read it with <see cref="Milliseconds"/>.</summary>
    public static Option<string?> Seconds(string name, string description, int max, params string[] aliases)
        => Checked(Text(name, "SECONDS", description, aliases), text => ParseSeconds(text) is { } value && value <= max, $"must be seconds from 0 to {max}");

    public static Option<string?> Checked(Option<string?> option, Func<string, bool> isValid, string rule)
    {
        option.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: { Length: > 0 } text }] && !isValid(text))
            {
                result.AddError($"{option.Name} {rule}, not '{text}'");
            }
        });
        return option;
    }

    public static int? Integer(ParseResult parsed, Option<string?> option) => parsed.GetValue(option) is { } text ? Parse(text) : null;

    public static int? Milliseconds(ParseResult parsed, Option<string?> option)
        => parsed.GetValue(option) is { } text && ParseSeconds(text) is { } seconds ? (int)Math.Round(seconds * 1000) : null;

    public static Argument<string> ContainerId(string description = "the container's id") => new("ID") { Description = description };

    public static Argument<string[]> ContainerIds() => new("ID") { Description = "one or more containers", Arity = ArgumentArity.OneOrMore };

    private static int? Parse(string text)
        => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : null;

    private static double? ParseSeconds(string text)
        => double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value) ? value : null;
}
