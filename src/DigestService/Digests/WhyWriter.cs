using System.Globalization;
using System.Runtime.InteropServices;
using DigestService.Delivery;
using DigestService.Relevance;
using NodaTime;

namespace DigestService.Digests;

/// <summary>
/// Writes why a digest holds what it holds, and not what was cut from it, as octets for its row; <see cref="RecordedWhy"/>
/// reads them.
/// </summary>
/// <remarks>
/// Numbers are in seven bits an octet. A version; the number of entries, and an octet for each that is 1 where it is from outside
/// the reader's topics, which the view <c>digest_items</c> reads; the reasons of each; what was cut. A text is said once and is a
/// number afterwards. Of what was cut there are three columns: papers, counted from the smallest, in as many bits as the largest of
/// them takes; scores in ten thousandths, each as what it is less than the one before; and runs of papers that were cut for the same
/// reason.
/// </remarks>
internal sealed class WhyWriter
{
    /// <summary>The form of these octets, said in the first of them.</summary>
    internal const byte Version = 1;

    /// <summary>A run of so many papers or more has its length behind it; that of a shorter one stands beside the reason's number.</summary>
    internal const int LongRun = 4;

    private const int MostOthersKept = 30;

    [ThreadStatic]
    private static WhyWriter? _ofThread;

    private readonly VarintWriter _output = new();
    private readonly Dictionary<string, int> _texts = new(StringComparer.Ordinal);
    private readonly List<(CutCode Code, string? Text, int Papers)> _counts = [];
    private readonly Dictionary<(CutCode Code, string? Text), int> _reasons = [];
    private readonly List<int> _kept = [];
    private readonly List<long> _papers = [];

    /// <summary>
    /// The reasons of each entry, in the order of the ranking; of what was cut every paper on the reader's topics, then the best
    /// of the others, and how many of all there are for each reason.
    /// </summary>
    public static byte[] Write(IReadOnlyList<IReadOnlyList<Reason>> entries, IReadOnlyList<CutEntry> cut) =>
        (_ofThread ??= new WhyWriter()).WriteAll(entries, cut as CutEntry[] ?? [.. cut]);

    private byte[] WriteAll(IReadOnlyList<IReadOnlyList<Reason>> entries, ReadOnlySpan<CutEntry> cut)
    {
        _output.Clear();
        _texts.Clear();
        _output.Write([Version]);
        _output.WriteNumber(entries.Count);
        foreach (var reasons in entries)
            _output.Write([DigestSelection.IsOutside(reasons) ? (byte)1 : (byte)0]);
        foreach (var reasons in entries)
        {
            _output.WriteNumber(reasons.Count);
            foreach (var reason in reasons)
                Write(reason);
        }

        WriteCounts(cut);
        Keep(cut);
        WritePapers(cut);
        WriteScores(cut);
        WriteRuns(cut);
        return _output.Written.ToArray();
    }

    private void Write(Reason reason)
    {
        switch (reason)
        {
            case MatchedTopic matched:
                Write(ReasonCode.MatchedTopic, matched.Topic, matched.Terms);
                break;
            case NearTopic near:
                Write(ReasonCode.NearTopic, near.Topic, near.Terms);
                break;
            case CloseInMeaning close:
                Write(ReasonCode.CloseInMeaning);
                Write(close.Topic);
                Write(close.Sentence);
                break;
            case Upvoted upvoted:
                Write(ReasonCode.Upvoted);
                WriteSigned(upvoted.Count);
                WriteSigned(upvoted.Hours);
                break;
            case ListedHigh listed:
                Write(ReasonCode.ListedHigh);
                Write(listed.Source);
                WriteSigned(listed.Position);
                WriteSigned(listed.ListedOn is { } day ? Period.DaysBetween(RecordedWhy.FirstDay, day) : 0);
                break;
            case LikeThat like:
                Write(ReasonCode.LikeThat);
                _output.WriteNumber(like.PaperId);
                Write(like.Title);
                break;
            case FollowedAuthor author:
                Write(ReasonCode.FollowedAuthor);
                Write(author.Name);
                break;
            case BigOutside:
                Write(ReasonCode.BigOutside);
                break;
            case LikedAlike:
                Write(ReasonCode.LikedAlike);
                break;
            case NewlyListed:
                Write(ReasonCode.NewlyListed);
                break;
            default:
                throw new ArgumentException($"A {reason.GetType().Name} has no code.", nameof(reason));
        }
    }

    private void Write(ReasonCode code) => _output.WriteNumber((int)code);

    private void Write(ReasonCode code, string topic, IReadOnlyList<string> terms)
    {
        Write(code);
        Write(topic);
        _output.WriteNumber(terms.Count);
        for (var i = 0; i < terms.Count; i++)
            Write(terms[i]);
    }

    private void WriteCounts(ReadOnlySpan<CutEntry> cut)
    {
        _counts.Clear();
        var at = 0;
        foreach (ref readonly var entry in cut)
        {
            var text = RecordedWhy.IsCountedByText(entry.Code) ? entry.Text : null;
            // There are few reasons, and one often follows itself.
            if (at == _counts.Count || !IsFor(_counts[at], entry.Code, text))
                at = IndexOf(entry.Code, text);
            CollectionsMarshal.AsSpan(_counts)[at].Papers++;
        }

        _output.WriteNumber(_counts.Count);
        foreach (var (code, text, papers) in _counts)
        {
            _output.WriteNumber((int)code);
            _output.WriteNumber(papers);
            if (RecordedWhy.IsCountedByText(code))
                Write(text ?? "");
        }
    }

    private int IndexOf(CutCode code, string? text)
    {
        for (var i = 0; i < _counts.Count; i++)
            if (IsFor(_counts[i], code, text))
                return i;
        _counts.Add((code, text, 0));
        return _counts.Count - 1;
    }

    private static bool IsFor((CutCode Code, string? Text, int Papers) count, CutCode code, string? text) =>
        count.Code == code && string.Equals(count.Text, text, StringComparison.Ordinal);

    private void Keep(ReadOnlySpan<CutEntry> cut)
    {
        _kept.Clear();
        for (var i = 0; i < cut.Length; i++)
            if (IsOnTopic(cut[i]))
                _kept.Add(i);
        for (var (i, others) = (0, 0); i < cut.Length && others < MostOthersKept; i++)
        {
            if (IsOnTopic(cut[i]))
                continue;
            _kept.Add(i);
            others++;
        }
    }

    private void WritePapers(ReadOnlySpan<CutEntry> cut)
    {
        _output.WriteNumber(_kept.Count);
        if (_kept.Count == 0)
            return;
        var (least, most) = (long.MaxValue, long.MinValue);
        _papers.Clear();
        foreach (var i in _kept)
        {
            var paper = cut[i].PaperId;
            (least, most) = (Math.Min(least, paper), Math.Max(most, paper));
            _papers.Add(paper);
        }

        _output.WriteNumber(least);
        var width = RecordedWhy.BitsOf(most - least);
        _output.WriteNumber(width);
        var octets = _output.Take(((_papers.Count * width) + 7) / 8);
        var (at, pending, held) = (0, 0UL, 0);
        foreach (var paper in _papers)
        {
            var rest = (ulong)(paper - least);
            for (var left = width; left > 0; left -= 32, rest >>= 32)
            {
                pending |= (rest & uint.MaxValue) << held;
                for (held += Math.Min(left, 32); held >= 8; held -= 8, pending >>= 8)
                    octets[at++] = (byte)pending;
            }
        }

        if (held > 0)
            octets[at] = (byte)pending;
    }

    private void WriteScores(ReadOnlySpan<CutEntry> cut)
    {
        var before = 0L;
        foreach (var i in _kept)
        {
            var score = RecordedWhy.TenThousandths(cut[i].Score);
            WriteSigned(before - score);
            before = score;
        }
    }

    private void WriteRuns(ReadOnlySpan<CutEntry> cut)
    {
        _reasons.Clear();
        var nextRank = 1L;
        for (var at = 0; at < _kept.Count;)
        {
            ref readonly var first = ref cut[_kept[at]];
            var length = 1;
            while (at + length < _kept.Count && IsOfRun(first, cut[_kept[at + length]], length))
                length++;
            WriteRun(first, length);
            switch (first.Code)
            {
                case CutCode.NoRoom:
                    WriteSigned(first.Number - nextRank);
                    nextRank = first.Number + length;
                    break;
                case CutCode.NearDuplicate:
                    Write(first.Text ?? "");
                    _output.WriteNumber(first.Number);
                    break;
                case CutCode.BelowMinimum:
                    WriteSigned(Thousandths(BitConverter.Int64BitsToDouble(first.Number)));
                    for (var i = 0; i < length; i++)
                        WriteSigned((Thousandths(cut[_kept[at + i]].Score) * 10) - RecordedWhy.TenThousandths(cut[_kept[at + i]].Score));
                    break;
            }

            at += length;
        }
    }

    private void WriteRun(in CutEntry first, int length)
    {
        var reason = (first.Code, RecordedWhy.IsCountedByText(first.Code) ? first.Text : null);
        var isKnown = _reasons.TryGetValue(reason, out var number);
        if (!isKnown)
            _reasons.Add(reason, number = _reasons.Count);
        _output.WriteNumber((number * LongRun) + Math.Min(length, LongRun) - 1);
        if (length >= LongRun)
            _output.WriteNumber(length - LongRun);
        if (isKnown)
            return;
        _output.WriteNumber((int)first.Code);
        if (RecordedWhy.IsCountedByText(first.Code))
            Write(first.Text ?? "");
    }

    // Ranks of a run follow one another; a near duplicate is a run by itself.
    private static bool IsOfRun(in CutEntry first, in CutEntry next, int length) => next.Code == first.Code && first.Code switch
    {
        CutCode.NoRoom => next.Number == first.Number + length,
        CutCode.NearDuplicate => false,
        CutCode.BelowMinimum => next.Number == first.Number,
        _ => string.Equals(next.Text, first.Text, StringComparison.Ordinal),
    };

    private void Write(string text)
    {
        if (_texts.TryGetValue(text, out var number))
        {
            _output.WriteNumber(number);
            return;
        }

        _texts.Add(text, _texts.Count + 1);
        _output.WriteNumber(0);
        _output.WriteText(text);
    }

    // What is near zero is short, on either side of it.
    private void WriteSigned(long number) => _output.WriteNumber(number >= 0 ? number * 2 : (-number * 2) - 1);

    // As the words of the reason round it.
    private static long Thousandths(double score)
    {
        Span<char> text = stackalloc char[32];
        if (!score.TryFormat(text, out var length, "0.000", CultureInfo.InvariantCulture))
            throw new ArgumentOutOfRangeException(nameof(score), score, "It is no score.");
        var digits = text[..length];
        var point = digits.IndexOf('.');
        digits[(point + 1)..].CopyTo(digits[point..]);
        return long.Parse(digits[..^1], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
    }

    private static bool IsOnTopic(in CutEntry entry) => entry.IsMatch || entry.IsOnTopic;
}
