using System.Globalization;
using System.Text.Json.Serialization;

namespace DigestService.Relevance;

/// <summary>Why a paper that was considered is not in the digest; stored as JSON, told apart by <c>kind</c>.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(AlreadySent), "already_sent")]
[JsonDerivedType(typeof(ToldBefore), "told_before")]
[JsonDerivedType(typeof(AlreadyJudged), "already_judged")]
[JsonDerivedType(typeof(Withdrawn), "withdrawn")]
[JsonDerivedType(typeof(MutedWord), "muted_word")]
[JsonDerivedType(typeof(MutedTopic), "muted_topic")]
[JsonDerivedType(typeof(BelowMinimum), "below_minimum")]
[JsonDerivedType(typeof(NearDuplicate), "near_duplicate")]
[JsonDerivedType(typeof(Crowded), "crowded")]
[JsonDerivedType(typeof(NoRoom), "no_room")]
[JsonDerivedType(typeof(OnlyNear), "only_near")]
[JsonDerivedType(typeof(NotBigEnough), "not_big_enough")]
[JsonDerivedType(typeof(NoCompany), "no_company")]
[JsonDerivedType(typeof(NoOutside), "no_outside")]
[JsonDerivedType(typeof(TooAlike), "too_alike")]
public abstract record CutReason
{
    /// <summary>The reason as a clause of an English sentence, without a capital or a full stop.</summary>
    public abstract string InWords();

    /// <summary>The same without what is peculiar to one paper, for counting.</summary>
    public virtual string InGeneral() => InWords();

    /// <summary>
    /// The reason that a code stands for: <paramref name="text"/> is the topic, word or title it names, <paramref name="number"/> the
    /// other paper's row, the rank or the bits of the least score, <paramref name="score"/> what the paper was ranked by.
    /// </summary>
    internal static CutReason Of(CutCode code, string text, long number, double score) => code switch
    {
        CutCode.AlreadySent => AlreadySent.Instance,
        CutCode.ToldBefore => ToldBefore.Instance,
        CutCode.AlreadyJudged => AlreadyJudged.Instance,
        CutCode.Withdrawn => Withdrawn.Instance,
        CutCode.MutedWord => new MutedWord(text),
        CutCode.MutedTopic => new MutedTopic(text),
        CutCode.BelowMinimum => new BelowMinimum(score, BitConverter.Int64BitsToDouble(number)),
        CutCode.NearDuplicate => new NearDuplicate(number, text),
        CutCode.Crowded => new Crowded(text),
        CutCode.NoRoom => new NoRoom((int)number),
        CutCode.OnlyNear => new OnlyNear(text),
        CutCode.NotBigEnough => NotBigEnough.Instance,
        CutCode.NoCompany => NoCompany.Instance,
        CutCode.NoOutside => NoOutside.Instance,
        CutCode.TooAlike => TooAlike.Instance,
        _ => throw new ArgumentOutOfRangeException(nameof(code), code, "There is no reason of this code."),
    };
}

/// <summary>It was in an earlier digest of this reader.</summary>
public sealed record AlreadySent : CutReason
{
    /// <summary>The same for all papers.</summary>
    public static AlreadySent Instance { get; } = new();

    /// <inheritdoc />
    public override string InWords() => "sent to you before";
}

/// <summary>Another paper that tells the same result was in an earlier digest of this reader.</summary>
public sealed record ToldBefore : CutReason
{
    /// <summary>The same for all papers.</summary>
    public static ToldBefore Instance { get; } = new();

    /// <inheritdoc />
    public override string InWords() => "the same result as a paper sent to you before";
}

/// <summary>The reader has already said “like” or “less like this” to this very paper.</summary>
public sealed record AlreadyJudged : CutReason
{
    /// <summary>The same for all papers.</summary>
    public static AlreadyJudged Instance { get; } = new();

    /// <inheritdoc />
    public override string InWords() => "you have already said what you think of it";
}

/// <summary>Its authors withdrew it.</summary>
public sealed record Withdrawn : CutReason
{
    /// <summary>The same for all papers.</summary>
    public static Withdrawn Instance { get; } = new();

    /// <inheritdoc />
    public override string InWords() => "withdrawn";
}

/// <summary>It holds a word the reader muted.</summary>
public sealed record MutedWord(string Word) : CutReason
{
    /// <inheritdoc />
    public override string InWords() => $"holds “{Word}”, which you muted";
}

/// <summary>It matches a topic the reader muted.</summary>
public sealed record MutedTopic(string Name) : CutReason
{
    /// <inheritdoc />
    public override string InWords() => $"belongs to {Name}, which you muted";
}

/// <summary>Its score is under the least a digest takes.</summary>
public sealed record BelowMinimum(double Score, double Minimum) : CutReason
{
    /// <inheritdoc />
    public override string InWords() => string.Create(
        CultureInfo.InvariantCulture, $"its score {Score:0.000} is under the minimum {Minimum:0.000}");

    /// <inheritdoc />
    public override string InGeneral() => "its score is under the minimum";
}

/// <summary>It says nearly the same as a paper that was taken.</summary>
public sealed record NearDuplicate(long PaperId, string Title) : CutReason
{
    /// <inheritdoc />
    public override string InWords() => $"nearly the same as “{Title}”";

    /// <inheritdoc />
    public override string InGeneral() => "nearly the same as another that was taken";
}

/// <summary>It scored high enough, but its topic had its share and other topics had papers waiting.</summary>
public sealed record Crowded(string Topic) : CutReason
{
    /// <inheritdoc />
    public override string InWords() => $"{Topic} had its share of the page";
}

/// <summary>It scored high enough, but is like others that were taken, and papers of its topics that are less so came before it.</summary>
public sealed record TooAlike : CutReason
{
    /// <summary>The same for all papers.</summary>
    public static TooAlike Instance { get; } = new();

    /// <inheritdoc />
    public override string InWords() => "much like others on the page, so less similar ones were taken";
}

/// <summary>The page was full of better ones; <paramref name="Rank"/> counts from 1 over all that could have gone in.</summary>
public sealed record NoRoom(int Rank) : CutReason
{
    /// <inheritdoc />
    public override string InWords() => string.Create(CultureInfo.InvariantCulture, $"number {Rank}, and the page was full");

    /// <inheritdoc />
    public override string InGeneral() => "the page was full";
}

/// <summary>It does not match the topic it is near to, and others took the places for such.</summary>
public sealed record OnlyNear(string Topic) : CutReason
{
    /// <inheritdoc />
    public override string InWords() => $"only near to {Topic}, and others took the places for such";
}

/// <summary>Outside the reader's topics and not among the biggest there.</summary>
public sealed record NotBigEnough : CutReason
{
    /// <summary>The same for all papers.</summary>
    public static NotBigEnough Instance { get; } = new();

    /// <inheritdoc />
    public override string InWords() => "outside your topics and not among the biggest";
}

/// <summary>Near to the reader's topics or big outside them, on a day that had nothing on them.</summary>
public sealed record NoCompany : CutReason
{
    /// <summary>The same for all papers.</summary>
    public static NoCompany Instance { get; } = new();

    /// <inheritdoc />
    public override string InWords() => "it would only have accompanied papers on your topics, and there were none";
}

/// <summary>Outside the reader's topics, in a digest that keeps no places for such.</summary>
public sealed record NoOutside : CutReason
{
    /// <summary>The same for all papers.</summary>
    public static NoOutside Instance { get; } = new();

    /// <inheritdoc />
    public override string InWords() => "outside your topics, for which this digest keeps no places";
}
