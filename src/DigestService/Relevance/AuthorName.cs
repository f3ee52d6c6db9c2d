using DigestService.Relevance.Text;

namespace DigestService.Relevance;

/// <summary>
/// A person's name for comparing: folded words without "Jr.", the family name last. "Bengio, Y." and "Yoshua Bengio" agree, because
/// an initial agrees with any name it begins.
/// </summary>
internal sealed class AuthorName
{
    private readonly string[] _words;

    private AuthorName(string[] words) => _words = words;

    /// <summary>Reads a name written either way round.</summary>
    public static AuthorName Of(string name)
    {
        var comma = name.IndexOf(',', StringComparison.Ordinal);
        var inOrder = comma > 0 ? $"{name[(comma + 1)..]} {name[..comma]}" : name;
        // In a name "AN" and "IT" are no acronyms, and "Robert Downey Jr." is a Downey.
        string[] words = [.. Tokenizer.Tokenize(inOrder).Select(t => t.Word.ToLowerInvariant())];
        // Those of "Kumar JR" are initials.
        if (words.Length > 2)
            words = [.. words.Where((word, at) => at == 0 || word is not ("jr" or "sr"))];
        // "Kenta Ii" and "Kenta A. Ii" have no other family name.
        return new(words is [_, .., { Length: > 1 }, "ii" or "iii" or "iv"] ? words[..^1] : words);
    }

    /// <summary>The folded words, the family name last.</summary>
    public IReadOnlyList<string> Words => _words;

    /// <summary>The words, as a canonical query writes them.</summary>
    public string Text => string.Join(' ', _words);

    /// <summary>
    /// Whether this name may be <paramref name="wanted"/>: one word agrees with any word of the name; several agree
    /// when the last words are equal and the others appear in order, in full or as initials.
    /// </summary>
    public bool Agrees(AuthorName wanted)
    {
        if (wanted._words.Length == 0 || _words.Length == 0)
            return false;
        if (wanted._words.Length == 1)
            return Array.IndexOf(_words, wanted._words[0]) >= 0;
        if (!string.Equals(_words[^1], wanted._words[^1], StringComparison.Ordinal))
            return false;
        var at = 0;
        foreach (var word in wanted._words.AsSpan(0, wanted._words.Length - 1))
        {
            while (at < _words.Length - 1 && !SameGivenName(_words[at], word))
                at++;
            if (at++ >= _words.Length - 1)
                return false;
        }
        return true;
    }

    /// <summary>
    /// Whether somebody who types <paramref name="typed"/> may mean the person of this name: one word is a family name, and a family name
    /// may stand first.
    /// </summary>
    public bool Bears(AuthorName typed) => typed._words switch
    {
        [] => false,
        [var family] => _words is [.., var last] && string.Equals(last, family, StringComparison.Ordinal),
        [var first, .. var others] => Agrees(typed) || Agrees(new([.. others, first])),
    };

    private static bool SameGivenName(string a, string b) =>
        string.Equals(a, b, StringComparison.Ordinal) || (a.Length == 1 && b[0] == a[0]) || (b.Length == 1 && a[0] == b[0]);
}
