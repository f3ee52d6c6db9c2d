using System.Globalization;
using System.Text;

namespace DigestService.Papers;

/// <summary>
/// One reading of LaTeX as it is found in titles and abstracts: <c>n\log n</c>, <c>$\alpha$-divergence</c>, <c>\'e</c>,
/// <c>\textbf{bold}</c>, <c>``quoted''</c>. It never fails: a macro nobody knows leaves its argument, or its name, and a
/// dollar sign that opens no formula stays a dollar sign.
/// </summary>
internal sealed class LatexText
{
    // Arguments nested deeper than anybody writes are taken literally.
    private const int MaxDepth = 12;

    // A closing sign further away than this closes something else.
    private const int MaxFormula = 600;
    private const int MaxQuotation = 120;

    private readonly string _text;
    private readonly StringBuilder _out;
    private readonly int _depth;
    private readonly int _end;
    private int _at;
    private bool _math;

    private LatexText(string text, int start, int end, bool math, int depth)
    {
        _text = text;
        _at = start;
        _end = end;
        _math = math;
        _depth = depth;
        _out = new StringBuilder(end - start);
    }

    /// <summary>The text with what can be read of its LaTeX in Unicode.</summary>
    public static string ToUnicode(string text) => new LatexText(text, 0, text.Length, math: false, depth: 0).Read();

    private string Read()
    {
        while (_at < _end)
        {
            var letter = _text[_at];
            switch (letter)
            {
                case '\\':
                    ReadCommand();
                    break;
                case '$':
                    ReadDollar();
                    break;
                case '{' or '}':
                    ReadBrace(letter);
                    break;
                case '^' or '_' when _math:
                    ReadScript(letter);
                    break;
                case '~' when !_math:
                    ReadTilde();
                    break;
                case '`' when !_math:
                    ReadBacktick();
                    break;
                case '\'' when Next() == '\'':
                    _out.Append(_math ? '″' : ClosesQuotation() ? '”' : '“');
                    _at += 2;
                    break;
                case '-' when Next() == '-' && !_math:
                    ReadDashes();
                    break;
                default:
                    _out.Append(letter);
                    _at++;
                    break;
            }
        }

        return _out.ToString();
    }

    private char Next(int ahead = 1) => _at + ahead < _end ? _text[_at + ahead] : '\0';

    private void ReadCommand()
    {
        var next = Next();
        if (char.IsAsciiLetter(next))
        {
            ReadControlWord();
            return;
        }

        if (LatexSymbols.Accents.TryGetValue(next.ToString(), out var accent) && TryReadAccent(_at + 2, accent))
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

    // \c C and \'{e} and \v{\i}: the accent follows its letter.
    private bool TryReadAccent(int argumentAt, string accent)
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

    private void AppendAccented(string letters, string accent)
    {
        var first = letters[0] switch
        {
            'ı' => "i",
            'ȷ' => "j",
            _ => letters[..(char.IsSurrogatePair(letters, 0) ? 2 : 1)],
        };
        var rest = letters.AsSpan(Math.Min(letters.Length, first.Length));
        _out.Append(first).Append(accent).Append(rest);
    }

    // "\b" and "\d" before a space or a sign are somebody's macro rather than an accent.
    private bool HasLetterlessArgument(int at) => at < _end && _text[at] != '{' && (_text[at] != ' ' || at + 1 >= _end || !char.IsLetter(_text[at + 1]));

    private void ReadDollar()
    {
        var display = Next() == '$';
        var open = _at + (display ? 2 : 1);
        var close = _math ? -1 : FindClosingDollar(open, display);
        if (close < 0)
        {
            if (!_math)
                _out.Append('$');
            _at++;
            return;
        }

        AppendInner(open, close, math: true);
        _at = close + (display ? 2 : 1);
    }

    // Two prices are no formula: a formula holds a sign of LaTeX, or touches its dollars on the inside and no digit behind.
    private int FindClosingDollar(int open, bool display)
    {
        var limit = Math.Min(_end, open + MaxFormula);
        for (var i = open; i < limit; i++)
        {
            if (_text[i] == '\\')
            {
                i++;
                continue;
            }

            if (_text[i] != '$')
                continue;
            if (display)
                return i + 1 < _end && _text[i + 1] == '$' ? i : -1;
            if (i == open)
                return -1;
            var inner = _text.AsSpan(open, i - open);
            var touches = !char.IsWhiteSpace(inner[0]) && !char.IsWhiteSpace(inner[^1]);
            var followedByDigit = i + 1 < _end && char.IsAsciiDigit(_text[i + 1]);
            if (inner.ContainsAny("\\^_{") || (touches && !followedByDigit))
                return i;
            return -1;
        }

        return -1;
    }

    private void ReadBrace(char brace)
    {
        var close = brace == '{' ? ClosingBrace(_at) : -1;
        if (close >= 0 && (_math || IsGroup(_at + 1, close)))
        {
            AppendInner(_at + 1, close, _math);
            _at = close + 1;
            return;
        }

        if (!_math)
            _out.Append(brace);
        _at++;
    }

    // {BERT} and {\em x} group; {0, 1} is a set.
    private bool IsGroup(int from, int to)
    {
        if (to == from || _text[from] == '\\')
            return true;
        for (var i = from; i < to; i++)
        {
            if (!char.IsLetterOrDigit(_text[i]) && _text[i] is not ('-' or '.' or '\\' or '{' or '}' or '$' or '\'' or '`' or '"' or '^'))
                return false;
        }

        return char.IsLetter(_text[from]) || _text[from] is '$' or '{';
    }

    private void ReadScript(char kind)
    {
        _at++;
        SkipSpaces();
        if (_at >= _end)
            return;
        string content;
        if (_text[_at] == '{' && ClosingBrace(_at) is var close and >= 0)
        {
            content = Inner(_at + 1, close, math: true);
            _at = close + 1;
        }
        else if (_text[_at] == '\\')
        {
            var start = _out.Length;
            ReadCommand();
            content = _out.ToString(start, _out.Length - start);
            _out.Length = start;
        }
        else if (_text[_at] is '^' or '_' or '}' or '{' or '$')
        {
            return;
        }
        else
        {
            content = _text[_at++].ToString();
        }

        _out.Append(Script(content.Trim(), kind));
    }

    private static string Script(string content, char kind)
    {
        var forms = kind == '^' ? LatexSymbols.Superscripts : LatexSymbols.Subscripts;
        if (content.Length == 0)
            return "";
        if (content.All(forms.ContainsKey))
            return string.Concat(content.Select(letter => forms[letter]));
        return content.Length == 1 ? kind + content : $"{kind}({content})";
    }

    private static string Grouped(string content)
    {
        content = content.Trim();
        return content.All(char.IsLetterOrDigit) ? content : $"({content})";
    }

    // "Figure~2" ties, "~5 ms" is about five, "/~user" is an address.
    private void ReadTilde()
    {
        var before = _at > 0 ? _text[_at - 1] : ' ';
        var after = Next();
        var ties = !char.IsWhiteSpace(before) && before is not ('/' or '(' or '[' or '~') && after != '\0' && !char.IsWhiteSpace(after) && after != '~';
        _out.Append(ties ? ' ' : '~');
        _at++;
    }

    private void ReadBacktick()
    {
        if (Next() == '`')
        {
            _out.Append('“');
            _at += 2;
            return;
        }

        var close = ClosingApostrophe();
        if (close < 0)
        {
            _out.Append('`');
            _at++;
            return;
        }

        _out.Append('‘');
        AppendInner(_at + 1, close, math: false);
        _out.Append('’');
        _at = close + 1;
    }

    private int ClosingApostrophe()
    {
        if (char.IsWhiteSpace(Next()))
            return -1;
        var limit = Math.Min(_end, _at + MaxQuotation);
        for (var i = _at + 2; i < limit; i++)
        {
            if (_text[i] == '`')
                return -1;
            if (_text[i] == '\'' && _text[i - 1] != '\\' && (i + 1 >= _end || !char.IsLetterOrDigit(_text[i + 1])))
                return i;
        }

        return -1;
    }

    private bool ClosesQuotation() => _out.Length > 0 && !char.IsWhiteSpace(_out[^1]) && _out[^1] is not ('(' or '[' or '–' or '—');

    private void ReadDashes()
    {
        var count = 2;
        while (Next(count) == '-')
            count++;
        var before = _at > 0 ? _text[_at - 1] : ' ';
        var after = Next(count);
        // "--flag" is an option, and a longer row is a rule.
        if (count > 3 || (char.IsWhiteSpace(before) && char.IsLetterOrDigit(after)))
            _out.Append('-', count);
        else
            _out.Append(count == 2 ? '–' : '—');
        _at += count;
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

    private void AppendInner(int from, int to, bool math) => _out.Append(Inner(from, to, math));

    private string Inner(int from, int to, bool math) =>
        _depth >= MaxDepth ? _text[from..to] : new LatexText(_text, from, to, math, _depth + 1).Read();
}
