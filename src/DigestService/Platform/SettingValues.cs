using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;

namespace DigestService.Platform;

/// <summary>Says what is wrong with a setting's value, in our words: the framework's name its own types.</summary>
internal static partial class SettingValues
{
    /// <summary>Why <paramref name="value"/> cannot be read as <paramref name="type"/>, or null.</summary>
    public static string? Unreadable(Type type, string value)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        var text = value.Trim();
        if (type.IsEnum)
        {
            return Enum.GetNames(type).Contains(text, StringComparer.OrdinalIgnoreCase)
                ? null
                : $"'{value}' is none of {string.Join(", ", Enum.GetNames(type))}.";
        }

        if (type == typeof(bool))
            return bool.TryParse(text, out _) ? null : $"'{value}' is neither true nor false.";
        if (type == typeof(int))
            return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _) ? null : $"'{value}' is no whole number.";
        if (type == typeof(double))
        {
            return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
                ? null
                : $"'{value}' is no number such as 0.5.";
        }

        if (type == typeof(TimeSpan))
        {
            return Length().IsMatch(text) && TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out _)
                ? null
                : $"'{value}' is no length of time such as 02:00 (hours and minutes) or 3.00:00 (days before).";
        }

        return null;
    }

    /// <summary>What a list of settings is of; null for what is no list.</summary>
    public static Type? ItemOf(Type type) =>
        type.IsGenericType && typeof(System.Collections.IEnumerable).IsAssignableFrom(type) ? type.GetGenericArguments()[^1] : null;

    /// <summary>Whether further settings stand below one of this type.</summary>
    public static bool IsSection(Type type) => type.IsClass && type.Namespace?.StartsWith(nameof(DigestService), StringComparison.Ordinal) == true;

    /// <summary>What breaks the annotations of an options object or its own rules, and those of the sections in it; the member is the key below its section.</summary>
    public static IEnumerable<ValidationResult> Faults(object options)
    {
        foreach (var property in options.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite))
        {
            var value = property.GetValue(options);
            foreach (var rule in property.GetCustomAttributes<ValidationAttribute>().Where(rule => !rule.IsValid(value)))
                yield return new ValidationResult(Sentence(rule, value), [property.Name]);
            if (property.IsDefined(typeof(EmailAddressAttribute)) && value is string address && MoreThanAddress(address) is { } fault)
                yield return new ValidationResult(fault, [property.Name]);
            if (value is not null && IsSection(property.PropertyType))
            {
                foreach (var below in Faults(value))
                    yield return new ValidationResult(below.ErrorMessage, [.. below.MemberNames.Select(name => $"{property.Name}__{name}")]);
            }
        }

        foreach (var fault in (options as IValidatableObject)?.Validate(new ValidationContext(options)) ?? [])
            yield return fault;
    }

    /// <summary>What a rule asks of a value that breaks it.</summary>
    internal static string Sentence(ValidationAttribute rule, object? value) => rule switch
    {
        RangeAttribute range => string.Create(CultureInfo.InvariantCulture, $"{value} is not from {range.Minimum} to {range.Maximum}."),
        MinLengthAttribute shortest => string.Create(CultureInfo.InvariantCulture, $"it must have at least {shortest.Length} characters."),
        EmailAddressAttribute => $"'{value}' is no e-mail address.",
        RequiredAttribute => "it must not be empty.",
        _ => rule.ErrorMessage ?? throw new InvalidOperationException($"{rule.GetType().Name} has no sentence for operators."),
    };

    /// <summary>What is wrong with the host of a server that has its port in a setting beside it; null where nothing is.</summary>
    public static ValidationResult? HostFault(string? host, string member) =>
        string.IsNullOrWhiteSpace(host) || Uri.CheckHostName(host.Trim()) is not UriHostNameType.Unknown
            ? null
            : new ValidationResult($"'{host}' is no host: write its name or address alone, such as mail.example.org, and the port in the setting beside it.", [member]);

    /// <summary>The framework asks of an address no more than an @ in its middle.</summary>
    private static string? MoreThanAddress(string value)
    {
        if (value.Trim().IndexOfAny([' ', '\t', '<', '>', '"', ',', ';', '(', ')']) < 0)
            return null;
        return Bracketed().Match(value) is { Success: true } match
            ? $"'{value}' holds more than an address: write {match.Groups[1].Value} alone, and the name in Mail__FromName."
            : $"'{value}' is no e-mail address.";
    }

    [GeneratedRegex(@"<([^<>\s]+@[^<>\s]+)>")]
    private static partial Regex Bracketed();

    [GeneratedRegex(@"^(\d{1,4}\.)?\d{1,2}:\d{2}(:\d{2})?$")]
    private static partial Regex Length();
}
