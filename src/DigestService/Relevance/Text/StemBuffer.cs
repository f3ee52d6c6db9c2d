namespace DigestService.Relevance.Text;

/// <summary>A word being stemmed, with the regions R1 and R2 of Porter's description; a consonant y is written Y.</summary>
internal sealed class StemBuffer
{
    private readonly char[] _letters;
    private readonly int _r1;
    private readonly int _r2;

    /// <summary>The whole of a word in lower case.</summary>
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

    /// <summary>How many letters are left of it.</summary>
    public int Length { get; private set; }

    /// <summary>The letters that are left.</summary>
    public string Text => new(_letters, 0, Length);

    /// <summary>Whether the letter at that place is a vowel; Y is a consonant.</summary>
    public bool IsVowel(int i) => _letters[i] is 'a' or 'e' or 'i' or 'o' or 'u' or 'y';

    /// <summary>Whether one of the first <paramref name="end"/> letters is a vowel.</summary>
    public bool HasVowelBefore(int end)
    {
        for (var i = 0; i < end; i++)
            if (IsVowel(i))
                return true;
        return false;
    }

    /// <summary>Whether it ends in that suffix.</summary>
    public bool Ends(string suffix) => _letters.AsSpan(0, Length).EndsWith(suffix);

    /// <summary>Whether a suffix that it ends in lies within R1.</summary>
    public bool InR1(string suffix) => Length - suffix.Length >= _r1;

    /// <summary>Whether a suffix that it ends in lies within R2.</summary>
    public bool InR2(string suffix) => Length - suffix.Length >= _r2;

    /// <summary>The letter before a suffix, or NUL where the suffix is all there is.</summary>
    public char Before(string suffix) => Length > suffix.Length ? _letters[Length - suffix.Length - 1] : '\0';

    /// <summary>Takes the last letters away.</summary>
    public void Cut(int count) => Length -= count;

    /// <summary>Puts a letter at the end; there is room for one more than the word had.</summary>
    public void Append(char c) => _letters[Length++] = c;

    /// <summary>Puts a replacement, never longer than the suffix, in the suffix's place.</summary>
    public void Replace(string suffix, string replacement)
    {
        Length -= suffix.Length;
        replacement.CopyTo(_letters.AsSpan(Length));
        Length += replacement.Length;
    }

    /// <summary>Whether it ends in one of the doubles that are undone: bb, dd, ff, gg, mm, nn, pp, rr, tt.</summary>
    public bool EndsInDouble() => Length >= 2 && _letters[Length - 1] == _letters[Length - 2]
        && _letters[Length - 1] is 'b' or 'd' or 'f' or 'g' or 'm' or 'n' or 'p' or 'r' or 't';

    /// <summary>Whether it is a short word: it ends in a short syllable, and R1 is empty.</summary>
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
