using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace DigestService.Platform;

/// <summary>Numbers on the command line. What is wrong with one is said in our words: the framework's name its own types.</summary>
internal static class VerbNumbers
{
    /// <summary>An option that takes a whole number; null where it is not named.</summary>
    public static Option<int?> Optional(string name, string description, int least, int most = int.MaxValue) => new(name)
    {
        Description = description,
        CustomParser = result => (int?)Read(result, name, least, most),
    };

    /// <summary>An option that takes a whole number and has one of its own.</summary>
    public static Option<int> WithDefault(string name, string description, int byDefault, int least, int most = int.MaxValue) => new(name)
    {
        Description = description,
        DefaultValueFactory = _ => byDefault,
        CustomParser = result => (int)Read(result, name, least, most),
    };

    /// <summary>An argument that names something by its number.</summary>
    public static Argument<long> Id(string name, string description) => new(name)
    {
        Description = description,
        CustomParser = result => Read(result, name, 1, long.MaxValue),
    };

    private static long Read(ArgumentResult result, string name, long least, long most)
    {
        var text = result.Tokens[0].Value;
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most)
            return number;
        // Digits without end are a number, and too large a one.
        var range = most < int.MaxValue || text.Length > 9 && text.All(char.IsAsciiDigit) ? $"from {least} to {most}" : $"of {least} or more";
        result.AddError($"{name}: '{text}' is no whole number {range}.");
        return least;
    }
}
