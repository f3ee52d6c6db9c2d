using System.Globalization;
using NodaTime;

namespace DigestService.Platform;

/// <summary>Numbers and lengths of time in sentences for operators.</summary>
internal static class Quantities
{
    /// <summary>A number with what it counts, such as "1 mail waits" and "2 mails wait".</summary>
    public static string Count(long number, string one, string several) => string.Create(CultureInfo.InvariantCulture, $"{number} {(number == 1 ? one : several)}");

    /// <summary>A length of time in the largest unit of which there are two at least: minutes, hours or days.</summary>
    public static string Length(Duration length) => length switch
    {
        { TotalDays: >= 2 } => string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(length.TotalDays):0} days"),
        { TotalHours: >= 2 } => string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(length.TotalHours):0} hours"),
        _ => Count((long)Math.Round(length.TotalMinutes), "minute", "minutes"),
    };
}
