using System.Text.Json;

namespace DigestService.Papers.Pages;

/// <summary>
/// A category of arXiv's with the name that its taxonomy gives it. Those of computer science, statistics and electrical engineering,
/// and some neighbours, have names in all languages of the site; the others in English.
/// </summary>
/// <param name="Code">Such as <c>cs.CL</c>.</param>
/// <param name="Name">Such as <c>Computation and Language</c>; null for a code that the taxonomy does not have.</param>
/// <param name="TextLanguage">The language of the name where it is not the one that was asked for.</param>
public readonly record struct CategoryName(string Code, string? Name, string? TextLanguage)
{
    private const string English = "en";

    private static readonly Dictionary<string, (string Code, Dictionary<string, string> In)> Names = Load();

    /// <summary>Name and code, or the code alone where it has no name.</summary>
    public string Full => Name is null ? Code : $"{Name} ({Code})";

    /// <summary>The query for its papers; null for what no query can hold, such as a feed's "Computer Vision".</summary>
    public string? Query => Code is not null && Code.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-') ? $"cat:{Code}" : null;

    /// <summary>A category as it is called in a language.</summary>
    public static CategoryName Of(string code, string language = English) =>
        InAnyCase(code, language) is var name && name.Code == code ? name : new(code, null, null);

    /// <summary>The same by its code in any case, as readers write it.</summary>
    public static CategoryName InAnyCase(string code, string language)
    {
        if (!Names.TryGetValue(code, out var names))
            return new(code, null, null);
        return names.In.TryGetValue(language, out var name) ? new(names.Code, name, null) : new(names.Code, names.In[English], English);
    }

    private static Dictionary<string, (string Code, Dictionary<string, string> In)> Load()
    {
        using var stream = typeof(CategoryName).Assembly.GetManifestResourceStream("category-names.json")
            ?? throw new InvalidOperationException("category-names.json is not in the program.");
        return (JsonSerializer.Deserialize<Dictionary<string, Dictionary<string, string>>>(stream) ?? [])
            .ToDictionary(row => row.Key, row => (row.Key, row.Value), StringComparer.OrdinalIgnoreCase);
    }
}
