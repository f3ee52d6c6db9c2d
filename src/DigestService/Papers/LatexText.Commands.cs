using System.Globalization;
using System.Text;

namespace DigestService.Papers;

// The commands: control words and signs, accents, and what stands in their braces.
internal sealed partial class LatexText
{
    private void ReadCommand()
    {
        var next = Next();
        if (char.IsAsciiLetter(next))
        {
            ReadControlWord();
            return;
        }

        if (next is '\'' or '"' && IsEscapedQuote(next))
        {
            _out.Append(next);
            _at += 2;
            return;
        }

        if (LatexSymbols.Accents.TryGetValue(next.ToString(), out var accent) && TryReadAccent(_at + 2, accent, isSign: true))
            return;
        switch (next)
        {
            case '\0':
                // A backslash at the very end means nothing.
                _at++;
                break;
            case '(' or '[' when TryReadDelimited(next):
                break;
            case '(' or ')' or '[' or ']':
                _out.Append(next);
                _at += 2;
                break;
            case '{' or '}' when _math:
                // Read once as a brace of the text, it is not read again as one of LaTeX's.
                _out.Append(next == '{' ? OpenBrace : CloseBrace);
                _at += 2;
                break;
            case '\\' or ' ' or ',' or ';' or ':' or '\t':
                _out.Append(' ');
                _at += 2;
                break;
            case '!' or '-' or '/' or '@':
                _at += 2;
                break;
            case '|':
                _out.Append('‖');
                _at += 2;
                break;
            default:
                _out.Append(next);
                _at += 2;
                break;
        }
    }

    private bool TryReadDelimited(char opening)
    {
        var close = _text.IndexOf(opening == '(' ? "\\)" : "\\]", _at + 2, Math.Min(MaxFormula, _end - _at - 2), StringComparison.Ordinal);
        if (close < 0)
            return false;
        AppendInner(_at + 2, close, math: true);
        _at = close + 2;
        return true;
    }

    private void ReadControlWord()
    {
        var start = _at + 1;
        var end = start;
        while (end < _end && char.IsAsciiLetter(_text[end]))
            end++;
        var name = _text[start..end];
        if (!_math && IsLineBreak(name, end))
        {
            _out.Append(' ');
            _at = start + 1;
            return;
        }

        if (LatexSymbols.Accents.TryGetValue(name, out var accent) && (name.Length > 1 || !HasLetterlessArgument(end)) && TryReadAccent(end, accent))
            return;
        _at = end;
        if (LatexSymbols.Characters.TryGetValue(name, out var character))
            AppendCharacter(character);
        else if (LatexSymbols.Functions.Contains(name))
            AppendWord(name);
        else if (LatexSymbols.Silent.Contains(name))
            SkipSpaces();
        else if (LatexSymbols.Spaces.Contains(name))
            ReadSpace();
        else if (LatexSymbols.Dropped.Contains(name))
            DropArguments();
        else
            ReadStructure(name);
    }

    // "First\n\nSecond": somebody wrote line ends down. What LaTeX or an author calls \n… is another thing.
    private bool IsLineBreak(string name, int end)
    {
        if (name is "r")
            return end + 1 < _end && _text[end] == '\\' && _text[end + 1] == 'n';
        if (name[0] is not ('n' or 't') || (name.Length > 1 && IsKnown(name)))
            return false;
        if (name.Length > 1)
            return char.IsUpper(name[1]);
        return name[0] == 'n' && (end >= _end || _text[end] is '\\' or ' ' or '-' or '*' or '(' or '"' or '•' || char.IsAsciiDigit(_text[end]));
    }

    private static bool IsKnown(string name) =>
        LatexSymbols.Characters.ContainsKey(name) || LatexSymbols.Functions.Contains(name) || LatexSymbols.Silent.Contains(name)
        || LatexSymbols.Spaces.Contains(name) || LatexSymbols.Dropped.Contains(name) || LatexSymbols.Shapes.Contains(name)
        || LatexSymbols.Accents.ContainsKey(name) || name is "not" or "nicefrac" or "textcolor" or "textsuperscript" or "textsubscript" or "texorpdfstring" or "thanks" or "tfrac";

    private void ReadStructure(string name)
    {
        switch (name)
        {
            case "mathbb" when TryArgument(out var from, out var to):
                var letters = Inner(from, to, math: true);
                foreach (var letter in letters)
                    _out.Append(LatexSymbols.Blackboard.GetValueOrDefault(letter, letter));
                break;
            case "frac" or "tfrac" or "dfrac" or "nicefrac" when TryArgument(out var from, out var to):
                _out.Append(Grouped(Inner(from, to, math: true)));
                if (TryArgument(out from, out to))
                    _out.Append('/').Append(Grouped(Inner(from, to, math: true)));
                break;
            case "sqrt":
                DropOption();
                _out.Append('√');
                if (TryArgument(out var under, out var overTo))
                    _out.Append(Grouped(Inner(under, overTo, math: true)));
                break;
            case "widehat" or "widetilde" or "overline" when TryArgument(out var from, out var to):
                AppendWide(name, Inner(from, to, _math));
                break;
            case "underset" or "overset" or "stackrel" when TryArgument(out var from, out var to):
                var beside = Script(Inner(from, to, math: true).Trim(), name == "underset" ? '_' : '^');
                if (TryArgument(out from, out to))
                    AppendInner(from, to, math: true);
                _out.Append(beside);
                break;
            case "xrightarrow" or "xleftarrow" when TryArgument(out var from, out var to):
                _out.Append(name == "xrightarrow" ? '→' : '←').Append(Script(Inner(from, to, math: true).Trim(), '^'));
                break;
            case "textsuperscript" when TryArgument(out var from, out var to):
                _out.Append(Script(Inner(from, to, math: false), '^'));
                break;
            case "textsubscript" when TryArgument(out var from, out var to):
                _out.Append(Script(Inner(from, to, math: false), '_'));
                break;
            case "href" when TryArgument(out var from, out var to):
                ReadLink(from, to);
                break;
            case "textcolor" or "colorbox" or "hspace" or "raisebox" or "resizebox" or "texorpdfstring" when TryArgument(out _, out _):
                if (TryArgument(out var from2, out var to2))
                    AppendInner(from2, to2, _math);
                break;
            case "footnote" or "thanks" or "footnotemark" or "footnotetext":
                if (TryArgument(out var note, out var noteEnd))
                    _out.Append(" (").Append(Inner(note, noteEnd, math: false).Trim()).Append(')');
                break;
            case "unicode" when TryArgument(out var from, out var to):
                AppendCodePoint(_text.AsSpan(from, to - from));
                break;
            case "not":
                ReadNegation();
                break;
            default:
                ReadUnknown(name);
                break;
        }
    }

    // \textbf{x} leaves x; so does \anything{x}. \ours and \ours{} leave their name, for they stood for one.
    private void ReadUnknown(string name)
    {
        var isShape = LatexSymbols.Shapes.Contains(name);
        var beforeArgument = _at;
        if (TryArgument(out var from, out var to, bracesOnly: !isShape) && (isShape || to > from))
        {
            AppendInner(from, to, _math && !name.StartsWith("text", StringComparison.Ordinal) && name is not "mbox");
            return;
        }

        if (isShape)
        {
            _at = beforeArgument;
            return;
        }

        AppendWord(name);
    }

    // A sign over several letters has no form in Unicode.
    private void AppendWide(string name, string inner)
    {
        if (inner.Length > 0 && inner.Length == (char.IsSurrogatePair(inner, 0) ? 2 : 1) && char.IsLetter(inner, 0))
            AppendAccented(inner, LatexSymbols.Accents[name switch { "widehat" => "hat", "widetilde" => "tilde", _ => "bar" }]);
        else
            _out.Append(inner);
    }

    // A link shows its text, and its address unless the text is the address.
    private void ReadLink(int from, int to)
    {
        var address = _text[from..to];
        var shown = TryArgument(out var textFrom, out var textTo) ? Inner(textFrom, textTo, math: false).Trim() : "";
        if (address.Contains(shown, StringComparison.OrdinalIgnoreCase))
            _out.Append(address);
        else if (shown.Contains("://", StringComparison.Ordinal))
            _out.Append(shown);
        else
            _out.Append(shown).Append(" (").Append(address).Append(')');
    }

    private void ReadNegation()
    {
        SkipSpaces();
        var start = _out.Length;
        if (_at < _end && _text[_at] == '\\')
            ReadCommand();
        else if (_at < _end)
            _out.Append(_text[_at++]);
        if (_out.Length > start)
            _out.Insert(start + 1, '\u0338');
    }

    private void ReadSpace()
    {
        if (_at < _end && _text[_at] == '{')
            DropArguments();
        _out.Append(' ');
    }

    // A control word eats the spaces after it. Between words they are wanted all the same.
    private void AppendCharacter(string character)
    {
        if (_at + 1 < _end && _text[_at] == '{' && _text[_at + 1] == '}')
            _at += 2;
        else if (!_math && char.IsLetter(character[0]) && character.Length == 1 && character[0] < 'ʰ' && _at < _end && _text[_at] == ' ' && _out.Length > 0 && char.IsLetter(_out[^1]))
            SkipSpaces();
        _out.Append(character);
    }

    private void AppendWord(string word)
    {
        if (_out.Length > 0 && (char.IsLetterOrDigit(_out[^1]) || _out[^1] is ')' or ']'))
            _out.Append(' ');
        _out.Append(word);
        if (_at + 1 < _end && _text[_at] == '{' && _text[_at + 1] == '}')
            _at += 2;
        if (_at < _end && (char.IsLetterOrDigit(_text[_at]) || _text[_at] == '\\' && char.IsAsciiLetter(Next())))
            _out.Append(' ');
    }

    private void AppendCodePoint(ReadOnlySpan<char> digits)
    {
        var isHex = digits.StartsWith("x", StringComparison.OrdinalIgnoreCase);
        if (int.TryParse(isHex ? digits[1..] : digits, isHex ? NumberStyles.AllowHexSpecifier : NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            && Rune.TryCreate(value, out var rune)
            // A sign that LaTeX would read again is not made this way.
            && rune.Value is not ('\\' or '$' or '{' or '}' or '~' or '`'))
            _out.Append(rune.ToString());
    }

    private bool TryArgument(out int from, out int to, bool bracesOnly = false)
    {
        from = to = _at;
        var at = _at;
        while (at < _end && _text[at] == ' ')
            at++;
        if (at >= _end)
            return false;
        if (_text[at] == '{')
        {
            var close = ClosingBrace(at);
            if (close < 0 || (bracesOnly && at > _at))
                return false;
            from = at + 1;
            to = close;
            _at = close + 1;
            return true;
        }

        if (bracesOnly || !char.IsLetterOrDigit(_text[at]))
            return false;
        from = at;
        to = at + 1;
        _at = to;
        return true;
    }

    private void DropArguments()
    {
        if (_at < _end && _text[_at] == '*')
            _at++;
        while (_at < _end && _text[_at] == '[' && _text.IndexOf(']', _at, _end - _at) >= 0)
            DropOption();
        if (_at < _end && _text[_at] == '{' && ClosingBrace(_at) is var close and >= 0)
            _at = close + 1;
    }

    private void DropOption()
    {
        if (_at < _end && _text[_at] == '[' && _text.IndexOf(']', _at, _end - _at) is var close and >= 0)
            _at = close + 1;
    }

    private void SkipSpaces()
    {
        while (_at < _end && _text[_at] == ' ')
            _at++;
    }

    private int ClosingBrace(int open)
    {
        var depth = 0;
        var limit = Math.Min(_end, open + 4 * MaxFormula);
        for (var i = open; i < limit; i++)
        {
            switch (_text[i])
            {
                case '\\':
                    i++;
                    break;
                case '{':
                    depth++;
                    break;
                case '}' when --depth == 0:
                    return i;
            }
        }

        return -1;
    }
}
