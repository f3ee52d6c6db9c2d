using System.Text;
using DigestService.Mails;
using DigestService.Relevance;
using NodaTime;

namespace DigestService.Tests.Mails;

/// <summary>Papers and readers as nobody would write them: the same ones for the same seed.</summary>
internal sealed class FuzzedDigests(int seed)
{
    private static readonly string[] Shards =
    [
        "attention", "a", "for", "the", " ", "  ", "\r\n", "\n", "\r", "\0", "\t", "\u0085", "\u2028", "\v", "=", "=3D", "=\r\n", "=?utf-8?q?x?=", "?=",
        "\r\nBcc: eve@example.org\r\n", "\r\n\r\n", "\r\n.\r\n", ".", "..", "From ", "\nFrom ", "--", "-- ", "--=_", "\"", "'", "<", ">", "&", "&amp;", "</td>", "<!--",
        "-->", "]]>", "\\", ",", ";", ":", "@", "(", ")", "[", "]", "%0d%0a", "ü", "é", "ß", "论文", "検索", "مرحبا", "שלום", "\u202E", "\u2066", "\u200D", "🧑‍🔬", "🇩🇪",
        "\uD83D", "\uDE00", "\uFFFE", "\uFEFF", "e\u0301", "\u0300\u0301\u0302", "ﬁ", "\u00A0", "\u00AD", "$\\alpha$", "\u0001", "\u001B[31m", "\u007F", "{0}", "%s", "~~~~~~",
        "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789",
    ];

    private readonly Random _random = new(seed);

    /// <summary>The next letter.</summary>
    public DigestContent Next(int number) => new()
    {
        DeliveryId = 1 + number,
        Recipient = new MailRecipient
        {
            SubscriberId = _random.NextInt64(1L << 32), // As far as the short token of a mail counts.
            Address = Address(),
            Language = Pick(["en", "de", "fr", "es", "zh", "xx", Text(2)]),
            Zone = Pick(["UTC", "Asia/Kathmandu", "America/St_Johns", "Pacific/Apia", Text(3)]),
            LinkVersion = _random.Next(),
        },
        DigestOn = new LocalDate(2026, 1, 1).PlusDays(_random.Next(800)),
        Date = Instant.FromUnixTimeSeconds(1_760_000_000 + _random.Next(60_000_000)),
        Entries = [.. Enumerable.Range(0, _random.Next(100) == 0 ? 50 : _random.Next(5)).Select(_ => Entry())],
        Topics = [.. Enumerable.Range(0, _random.Next(4)).Select(_ => Text(6))],
        IsFirst = _random.Next(4) == 0,
        IsQuietDay = _random.Next(4) == 0,
        Break = _random.Next(4) == 0 ? new DigestBreak(new LocalDate(2025, 12, 24), new LocalDate(2025, 12, 29), _random.Next(2000)) : null,
    };

    private DigestEntry Entry() => new()
    {
        Paper = new MailPaper
        {
            Id = _random.NextInt64(1, long.MaxValue),
            Title = "x" + Text(30),
            Abstract = _random.Next(5) == 0 ? null : Text(120),
            Authors = [.. Enumerable.Range(0, _random.Next(8)).Select(_ => Text(4))],
            ArxivId = _random.Next(3) == 0 ? Text(3) : null,
            Url = Url(),
            PdfUrl = Url(),
            CodeUrl = Url(),
            ProjectUrl = Url(),
            Upvotes = _random.Next(),
            UpvotesGained = _random.Next(2) == 0 ? null : _random.Next(-5, 1000),
            FirstListedOn = new LocalDate(2026, 3, 4),
        },
        Section = _random.Next(3) == 0 ? DigestSection.Outside : DigestSection.Topics,
        Topic = _random.Next(4) == 0 ? null : Text(3),
        Reasons = [new MatchedTopic(Text(3), [Text(1)]), new LikeThat(1, Text(10)), new FollowedAuthor(Text(3)), new ListedHigh(Text(2), _random.Next(1, 9))],
    };

    private string? Url() => _random.Next(5) switch
    {
        0 => null,
        1 => Text(5),
        2 => "javascript:" + Text(3),
        _ => "https://example.org/" + Text(6),
    };

    private string Address()
    {
        var local = new StringBuilder();
        for (var length = _random.Next(1, 60); length > 0; length--)
            local.Append("abcdefghijklmnopqrstuvwxyz0123456789+_-='/"[_random.Next(42)]);
        return $"{local}@{Pick(["example.org", "a.b.c.example", "bücher.example", "xn--bcher-kva.example"])}";
    }

    private string Text(int most)
    {
        var text = new StringBuilder();
        for (var shards = _random.Next(most + 1); shards > 0; shards--)
        {
            text.Append(Pick(Shards));
            if (_random.Next(3) == 0)
                text.Append(' ');
        }

        return text.ToString();
    }

    private T Pick<T>(T[] choices) => choices[_random.Next(choices.Length)];
}
