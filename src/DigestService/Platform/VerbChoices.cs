using System.CommandLine;

namespace DigestService.Platform;

/// <summary>Options that take one of a few words.</summary>
internal static class VerbChoices
{
    /// <summary>Refuses every other word, and says which option is meant: the framework's own sentence does not.</summary>
    public static void TakesOneOf<T>(this Option<T> option, params string[] words)
    {
        option.CompletionSources.Clear();
        option.CompletionSources.Add(words);
        option.Validators.Add(result =>
        {
            foreach (var token in result.Tokens.Where(token => !words.Contains(token.Value, StringComparer.Ordinal)))
                result.AddError($"{option.Name}: '{token.Value}' is none of {string.Join(", ", words)}.");
        });
    }
}
