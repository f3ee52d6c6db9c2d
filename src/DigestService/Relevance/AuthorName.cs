using System.Globalization;
using System.Text.RegularExpressions;
using DigestService.Relevance.Text;

namespace DigestService.Relevance;

/// <summary>
/// A person's name for comparing: folded words without "Jr.", the family name last. "Bengio, Y." and "Yoshua Bengio" agree, because
/// an initial agrees with any name it begins, "Wei Furu" and "Furu Wei", because all their words are equal.
/// </summary>
internal sealed partial class AuthorName
{
    private readonly string[] _words;

    private AuthorName(string[] words) => _words = words;

    /// <summary>Reads a name written either way round.</summary>
    public static AuthorName Of(string name)
    {
        var comma = name.IndexOf(',', StringComparison.Ordinal);
        var inOrder = comma > 0 ? $"{name[(comma + 1)..]} {name[..comma]}" : name;
        // In a name "AN" and "IT" are no acronyms, "A.B." is two initials, and "Robert Downey Jr." is a Downey.
        string[] words = [.. Tokenizer.Tokenize(inOrder.Replace('.', ' ')).Select(t => t.Word.ToLowerInvariant())];
        // Those of "Kumar JR" are initials.
        if (words.Length > 2)
            words = [.. words.Where((word, at) => at == 0 || word is not ("jr" or "sr"))];
        // "Kenta Ii" and "Kenta A. Ii" have no other family name.
        if (words is [_, .., { Length: > 1 }, "ii" or "iii" or "iv"])
            words = words[..^1];
        // "Hinton G. E." begins with the family name: nobody's is an initial, but for "Weinan E", who is read alike wherever he is met.
        var names = Array.FindLastIndex(words, word => !IsInitial(word)) + 1;
        return new(names == 0 ? words : [.. words[names..], .. words[..names]]);
    }

    /// <summary>The folded words, the family name last.</summary>
    public IReadOnlyList<string> Words => _words;

    /// <summary>All its letters.</summary>
    public string Letters => string.Concat(_words);

    /// <summary>The words, as a canonical query writes them.</summary>
    public string Text => string.Join(' ', _words);

    /// <summary>
    /// Whether this name may be <paramref name="wanted"/>: one word agrees with any word of the name; several agree
    /// when the last words are equal and the others appear in order, in full or as initials, when they are the same letters ("Xiao-Ming Li",
    /// "Xiaoming Li"), or the same words with the family name at the other end.
    /// </summary>
    public bool Agrees(AuthorName wanted)
    {
        if (wanted._words.Length == 0 || _words.Length == 0)
            return false;
        if (wanted._words.Length == 1)
            return Array.IndexOf(_words, wanted._words[0]) >= 0;
        return AgreesInOrder(wanted) || IsSpeltAs(wanted) || IsTurned(wanted);
    }

    private bool AgreesInOrder(AuthorName wanted)
    {
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

    private bool IsSpeltAs(AuthorName wanted) =>
        _words.Length > 1 && _words.Length != wanted._words.Length && _words[0][0] == wanted._words[0][0] && string.Equals(Letters, wanted.Letters, StringComparison.Ordinal);

    private bool IsTurned(AuthorName wanted)
    {
        var written = _words.AsSpan();
        var asked = wanted._words.AsSpan();
        var (endsAsAskedBegins, beginsAsAskedEnds) = (written[^1] == asked[0], written[0] == asked[^1]);
        if (!endsAsAskedBegins && !beginsAsAskedEnds)
            return false;
        // Each of "Chen Gong" is a family name as often as a given name: turned round, it is somebody else. "Yu Wei Chen" is as likely no "Weichen Yu".
        var mayBeOthers = Array.TrueForAll(wanted._words, word => Syllable.IsMatch(word));
        if (written.Length != asked.Length)
            return !mayBeOthers
                && ((endsAsAskedBegins && string.Concat(written[..^1]!) == string.Concat(asked[1..]!)) || (beginsAsAskedEnds && string.Concat(written[1..]!) == string.Concat(asked[..^1]!)));
        return !(mayBeOthers && asked.Length == 2)
            && ((endsAsAskedBegins && written[..^1].SequenceEqual(asked[1..])) || (beginsAsAskedEnds && written[1..].SequenceEqual(asked[..^1])));
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

    /// <summary>Whether a folded word is one letter that stands for a name. An ideograph is a word, though it is one letter.</summary>
    public static bool IsInitial(string word) => word.Length == 1 && char.GetUnicodeCategory(word[0]) is not UnicodeCategory.OtherLetter;

    // One syllable of Chinese as Pinyin writes it.
    [GeneratedRegex(
        "^(?:zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw])?(?:[aeo]|ai|ei|ao|ou|[aeiu]n|[aeio]ng|er|i|ia|ie|iu|iao|ian|iang|iong|[uv]|ua|uo|ue|ui|uai|uan|uang)$",
        RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Syllable { get; }

    private static bool SameGivenName(string a, string b) =>
        string.Equals(a, b, StringComparison.Ordinal) || (a.Length == 1 && b[0] == a[0]) || (b.Length == 1 && a[0] == b[0]);
}
