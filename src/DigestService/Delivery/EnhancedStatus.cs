using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.RegularExpressions;

namespace DigestService.Delivery;

/// <summary>An enhanced status code (RFC 3463): class 2, 4 or 5, a subject and a detail, such as <c>5.1.1</c>.</summary>
public readonly partial record struct EnhancedStatus(int Class, int Subject, int Detail)
{
    /// <summary>Whether it only says that something failed (<c>5.0.0</c>).</summary>
    public bool IsGeneric => Subject == 0;

    /// <summary>Reads <c>class.subject.detail</c>, with nothing before and nothing but words after it.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out EnhancedStatus status)
    {
        var found = text is null ? null : Pattern().Match(text);
        status = found is { Success: true, Index: 0 } ? From(found) : default;
        return found is { Success: true, Index: 0 };
    }

    /// <summary>The first status code that stands anywhere in a server's words and says more than that something failed.</summary>
    public static EnhancedStatus? FindIn(string text)
    {
        foreach (Match found in Pattern().Matches(text))
        {
            if (From(found) is { IsGeneric: false } status)
                return status;
        }

        return null;
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Class}.{Subject}.{Detail}");

    private static EnhancedStatus From(Match found) => new(Number(found, 1), Number(found, 2), Number(found, 3));

    private static int Number(Match found, int group) => int.Parse(found.Groups[group].ValueSpan, CultureInfo.InvariantCulture);

    // An IP address or a version has a fourth number or a neighbour that is one.
    [GeneratedRegex(@"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.]*\d)", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
