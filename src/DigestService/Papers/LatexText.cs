using System.Buffers;
using System.Text;

namespace DigestService.Papers;

/// <summary>
/// One reading of LaTeX as it is found in titles and abstracts: <c>n\log n</c>, <c>$\alpha$-divergence</c>, <c>\'e</c>,
/// <c>\textbf{bold}</c>, <c>``quoted''</c>. It never fails: a macro nobody knows leaves its argument, or its name, and a
/// dollar sign that opens no formula stays a dollar sign.
/// </summary>
internal sealed partial class LatexText
{
    // Arguments nested deeper than anybody writes are taken literally.
    private const int MaxDepth = 12;

    // A closing sign further away than this closes something else.
    private const int MaxFormula = 600;
    private const int MaxQuotation = 120;

    private const string Tie = "͡";
    private const char OpenBrace = '\uE07B';
    private const char CloseBrace = '\uE07D';

    private static readonly SearchValues<char> WordSigns =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ\\'`\"^{$");

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

    /// <summary>The same of a formula without its dollars.</summary>
    public static string OfFormula(string text) => new LatexText(text, 0, text.Length, math: true, depth: 0).Read();

    /// <summary>The text once nothing of it is LaTeX any more: braces that were escaped are braces.</summary>
    public static string Finished(string text) => text.Replace(OpenBrace, '{').Replace(CloseBrace, '}');

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
            // "$C $" is a letter all the same.
            var touches = !char.IsWhiteSpace(inner[0]) && (!char.IsWhiteSpace(inner[^1]) || (char.IsLetter(inner[0]) && inner[1..].IsWhiteSpace()));
            // "$5-$10" are two prices; "$>$10" is a formula and a number.
            var isPrice = i + 1 < _end && char.IsAsciiDigit(_text[i + 1]) && inner.ContainsAnyInRange('0', '9');
            if (inner.ContainsAny("\\^_{") || (touches && !isPrice))
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

        // {x} and {fₙ} are sets, {A}lice and {BERT} are words.
        if (char.IsLower(_text[from]) && !_text.AsSpan(from + 1, to - from - 1).ContainsAny(WordSigns))
            return false;
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
        return content.Length == 1 ? kind + content : kind + Bracketed(content);
    }

    private static string Grouped(string content)
    {
        content = content.Trim();
        return content.All(char.IsLetterOrDigit) ? content : Bracketed(content);
    }

    // D^{(*)} has its brackets already; (a)(b) has none around both.
    private static string Bracketed(string content) =>
        content[0] == '(' && content.IndexOf(')', StringComparison.Ordinal) == content.Length - 1 ? content : $"({content})";

    // "Figure~2" ties, "~5 ms" is about five, "2~3%" is from two to three, "/~user" is an address.
    private void ReadTilde()
    {
        var before = _at > 0 ? _text[_at - 1] : ' ';
        var after = Next();
        if (char.IsAsciiDigit(before) && char.IsAsciiDigit(after) && !_text.AsSpan(_at + 1, _end - _at - 1).StartsWith("000"))
        {
            _out.Append('~');
            _at++;
            return;
        }

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

    private void AppendInner(int from, int to, bool math) => _out.Append(Inner(from, to, math));

    private string Inner(int from, int to, bool math) =>
        _depth >= MaxDepth ? _text[from..to] : new LatexText(_text, from, to, math, _depth + 1).Read();
}
