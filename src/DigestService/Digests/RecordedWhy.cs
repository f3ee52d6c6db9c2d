using System.Numerics;
using System.Text.Json;
using System.Text.Json.Nodes;
using DigestService.Delivery;
using DigestService.Relevance;
using NodaTime;

namespace DigestService.Digests;

/// <summary>
/// Why a digest holds what it holds, as it stands on its row: the reasons of each entry, how many papers were cut for each reason,
/// the most frequent first, and papers that were cut, each with score and reason.
/// </summary>
/// <remarks>
/// Rows from before <see cref="WhyWriter"/> have reasons and cuts apart and as JSON; see <see cref="EntryReasons"/>,
/// <see cref="CutAccount"/> and <see cref="LedgerJson"/>.
/// </remarks>
internal sealed record RecordedWhy(
    IReadOnlyList<IReadOnlyList<Reason>> Reasons, IReadOnlyDictionary<string, int> CutCounts, IReadOnlyList<CutRecord> Cut)
{
    private const double ToTenThousandths = 10_000;

    // Some seven thousand years.
    private const int MostDays = 2_500_000;

    /// <summary>The days of listings are counted from here; nothing was listed on it.</summary>
    internal static readonly LocalDate FirstDay = new(1970, 1, 1);

    /// <summary>Reads octets that <see cref="WhyWriter"/> wrote.</summary>
    /// <exception cref="InvalidDataException">They are none.</exception>
    public static RecordedWhy Read(byte[] why)
    {
        var reader = new Reader(why);
        var reasons = reader.ReadReasons();
        var counts = reader.ReadCounts();
        return new RecordedWhy(reasons, counts, reader.ReadCut());
    }

    /// <summary>
    /// Puts what an exported row of a digest has as octets, spelt in hexadecimals, into words, under the names that older rows have for it.
    /// What cannot be read stays as it is.
    /// </summary>
    public static void Spell(JsonObject digest)
    {
        if (digest["why"]?.GetValue<string>() is not { } octets)
        {
            digest.Remove("why");
            return;
        }

        RecordedWhy why;
        try
        {
            why = Read(Convert.FromHexString(octets));
        }
        catch (InvalidDataException)
        {
            return;
        }

        digest.Remove("why");
        digest["entry_reasons"] = JsonSerializer.SerializeToNode(why.Reasons, LedgerJson.Options);
        digest["cut_counts"] = JsonSerializer.SerializeToNode(why.CutCounts, LedgerJson.Options);
        digest["cut"] = JsonSerializer.SerializeToNode(why.Cut, LedgerJson.Options);
        digest.Remove("cut_codes");
    }

    /// <summary>The reasons of so many entries, of a row in either form; none for an entry of which nothing is recorded.</summary>
    public static IReadOnlyList<IReadOnlyList<Reason>> ReasonsOf(byte[]? why, string? json, int entries)
    {
        if (why is null)
            return EntryReasons.Read(json, entries);
        var read = new Reader(why).ReadReasons();
        return [.. Enumerable.Range(0, entries).Select(i => i < read.Count ? read[i] : [])];
    }

    /// <summary>A score as it is kept and shown: four digits behind the point.</summary>
    internal static long TenThousandths(double score) => (long)Math.Round(score * ToTenThousandths);

    /// <summary>How many bits a number takes that is not negative.</summary>
    internal static int BitsOf(long number) => 64 - BitOperations.LeadingZeroCount((ulong)number);

    /// <summary>Whether a reason names a topic or a word, and papers that were cut for different ones are counted apart.</summary>
    internal static bool IsCountedByText(CutCode code) => code is CutCode.MutedWord or CutCode.MutedTopic or CutCode.Crowded or CutCode.OnlyNear;

    private ref struct Reader(ReadOnlySpan<byte> octets)
    {
        private readonly List<string> _texts = [];
        private VarintReader _octets = new(octets);

        public IReadOnlyList<IReadOnlyList<Reason>> ReadReasons()
        {
            if (_octets.ReadOctet() != WhyWriter.Version)
                throw new InvalidDataException("Why the digest is as it is was written by another version.");
            var entries = new IReadOnlyList<Reason>[_octets.ReadCount()];
            _octets.Read(entries.Length);
            for (var i = 0; i < entries.Length; i++)
            {
                var reasons = new Reason[_octets.ReadCount()];
                for (var j = 0; j < reasons.Length; j++)
                    reasons[j] = ReadReason();
                entries[i] = reasons;
            }

            return entries;
        }

        public IReadOnlyDictionary<string, int> ReadCounts()
        {
            var counts = new Dictionary<string, int>(StringComparer.Ordinal);
            for (var left = _octets.ReadNumber(); left > 0; left--)
            {
                var code = ReadCode();
                var count = _octets.ReadNumber();
                var reason = CutReason.Of(code, IsCountedByText(code) ? ReadText() : "", 0, 0).InGeneral();
                counts[reason] = counts.GetValueOrDefault(reason) + count;
            }

            return LedgerJson.MostFrequentFirst(counts);
        }

        public IReadOnlyList<CutRecord> ReadCut()
        {
            var papers = new long[_octets.ReadCount()];
            var scores = new long[papers.Length];
            if (papers.Length == 0)
                return [];
            var least = _octets.ReadLong();
            var width = _octets.ReadNumber();
            if (width > 63)
                throw new InvalidDataException("A paper has too many bits.");
            var packed = (((long)papers.Length * width) + 7) / 8;
            if (packed > _octets.Left)
                throw new InvalidDataException("There are fewer papers than is said.");
            var bits = _octets.Read((int)packed);
            for (var i = 0; i < papers.Length; i++)
            {
                papers[i] = least;
                for (var bit = 0; bit < width; bit++)
                    papers[i] += (long)(bits[(int)((((long)i * width) + bit) / 8)] >> (int)((((long)i * width) + bit) % 8) & 1) << bit;
            }

            for (var i = 0; i < scores.Length; i++)
                scores[i] = (i == 0 ? 0 : scores[i - 1]) - ReadSigned();

            var cut = new List<CutRecord>(papers.Length);
            var reasons = new List<(CutCode Code, string Text)>();
            var nextRank = 1L;
            while (cut.Count < papers.Length)
            {
                var (reason, length) = ReadRun(reasons);
                var number = 0L;
                if (reason.Code == CutCode.NoRoom)
                    (number, nextRank) = (nextRank + ReadSigned(), 0);
                else if (reason.Code == CutCode.NearDuplicate)
                    (reason, number) = ((reason.Code, ReadText()), _octets.ReadLong());
                else if (reason.Code == CutCode.BelowMinimum)
                    number = BitConverter.DoubleToInt64Bits(ReadSigned() / 1000.0);
                if (length > papers.Length - cut.Count)
                    throw new InvalidDataException("More papers were cut than there are.");
                for (var i = 0; i < length; i++)
                {
                    var score = scores[cut.Count] / ToTenThousandths;
                    var said = reason.Code == CutCode.BelowMinimum ? (scores[cut.Count] + ReadSigned()) / ToTenThousandths : score;
                    cut.Add(new CutRecord(papers[cut.Count], null, score, CutReason.Of(reason.Code, reason.Text, number, said).InWords()));
                    if (reason.Code == CutCode.NoRoom)
                        nextRank = ++number;
                }
            }

            return cut;
        }

        private ((CutCode Code, string Text) Reason, int Length) ReadRun(List<(CutCode Code, string Text)> reasons)
        {
            var (number, length) = Math.DivRem(_octets.ReadNumber(), WhyWriter.LongRun);
            length++;
            if (length == WhyWriter.LongRun)
                length += _octets.ReadNumber();
            if (number > reasons.Count)
                throw new InvalidDataException("A reason is named that was not said.");
            if (number == reasons.Count)
            {
                var code = ReadCode();
                reasons.Add((code, IsCountedByText(code) ? ReadText() : ""));
            }

            return (reasons[number], length);
        }

        private Reason ReadReason() => (ReasonCode)_octets.ReadNumber() switch
        {
            ReasonCode.MatchedTopic => new MatchedTopic(ReadText(), ReadTexts()),
            ReasonCode.NearTopic => new NearTopic(ReadText(), ReadTexts()),
            ReasonCode.CloseInMeaning => new CloseInMeaning(ReadText(), ReadText()),
            ReasonCode.Upvoted => new Upvoted((int)ReadSigned(), (int)ReadSigned()),
            ReasonCode.ListedHigh => new ListedHigh(ReadText(), (int)ReadSigned()) { ListedOn = ReadDay() },
            ReasonCode.LikeThat => new LikeThat(_octets.ReadLong(), ReadText()),
            ReasonCode.FollowedAuthor => new FollowedAuthor(ReadText()),
            ReasonCode.BigOutside => new BigOutside(),
            ReasonCode.LikedAlike => new LikedAlike(),
            ReasonCode.NewlyListed => new NewlyListed(),
            var unknown => throw new InvalidDataException($"There is no reason of code {(int)unknown}."),
        };

        private CutCode ReadCode() => (CutCode)_octets.ReadNumber() is var code && Enum.IsDefined(code) && code != CutCode.None
            ? code
            : throw new InvalidDataException($"There is no reason of code {(int)code}.");

        private LocalDate? ReadDay() => ReadSigned() switch
        {
            0 => null,
            > -MostDays and < MostDays and var days => FirstDay.PlusDays((int)days),
            _ => throw new InvalidDataException("A day is out of range."),
        };

        private IReadOnlyList<string> ReadTexts()
        {
            var texts = new string[_octets.ReadCount()];
            for (var i = 0; i < texts.Length; i++)
                texts[i] = ReadText();
            return texts;
        }

        private string ReadText()
        {
            var number = _octets.ReadNumber();
            if (number > _texts.Count)
                throw new InvalidDataException("A text is named that was not said.");
            if (number == 0)
                _texts.Add(_octets.ReadText());
            return _texts[number == 0 ? ^1 : number - 1];
        }

        private long ReadSigned()
        {
            var number = _octets.ReadLong();
            return (number & 1) == 0 ? number / 2 : -(number / 2) - 1;
        }
    }
}
