namespace DigestService.Relevance.Text;

/// <summary>A word being stemmed, with the regions R1 and R2 of Porter's description; a consonant y is written Y.</summary>
internal sealed class StemBuffer
{
    private readonly char[] _letters;
    private readonly int _r1;
    private readonly int _r2;

    public StemBuffer(string word)
    {
        _letters = new char[word.Length + 1];
        word.CopyTo(_letters);
        Length = word.Length;
        for (var i = 0; i < Length; i++)
            if (_letters[i] == 'y' && (i == 0 || IsVowel(i - 1)))
                _letters[i] = 'Y';
        _r1 = word.StartsWith("gener", StringComparison.Ordinal) || word.StartsWith("arsen", StringComparison.Ordinal) ? 5
            : word.StartsWith("commun", StringComparison.Ordinal) ? 6
            : RegionAfter(0);
        _r2 = RegionAfter(_r1);
    }

    public int Length { get; private set; }

    public string Text => new(_letters, 0, Length);

    public bool IsVowel(int i) => _letters[i] is 'a' or 'e' or 'i' or 'o' or 'u' or 'y';

    public bool HasVowelBefore(int end)
    {
        for (var i = 0; i < end; i++)
            if (IsVowel(i))
                return true;
        return false;
    }

    public bool Ends(string suffix) => _letters.AsSpan(0, Length).EndsWith(suffix);

    public bool InR1(string suffix) => Length - suffix.Length >= _r1;

    public bool InR2(string suffix) => Length - suffix.Length >= _r2;

    /// <summary>The letter before a suffix, or NUL where the suffix is all there is.</summary>
    public char Before(string suffix) => Length > suffix.Length ? _letters[Length - suffix.Length - 1] : '\0';

    public void Cut(int count) => Length -= count;

    public void Append(char c) => _letters[Length++] = c;

    /// <summary>Puts a replacement, never longer than the suffix, in the suffix's place.</summary>
    public void Replace(string suffix, string replacement)
    {
        Length -= suffix.Length;
        replacement.CopyTo(_letters.AsSpan(Length));
        Length += replacement.Length;
    }

    public bool EndsInDouble() => Length >= 2 && _letters[Length - 1] == _letters[Length - 2]
        && _letters[Length - 1] is 'b' or 'd' or 'f' or 'g' or 'm' or 'n' or 'p' or 'r' or 't';

    public bool IsShort() => _r1 >= Length && EndsInShortSyllable(Length);

    /// <summary>Whether the first <paramref name="end"/> letters end in a short syllable ("rap", "trap", "ow").</summary>
    public bool EndsInShortSyllable(int end)
    {
        if (end == 2)
            return IsVowel(0) && !IsVowel(1);
        return end > 2 && !IsVowel(end - 3) && IsVowel(end - 2) && !IsVowel(end - 1)
            && _letters[end - 1] is not ('w' or 'x' or 'Y');
    }

    private int RegionAfter(int start)
    {
        for (var i = start + 1; i < Length; i++)
            if (!IsVowel(i) && IsVowel(i - 1))
                return i + 1;
        return Length;
    }
}
