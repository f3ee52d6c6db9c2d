using System.Globalization;
using System.Text;

namespace DigestService.Papers;

// Accents, and the quotes that look like them.
internal sealed partial class LatexText
{
    // don\'t, O\'Neil, The \"best\" model: quotes that somebody escaped, where an accent makes no word.
    private bool IsEscapedQuote(char quote)
    {
        var before = _at > 0 ? _text[_at - 1] : ' ';
        var after = Next(2);
        if (quote == '"')
        {
            if (char.IsLetter(before))
                return !char.IsLetter(after) && after is not ('{' or '\\');
            var close = _text.IndexOf("\\\"", _at + 2, Math.Min(MaxQuotation, _end - _at - 2), StringComparison.Ordinal);
            return close > _at + 2 && !char.IsWhiteSpace(_text[close - 1]) && (close + 2 >= _end || !(char.IsLetter(_text[close + 2]) || _text[close + 2] is '{' or '\\'));
        }

        if (!char.IsLetter(before) || !char.IsLetter(after))
            return false;
        var end = _at + 2;
        while (end < _end && char.IsLetter(_text[end]))
            end++;
        var rest = _text.AsSpan(_at + 2, end - _at - 2);
        var start = _at;
        while (start > 0 && char.IsLetter(_text[start - 1]))
            start--;
        return rest is "s" or "t" or "d" or "m" or "re" or "ve" or "ll"
            || (char.IsUpper(after) && !(_at - start > 1 && char.IsUpper(before)) && rest.Length > 1);
    }

    // \c C and \'{e} and \v{\i}: the accent follows its letter.
    private bool TryReadAccent(int argumentAt, string accent, bool isSign = false)
    {
        var at = argumentAt;
        while (at < _end && _text[at] == ' ')
            at++;
        if (at >= _end)
            return false;
        if (_text[at] == '{')
        {
            var close = ClosingBrace(at);
            if (close < 0)
                return false;
            var inner = Inner(at + 1, close, _math);
            if (inner.Length == 0)
            {
                _at = close + 1;
                return true;
            }

            if (accent == Tie && inner.Length > 1)
                _out.Append(inner[0]).Append(Tie[0]).Append(inner, 1, inner.Length - 1);
            else
                AppendAccented(inner, accent);
            _at = close + 1;
            return true;
        }

        if (_text[at] == '\\' && at + 1 < _end && _text[at + 1] is 'i' or 'j' && (at + 2 >= _end || !char.IsAsciiLetter(_text[at + 2])))
        {
            AppendAccented(_text[at + 1].ToString(), accent);
            _at = at + 2;
            return true;
        }

        // Behind a space, or on a letter that does not bear it, the sign is a sign: \"best\".
        if (isSign && char.IsLetter(_text[at]) && !_math && (accent is "̈" or "́") && (_text[at].ToString() + accent).Normalize(NormalizationForm.FormC).Length > 1)
            return false;
        if (!char.IsLetter(_text[at]))
            return _text[at] == '\\' && accent.Length > 0 && TryAccentCommand(at, accent);
        AppendAccented(_text[at].ToString(), accent);
        _at = at + 1;
        return true;
    }

    private bool TryAccentCommand(int at, string accent)
    {
        if (_depth >= MaxDepth || at + 1 >= _end || !char.IsAsciiLetter(_text[at + 1]))
            return false;
        var end = at + 1;
        while (end < _end && char.IsAsciiLetter(_text[end]))
            end++;
        if (!LatexSymbols.Characters.TryGetValue(_text[(at + 1)..end], out var character))
            return false;
        AppendAccented(character, accent);
        _at = end;
        return true;
    }

    // The accent follows its letter and the accents that the letter has already: \~{\^e} is ễ.
    private void AppendAccented(string letters, string accent)
    {
        var first = letters[0] switch
        {
            'ı' => "i",
            'ȷ' => "j",
            _ => letters[..(char.IsSurrogatePair(letters, 0) ? 2 : 1)],
        };
        var length = Math.Min(letters.Length, first.Length);
        while (length < letters.Length && char.GetUnicodeCategory(letters[length]) is UnicodeCategory.NonSpacingMark)
            length++;
        _out.Append(first).Append(letters, first.Length, length - first.Length).Append(accent).Append(letters, length, letters.Length - length);
    }

    // "\b" and "\d" before a space or a sign are somebody's macro rather than an accent.
    private bool HasLetterlessArgument(int at) => at < _end && _text[at] != '{' && (_text[at] != ' ' || at + 1 >= _end || !char.IsLetter(_text[at + 1]));
}
