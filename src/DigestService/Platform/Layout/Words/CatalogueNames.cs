using System.Text.Json;

namespace DigestService.Platform.Layout.Words;

/// <summary>
/// The names of the topics that are shipped, and of their groups, in the other languages. A topic that the operator named
/// otherwise has that name in every language.
/// </summary>
internal static class CatalogueNames
{
    private static readonly Dictionary<string, Dictionary<string, string>> Names = Load();

    /// <summary>A name in a language, as it is where nobody has translated it.</summary>
    public static string In(string name, string language) =>
        Names.TryGetValue(name, out var others) && others.TryGetValue(language, out var other) ? other : name;

    private static Dictionary<string, Dictionary<string, string>> Load()
    {
        using var stream = typeof(CatalogueNames).Assembly.GetManifestResourceStream("topic-names.json")
            ?? throw new InvalidOperationException("topic-names.json is not in the program.");
        return JsonSerializer.Deserialize<Dictionary<string, Dictionary<string, string>>>(stream) ?? [];
    }
}
