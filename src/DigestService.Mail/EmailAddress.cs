using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace DigestService.Mail;

/// <summary>
/// A mail address as people use them: a dot-atom, an at sign, a domain name of at least two labels (RFC 5321, 5322,
/// 6531). Comments, quoted local parts and address literals are legal somewhere and typing errors here: refused.
/// </summary>
public readonly record struct EmailAddress
{
    private const int MaxLocalOctets = 64;
    private const int MaxAddressOctets = 254;
    private const string AtomPunctuation = "!#$%&'*+-/=?^_`{|}~";

    private static readonly IdnMapping Idn = new() { UseStd3AsciiRules = true };

    private EmailAddress(string localPart, string domain)
    {
        LocalPart = localPart;
        Domain = domain;
    }

    /// <summary>What stands before the at sign, as written but in Unicode's composed form.</summary>
    public string LocalPart { get; }

    /// <summary>The domain in lower case and in ASCII: <c>bücher.example</c> is <c>xn--bcher-kva.example</c>.</summary>
    public string Domain { get; }

    /// <summary>The form under which two spellings are one person: all in lower case.</summary>
    public string Key => $"{LocalPart.ToLowerInvariant()}@{Domain}";

    /// <summary>Reads a bare address; white space around it is forgiven, anything else is not.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out EmailAddress address)
    {
        address = default;
        var trimmed = text.AsSpan().Trim();
        var at = trimmed.LastIndexOf('@');
        if (at <= 0 || trimmed.Length > MaxAddressOctets)
            return false;
        if (!TryReadLocalPart(trimmed[..at], out var localPart) || !TryReadDomain(trimmed[(at + 1)..], out var domain))
            return false;
        if (Encoding.UTF8.GetByteCount(localPart) + 1 + domain.Length > MaxAddressOctets)
            return false;
        address = new EmailAddress(localPart, domain);
        return true;
    }

    /// <summary>The address as it goes on the wire.</summary>
    public override string ToString() => $"{LocalPart}@{Domain}";

    /// <summary>An address as people are shown it: <c>ada@bücher.example</c> for <c>ada@xn--bcher-kva.example</c>, where that can be taken for no other. What is no address stays as it is.</summary>
    [return: NotNullIfNotNull(nameof(address))]
    public static string? Readable(string? address)
    {
        if (address is null || !address.Contains("xn--", StringComparison.Ordinal))
            return address;
        var at = address.LastIndexOf('@') + 1;
        return address[..at] + ReadableDomain.Of(address[at..]);
    }

    /// <summary>What stands in addresses where somebody looks for a part of one: <c>@xn--bcher-kva.example</c> for <c>@bücher.example</c>.</summary>
    public static string PartAsStored(string part)
    {
        var at = part.LastIndexOf('@') + 1;
        try
        {
            return Ascii.IsValid(part.AsSpan(at)) ? part : part[..at] + Idn.GetAscii(part[at..]);
        }
        catch (ArgumentException)
        {
            return part;
        }
    }

    /// <summary>The same, and for a part of what <see cref="Readable"/> shows: what stands for it in addresses of the domains that show it.</summary>
    public static IEnumerable<string> PartsAsStored(string part, IEnumerable<string> domains)
    {
        var typed = part.Normalize(NormalizationForm.FormC).ToLowerInvariant();
        var at = typed.LastIndexOf('@');
        return domains
            .Where(domain => ReadableDomain.Of(domain).IndexOf(typed[(at + 1)..], StringComparison.Ordinal) is var found && (at < 0 ? found >= 0 : found == 0))
            .Select(domain => $"{typed[..Math.Max(at, 0)]}@{domain}")
            .Prepend(PartAsStored(part));
    }

    private static bool TryReadLocalPart(ReadOnlySpan<char> text, out string localPart)
    {
        localPart = "";
        if (text[0] == '.' || text[^1] == '.' || text.Contains("..", StringComparison.Ordinal))
            return false;
        foreach (var rune in text.EnumerateRunes())
        {
            if (!IsLocalCharacter(rune))
                return false;
        }

        localPart = text.ToString().Normalize(NormalizationForm.FormC);
        return Encoding.UTF8.GetByteCount(localPart) <= MaxLocalOctets;
    }

    private static bool IsLocalCharacter(Rune rune)
    {
        if (rune.IsAscii)
            return char.IsAsciiLetterOrDigit((char)rune.Value) || rune.Value == '.' || AtomPunctuation.Contains((char)rune.Value, StringComparison.Ordinal);
        // Broken surrogates arrive here as U+FFFD, which is no letter of anybody's name.
        return rune.Value != 0xFFFD && Rune.IsLetter(rune) || Rune.IsDigit(rune) || Rune.GetUnicodeCategory(rune)
            is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark;
    }

    private static bool TryReadDomain(ReadOnlySpan<char> text, out string domain)
    {
        domain = "";
        if (text.Length < 3 || text[^1] is '.' or '-' || text[0] is '.' or '-')
            return false;
        try
        {
            domain = Idn.GetAscii(text.ToString()).ToLowerInvariant();
        }
        catch (ArgumentException)
        {
            return false;
        }

        var lastDot = domain.LastIndexOf('.');
        return lastDot > 0
            && domain.Length <= 253
            && domain.AsSpan(lastDot + 1).ContainsAnyExceptInRange('0', '9')
            && domain.Split('.').All(IsLabel);
    }

    private static bool IsLabel(string label) =>
        label is { Length: > 0 and <= 63 } && label[0] != '-' && label[^1] != '-' && label.All(c => char.IsAsciiLetterOrDigit(c) || c == '-');
}
