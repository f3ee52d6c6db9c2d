using System.Globalization;

namespace DigestService.Platform.Layout;

/// <summary>How many things of a list a program asks for.</summary>
internal static class ListLimit
{
    /// <summary>What is wrong with the number, in a sentence; null where it can be taken.</summary>
    public static string? FaultOf(int? limit, int most) =>
        limit < 1 || limit > most ? string.Create(CultureInfo.InvariantCulture, $"limit is a number from 1 to {most}.") : null;
}
