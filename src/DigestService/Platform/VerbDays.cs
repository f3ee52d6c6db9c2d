using System.CommandLine;
using System.CommandLine.Parsing;
using NodaTime;
using NodaTime.Text;

namespace DigestService.Platform;

/// <summary>Days on the command line, as 2026-01-31: what is none is wrong usage, told before anything is done.</summary>
internal static class VerbDays
{
    // Beyond them calendars overflow: days are counted on and back from the one that is named.
    private const int FirstYear = 1900;
    private const int LastYear = 2199;

    /// <summary>An option that takes a day; null where it is not named.</summary>
    public static Option<LocalDate?> Optional(string name, string description) => new(name)
    {
        Description = description,
        CustomParser = result => Read(result, name),
    };

    /// <summary>An argument that is a day.</summary>
    public static Argument<LocalDate> Required(string name, string description) => new(name)
    {
        Description = description,
        CustomParser = result => Read(result, name) ?? default,
    };

    /// <summary>An option that takes a day, which stands for its first moment in UTC, or a moment.</summary>
    public static Option<Instant?> OrMoment(string name, string description) => new(name)
    {
        Description = description,
        CustomParser = result => Verb.Moment(result.Tokens[0].Value) ?? Read(result, name)?.AtMidnight().InUtc().ToInstant(),
    };

    /// <summary>Refuses a first day after the last.</summary>
    public static void InOrder(this Command command, Option<LocalDate?> first, Option<LocalDate?> last) => command.Validators.Add(result =>
    {
        // To ask for a value that is none would throw.
        if (result.GetResult(first)?.Tokens is [var from] && result.GetResult(last)?.Tokens is [var to] && Parse(from.Value) > Parse(to.Value))
            result.AddError($"{first.Name} must not be after {last.Name}.");
    });

    private static LocalDate? Parse(string text) => LocalDatePattern.Iso.Parse(text) is { Success: true, Value: var day } ? day : null;

    private static LocalDate? Read(ArgumentResult result, string name)
    {
        var text = result.Tokens[0].Value;
        if (Parse(text) is not { } day)
            result.AddError($"{name}: '{text}' is no day such as 2026-01-31.");
        else if (day.Year is < FirstYear or > LastYear)
            result.AddError(FormattableString.Invariant($"{name}: '{text}' is not from {FirstYear} to {LastYear}."));
        else
            return day;
        return null;
    }
}
