using System.Text;
using DigestService.Digests;
using DigestService.Inbound.Handling;
using DigestService.Mail.Mime;
using DigestService.Suppressions;
using DigestService.Tests.Digests;
using DigestService.Tests.Shared;
using NodaTime;

namespace DigestService.Tests.Inbound;

/// <summary>An app that reads mail, people who write to it, and what it wrote to them.</summary>
internal sealed class InboundTestBed(DigestTestBed digests)
{
    public const string Commands = "digest@papers.example";

    private int _sequence;

    public DigestTestBed Digests => digests;

    public static async Task<InboundTestBed> OpenAsync(AppFixture apps, params IEnumerable<(string Key, string Value)> settings) =>
        new(await DigestTestBed.OpenAsync(apps, [("Inbox__Kind", "Pipe"), ("Mail__From", "papers@papers.example"), ("Mail__BounceAddress", "bounces@papers.example"), ("Mail__CommandAddress", Commands), .. settings]));

    /// <summary>Sends a mail of plain text; the result is what became of it.</summary>
    public Task<InboundResult> WriteAsync(string from, string subject, string text, string to = Commands, string headers = "") =>
        TakeAsync($"From: {from}\r\nTo: {to}\r\nSubject: {subject}\r\nMessage-ID: <m{++_sequence}.{Guid.NewGuid():n}@mail.example>\r\n{headers}Content-Type: text/plain; charset=utf-8\r\n\r\n{text}");

    /// <summary>Takes a raw message.</summary>
    public async Task<InboundResult> TakeAsync(string raw)
    {
        var id = await digests.Service<InboundStore>().AddAsync("pipe", Encoding.UTF8.GetBytes(raw), isTruncated: false, default);
        return await digests.Service<InboundHandler>().HandleAsync(id, default);
    }

    /// <summary>The kinds of mail that went to an address, oldest first.</summary>
    public Task<IReadOnlyList<string>> KindsToAsync(string address) => digests.Database.QueryAsync<string>(
        "select kind from deliveries where recipient = @address order by id", new { address }, default);

    /// <summary>The latest mail to an address, as it would be read.</summary>
    public async Task<MimePart> LatestToAsync(string address)
    {
        var raw = await StoredMail.LatestAsync(digests.Database, address);
        return MimeReader.Read(raw.ShouldNotBeNull($"no mail to {address}"));
    }

    /// <summary>Whether the latest mail to an address holds a sentence, wherever its lines break.</summary>
    public async Task ShouldSayAsync(string address, string sentence) => Squeezed((await LatestToAsync(address)).BodyText()).ShouldContain(Squeezed(sentence));

    /// <summary>Suppresses an address.</summary>
    public Task BarAsync(string address, string reason) => digests.Database.InTransactionAsync(
        connection => digests.Service<SuppressionList>().AddAsync(connection, address, reason, null, DigestTestBed.Hour, default), default);

    private static string Squeezed(string text) => string.Concat(text.Where(letter => !char.IsWhiteSpace(letter)));

    /// <summary>The address that answers to the latest mail to an address go to.</summary>
    public async Task<string> ReplyToAsync(string address) => BareAddress((await LatestToAsync(address)).Headers.First("Reply-To"));

    /// <summary>Envelope sender of the latest mail to an address.</summary>
    public async Task<string> EnvelopeOfAsync(string address) => await digests.Database.QuerySingleOrDefaultAsync<string>(
        "select sender from deliveries where recipient = @address order by id desc limit 1", new { address }, default) ?? "";

    /// <summary>One column of a reader's row, as text.</summary>
    public Task<string?> ColumnAsync(string address, string column) => digests.Database.QuerySingleOrDefaultAsync<string>(
        $"select ({column})::text from subscribers where address_key = @address", new { address }, default);

    /// <summary>One value of the database, as text.</summary>
    public Task<string?> ValueAsync(string sql) => digests.Database.QuerySingleOrDefaultAsync<string>(sql, null, default);

    /// <summary>A reader who had a digest of four papers this morning; the address that answers to it go to.</summary>
    public async Task<string> DigestedAsync(string address)
    {
        await digests.AddReaderAsync(address, "pruning", "robots");
        foreach (var title in (string[])["Pruning one", "Pruning two", "Robots one", "Robots two"])
            await digests.AddPaperAsync(title);
        await digests.Service<DigestService.Topics.TopicMatching>().MatchDueAsync(default);
        (await digests.TickAsync()).Planned.ShouldBe(1);
        return await ReplyToAsync(address);
    }

    /// <summary>Titles in the order in which the latest mail shows them.</summary>
    public async Task<IReadOnlyList<string>> ShownTitlesAsync(string address) =>
        [.. (await LatestToAsync(address)).BodyText().Split('\n').Select(line => line.Trim()).Where(line => line.Length > 3 && char.IsAsciiDigit(line[0]) && line[1] == '.').Select(line => line[3..].Trim())];

    public static string BareAddress(string? header)
    {
        var value = header.ShouldNotBeNull();
        var open = value.IndexOf('<', StringComparison.Ordinal);
        return open < 0 ? value : value[(open + 1)..value.IndexOf('>', StringComparison.Ordinal)];
    }

    public void Advance(Duration by)
    {
        var clock = (TestClock)digests.Service<IClock>();
        clock.Advance(by);
    }
}
