using System.Globalization;
using DigestService.Relevance.Text;

namespace DigestService.Topics;

/// <summary>
/// Reads the query language. Words side by side must all match; OR binds looser than that; what is unwanted ("-word")
/// applies to the whole level it stands on, so "a OR b -c" is "a or b, but never c".
/// </summary>
internal sealed class QueryParser
{
    private const int MostLeaves = 64;
    private const int MostLevels = 8;

    private readonly List<Lexeme> _pieces;
    private readonly bool _isPasted;
    private int _at;
    private int _leaves;

    private QueryParser(List<Lexeme> pieces, bool isPasted) => (_pieces, _isPasted) = (pieces, isPasted);

    /// <summary>The tree of a query; a pasted one may hold what means nothing.</summary>
    /// <exception cref="QueryException">The query is wrong; the exception carries where and why.</exception>
    public static QueryNode Parse(string text, bool isPasted)
    {
        var pieces = QueryLexer.Cut(text, out var error, isPasted);
        if (error is not null)
            throw new QueryException(error);
        var parser = new QueryParser(pieces, isPasted);
        var root = parser.Level(QueryField.Text, 0);
        if (parser.Now.Kind == LexemeKind.Close)
            throw Wrong(parser.Now, QueryMistake.StrayBracket);
        return root ?? throw Wrong(parser.Now, QueryMistake.NoWord);
    }

    private Lexeme Now => _pieces[_at];

    // One bracket level: alternatives parted by OR, and what is unwanted in all of them.
    private QueryNode? Level(QueryField field, int depth)
    {
        if (depth > MostLevels)
            throw Wrong(Now, QueryMistake.TooDeep, Number(MostLevels));
        var alternatives = new List<QueryNode>();
        var unwanted = new List<QueryNode>();
        var current = new List<QueryNode>();
        Lexeme? firstMinus = null;
        Lexeme? lastOr = null;
        var start = _at;
        while (Now.Kind is not (LexemeKind.End or LexemeKind.Close))
        {
            if (Now.Kind == LexemeKind.Or)
            {
                if (_at == start || lastOr is { } && _pieces[_at - 1].Kind == LexemeKind.Or)
                    throw Wrong(Now, QueryMistake.NothingBeforeOr);
                lastOr = Now;
                _at++;
                Close(current, alternatives);
            }
            else if (Now.Kind == LexemeKind.Minus)
            {
                var minus = Now;
                firstMinus ??= minus;
                _at++;
                if (Now.Kind is LexemeKind.End or LexemeKind.Close or LexemeKind.Or or LexemeKind.Minus)
                    throw Wrong(minus, QueryMistake.NothingAfterMinus, minus.Text);
                if (Atom(field, depth) is { } atom)
                    unwanted.Add(QueryTree.Without(atom));
            }
            else if (Atom(field, depth) is { } atom)
            {
                current.Add(atom);
            }
        }
        if (lastOr is { } or && _pieces[_at - 1].Kind == LexemeKind.Or)
            throw Wrong(or, QueryMistake.NothingAfterOr);
        Close(current, alternatives);
        if (alternatives.Count == 0)
            return firstMinus is { } minus
                ? throw Wrong(minus, QueryMistake.OnlyUnwanted)
                : null;
        var wanted = QueryTree.AnyOf(alternatives);
        return unwanted.Count == 0 ? wanted : QueryTree.AllOf([wanted, .. unwanted]);
    }

    private static void Close(List<QueryNode> current, List<QueryNode> alternatives)
    {
        if (current.Count > 0)
            alternatives.Add(QueryTree.AllOf(current));
        current.Clear();
    }

    private QueryNode? Atom(QueryField field, int depth)
    {
        var piece = Now;
        _at++;
        switch (piece.Kind)
        {
            case LexemeKind.Open:
                if (Now.Kind == LexemeKind.Close)
                    throw Wrong(piece, QueryMistake.EmptyBrackets, length: Now.End - piece.Start);
                var inner = Level(field, depth + 1);
                if (Now.Kind != LexemeKind.Close)
                    throw Wrong(piece, QueryMistake.OpenBracket);
                _at++;
                return inner;
            case LexemeKind.Field:
                return Field(piece, field, depth);
            case LexemeKind.Word or LexemeKind.Phrase:
                if (++_leaves > MostLeaves)
                    throw Wrong(piece, QueryMistake.TooManyWords, Number(MostLeaves));
                return Leaf(piece, field);
            default:
                throw Wrong(piece, QueryMistake.WordMissing);
        }
    }

    private QueryNode? Leaf(Lexeme piece, QueryField field)
    {
        var leaf = QueryLeaf.Of(piece.Text, field);
        if (_isPasted || field is not (QueryField.Text or QueryField.Title))
            return leaf;
        if (piece.Text.Contains('*', StringComparison.Ordinal) && leaf is not Beginning && !IsStarWord(piece.Text))
            throw Wrong(piece, QueryMistake.OddStar);
        if (leaf is null && Tokenizer.Tokenize(piece.Text).Count == 0)
            throw Wrong(piece, QueryMistake.OnlyMarks, piece.Text);
        return leaf;
    }

    // "A*" and "D*" are words.
    private static bool IsStarWord(string text)
    {
        var stars = text.Count(c => c == '*');
        return Tokenizer.Tokenize(text).Count(token => token.Word.EndsWith('*')) == stars;
    }

    private QueryNode? Field(Lexeme piece, QueryField outer, int depth)
    {
        var field = piece.Text switch
        {
            "title" => QueryField.Title,
            "author" => QueryField.Author,
            "cat" => QueryField.Category,
            "org" => QueryField.Organization,
            _ => throw Wrong(piece, QueryMistake.NoField, piece.Text),
        };
        if (outer != QueryField.Text)
            throw Wrong(piece, QueryMistake.FieldInField);
        if (Now.Kind is not (LexemeKind.Word or LexemeKind.Phrase or LexemeKind.Open))
            throw Wrong(piece, QueryMistake.NothingAfterField, piece.Text);
        var value = Now;
        return Atom(field, depth)
            ?? throw Wrong(value, QueryMistake.NoWordAfterField, piece.Text);
    }

    private static string Number(int most) => most.ToString(CultureInfo.InvariantCulture);

    private static QueryException Wrong(Lexeme piece, QueryMistake fault, string detail = "", int? length = null) =>
        new(new(piece.Start, length ?? piece.End - piece.Start, fault, detail));
}

/// <summary>Carries a <see cref="QueryError"/> out of the recursion; never leaves <see cref="TopicQuery"/>.</summary>
internal sealed class QueryException(QueryError error) : Exception(error.Message)
{
    /// <summary>What is wrong and where.</summary>
    public QueryError Error { get; } = error;
}
