using System.Buffers;
using System.Text;

namespace DigestService.Delivery;

/// <summary>
/// Writes part of a mail as octets of its own and pieces of fragments, in the order in which they stand in the mail. The
/// parts of one mail share a <see cref="RecipeTable"/>.
/// </summary>
internal sealed class RecipeWriter(RecipeTable table) : IBufferWriter<byte>
{
    private readonly ArrayBufferWriter<byte> _own = new(4096);
    private readonly VarintWriter _steps = new();

    /// <summary>Octets of the mail that were written or placed so far.</summary>
    public int Length { get; private set; }

    /// <summary>Begins anew.</summary>
    public void Clear()
    {
        _own.ResetWrittenCount();
        _steps.Clear();
        Length = 0;
    }

    /// <inheritdoc/>
    public void Advance(int count)
    {
        _own.Advance(count);
        Length += count;
    }

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0) => _own.GetMemory(sizeHint);

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0) => _own.GetSpan(sizeHint);

    /// <summary>Places a piece, its holes filled with a token.</summary>
    public void Place(MailPiece piece, string token = "")
    {
        BeginStep(MailRecipe.Step.Piece, piece);
        _steps.WriteNumber(token.Length == 0 ? 0 : table.NumberOf(token) + 1);
    }

    /// <summary>Places a piece with its first columns overwritten, as a number in the margin is.</summary>
    public void PlaceBehind(ReadOnlySpan<byte> margin, MailPiece piece)
    {
        BeginStep(MailRecipe.Step.Behind, piece);
        _steps.WriteNumber(margin.Length);
        _steps.Write(margin);
    }

    /// <summary>Adds another part, which must write no more before this one is finished.</summary>
    public void Append(RecipeWriter part)
    {
        Flush();
        part.Flush();
        _steps.Write(part._steps.Written);
        Length += part.Length;
    }

    /// <summary>The recipe of all that was written.</summary>
    public MailRecipe Finish(DateTimeOffset date)
    {
        Flush();
        return table.Finish(date, Length, _steps.Written);
    }

    private void BeginStep(MailRecipe.Step step, MailPiece piece)
    {
        Flush();
        _steps.WriteNumber((int)step);
        _steps.WriteNumber(table.NumberOf(piece.Fragment));
        _steps.WriteNumber(piece.Index);
        Length += piece.Length;
    }

    private void Flush()
    {
        if (_own.WrittenCount == 0)
            return;
        _steps.WriteNumber((int)MailRecipe.Step.Own);
        _steps.WriteNumber(_own.WrittenCount);
        _steps.Write(_own.WrittenSpan);
        _own.ResetWrittenCount();
    }
}

/// <summary>The fragments and tokens that the parts of one mail name by number.</summary>
internal sealed class RecipeTable
{
    private readonly List<MailFragment> _fragments = [];
    private readonly List<string> _tokens = [];
    private readonly VarintWriter _head = new();

    /// <summary>Begins anew.</summary>
    public void Clear()
    {
        _fragments.Clear();
        _tokens.Clear();
    }

    /// <summary>The number of a fragment; there are some thirty of them, and one that was just named is often named again.</summary>
    public int NumberOf(MailFragment fragment)
    {
        for (var number = _fragments.Count - 1; number >= 0; number--)
            if (ReferenceEquals(_fragments[number], fragment))
                return number;
        _fragments.Add(fragment);
        return _fragments.Count - 1;
    }

    /// <summary>The number of a token; there are a handful of them.</summary>
    public int NumberOf(string token)
    {
        for (var number = 0; number < _tokens.Count; number++)
            if (ReferenceEquals(_tokens[number], token))
                return number;
        _tokens.Add(token);
        return _tokens.Count - 1;
    }

    /// <summary>The recipe of these steps.</summary>
    public MailRecipe Finish(DateTimeOffset date, int length, ReadOnlySpan<byte> steps)
    {
        _head.Clear();
        MailRecipe.WriteHead(_head, MailRecipe.Version, date, length);
        _head.WriteNumber(_tokens.Count);
        Span<byte> ascii = stackalloc byte[128];
        foreach (var token in _tokens)
        {
            var octets = ascii[..Encoding.ASCII.GetBytes(token, ascii)];
            _head.WriteNumber(octets.Length);
            _head.Write(octets);
        }

        var head = _head.Written;
        var recipe = new byte[head.Length + steps.Length];
        head.CopyTo(recipe);
        steps.CopyTo(recipe.AsSpan(head.Length));
        return new MailRecipe(recipe, [.. _fragments]);
    }
}
