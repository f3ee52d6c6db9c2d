using System.Collections.Frozen;
using DigestService.Platform.Layout;

namespace DigestService.Inbound.Commands;

/// <summary>The language in which somebody asks who has chosen none.</summary>
internal static class WishLanguage
{
    // Shorter words are those of another language too, or of none.
    private const int ShortestWord = 4;

    // The words that one language alone has.
    private static readonly Lazy<FrozenDictionary<string, string>> Owned = new(() => PageLanguage.All
        .SelectMany(language => Vocabulary.Read(language).SelectMany(line => line.Words).Distinct(StringComparer.Ordinal), (language, word) => (word, language))
        .Where(row => row.word.Length >= ShortestWord || row.word.Length > 0 && Vocabulary.IsUnspaced(row.word[0]))
        .GroupBy(row => row.word, row => row.language, StringComparer.Ordinal)
        .Where(owners => owners.Count() == 1)
        .ToFrozenDictionary(owners => owners.Key, owners => owners.First(), StringComparer.Ordinal));

    /// <summary>
    /// The one language whose words ask for what a mail asks for; null where they are of several, and for English, whose words everybody is
    /// shown. Of a command its verb counts, for topics have names in any language; of a line that is none all that we know.
    /// </summary>
    public static string? Of(IEnumerable<MailCommand> commands)
    {
        var languages = commands.SelectMany(LanguagesOf).Distinct(StringComparer.Ordinal).Take(2).ToList();
        return languages is [var only] && only != PageLanguage.All[0] ? only : null;
    }

    private static IEnumerable<string> LanguagesOf(MailCommand command)
    {
        var text = CommandArguments.Fold(command.Text);
        var words = command.Verb is MailVerb.NotUnderstood ? Owned.Value.Keys : CommandWords.All.Where(row => row.Verb == command.Verb).Select(row => row.Word);
        return words.Where(word => Owned.Value.ContainsKey(word) && Vocabulary.IsWordIn(word, text)).Select(word => Owned.Value[word]);
    }
}
