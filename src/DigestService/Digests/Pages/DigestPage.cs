using System.Text;
using DigestService.Mails;
using DigestService.Mails.Languages;
using DigestService.Papers.Citations;
using DigestService.Papers.Pages;
using DigestService.Platform;
using DigestService.Platform.Layout;
using DigestService.Relevance;
using DigestService.Subscribers;
using DigestService.Subscribers.Pages;
using DigestService.Topics;
using NodaTime;

namespace DigestService.Digests.Pages;

/// <summary>
/// <c>GET /digests/{token}</c>: the papers of a digest that was sent, for whoever holds the link of its mail, also for
/// reference managers. The reader's own view, with the reasons and the buttons, is behind their preferences link.
/// </summary>
internal sealed class DigestPage(
    Database database, SubscriberLinkOpener links, DigestComposer composer, DigestTrial trial, PreferencesView preferences, IClock clock)
{
    /// <summary>Maps the page for everybody, the reader's own view and the citation files.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/digests/{token}", (string token, DigestPage page, HttpContext http) => page.ShowAsync(token, http));
        // By POST: what was never matched against new papers is matched first, and that is written down.
        routes.MapForm("/preferences/{token}/tomorrow", (string token, DigestPage page, HttpContext http) => page.ShowNextAsync(token, http))
            .RequireRateLimiting(SiteLimits.Search);
        routes.MapPage("/preferences/{token}/digests/{date}", (string token, string date, DigestPage page, HttpContext http) =>
            page.ShowOwnAsync(token, date, http));
        foreach (var ending in CitationFiles.Endings)
            routes.MapGet("/digests/{token}." + ending, (string token, DigestPage page, HttpContext http) => page.CiteAsync(token, ending, http));
    }

    private async Task<IResult> ShowAsync(string token, HttpContext http)
    {
        if (await OpenAsync(token, http.RequestAborted) is not { } opened
            || await LoadAsync(opened.Reader, opened.Day, http.RequestAborted) is not { } content)
            return SignUpPages.VoidLink();
        return Show(composer.RenderShared(content), http.Response);
    }

    private async Task<IResult> ShowOwnAsync(string token, string date, HttpContext http)
    {
        if (PageDates.Parse(date) is not { } day
            || await links.OpenAsync(token, LinkPurpose.Preferences, http.RequestAborted) is not { } reader
            || await LoadAsync(reader, day, http.RequestAborted) is not { } content)
            return SignUpPages.VoidLink();
        return Show(composer.RenderOwn(content), http.Response);
    }

    /// <summary>
    /// The reader's next digest as it would be now, by the settings as they stand on the page that asks, saved or not; nothing is sent and
    /// nothing recorded.
    /// </summary>
    private async Task<IResult> ShowNextAsync(string token, HttpContext http)
    {
        var ct = http.RequestAborted;
        var form = await http.Request.ReadBoundedFormAsync(ct);
        if (await links.OpenAsync(token, LinkPurpose.Preferences, ct) is not { } reader)
            return SignUpPages.VoidLink();
        // Their page says so.
        if (!reader.IsConfirmed)
            return new SeeOther(links.Path(LinkPurpose.Preferences, reader));
        if (reader.NextDueOn is null)
            return MessagePage.Show(
                (_, say) => new MessageModel(say.Paused, say.PausedUntilResumed, links.Path(LinkPurpose.Preferences, reader), say.ToPreferences), reader.Language);
        var typed = reader.FollowsList ? new SettingsForm() : PreferencesForm.Read(form);
        var (change, errors) = await preferences.ReadAsync(reader, typed, ct);
        if (errors.Count > 0)
            return PageResult.Private<PreferencesPage>(
                await preferences.TypedAsync(reader, typed, form.One("version"), errors, ct), StatusCodes.Status400BadRequest, reader.Language);
        if (await trial.TryAsync(reader, change, ct) is not { Selection: var next, Pool: var pool })
            return SignUpPages.VoidLink();
        if (!next.IsMailed)
            return MessagePage.Show(
                (_, say) => new MessageModel(say.NextTitle, say.NextNone, links.Path(LinkPurpose.Preferences, reader), say.ToPreferences), reader.Language);
        return Show(composer.RenderOwn(next.ToContent(deliveryId: 0, pool, clock.GetCurrentInstant())), http.Response);
    }

    private static IResult Show(string html, HttpResponse response)
    {
        Guard(response);
        return Results.Content(html, "text/html; charset=utf-8", Encoding.UTF8);
    }

    private async Task<IResult> CiteAsync(string token, string format, HttpContext http)
    {
        if (await OpenAsync(token, http.RequestAborted) is not { } opened)
            return SignUpPages.VoidLink();
        var papers = await database.QueryAsync<CitedPaper>(
            DigestPageQueries.Cited, new { id = opened.Reader.Id, day = opened.Day }, http.RequestAborted);
        if (papers.Count == 0)
            return Results.NotFound();
        Guard(http.Response);
        return CitationFiles.Of(papers, format);
    }

    private async Task<(Subscriber Reader, LocalDate Day)?> OpenAsync(string token, CancellationToken ct) =>
        await links.OpenCarryingAsync(token, LinkPurpose.Digest, ct) is { } opened && DayOf(opened.Extra) is { } day
            ? (opened.Reader, day)
            : null;

    /// <summary>A digest as the ledger remembers it; null for one that was not sent.</summary>
    private async Task<DigestContent?> LoadAsync(Subscriber reader, LocalDate day, CancellationToken ct)
    {
        await using var connection = await database.OpenAsync(ct);
        var parameters = new { id = reader.Id, day };
        if (await connection.QuerySingleOrDefaultAsync<DigestRow>(DigestPageQueries.Digest, parameters, ct) is not { } digest)
            return null;
        var papers = (await connection.QueryAsync<MailPaper>(DigestPageQueries.Papers, parameters, ct)).ToDictionary(paper => paper.Id);
        // Two entries may have turned out to be one paper since; it keeps the better place.
        var items = (await connection.QueryAsync<ItemRow>(DigestPageQueries.Items, parameters, ct)).DistinctBy(item => item.PaperId).ToList();
        var numbers = (await DigestNumbers.OfAsync(connection, reader.Id, day, ct)).Index().DistinctBy(paper => paper.Item.PaperId).ToDictionary(paper => paper.Item.PaperId, paper => (int?)(paper.Index + 1));
        var reasons = RecordedWhy.ReasonsOf(digest.Why, digest.EntryReasons, items.Count == 0 ? 0 : items[^1].Position);
        return new DigestContent
        {
            DeliveryId = 0,
            Recipient = new MailRecipient { SubscriberId = reader.Id, Address = reader.Address, Language = reader.Language, LinkVersion = reader.LinkVersion },
            DigestOn = day,
            PrefersInShort = reader.PrefersInShort,
            Span = DueSubscriber.SpanOf(reader.Frequency, day, digest.PreviousDigestOn),
            Date = digest.ComposedAt,
            Entries = items.Where(item => papers.ContainsKey(item.PaperId))
                .Select(item => DigestSelection.ToEntry(papers[item.PaperId], reasons[item.Position - 1]) with { Number = numbers.GetValueOrDefault(item.PaperId) }).ToList(),
            SavedNews = digest.HasSavedNews ? await SavedNews.ToldAsync(connection, reader.Id, day, ct) : [],
            // On no other day is all of it from outside the reader's topics.
            IsQuietDay = items.TrueForAll(item => DigestSelection.IsOutside(reasons[item.Position - 1])),
        };
    }

    // The address is a secret of sorts: it is not passed on to other sites, indexed or kept by proxies. Styles stand
    // inline, as in the mail; nothing else may load or run.
    private static void Guard(HttpResponse response)
    {
        response.Headers.CacheControl = "private, no-store";
        response.Headers["Referrer-Policy"] = "no-referrer";
        response.Headers["X-Robots-Tag"] = "noindex, nofollow";
        response.Headers.ContentSecurityPolicy = SiteHeaders.PolicyOfMails;
    }

    private static LocalDate? DayOf(long number)
    {
        var (year, month, day) = ((int)(number / 10_000), (int)(number / 100 % 100), (int)(number % 100));
        return year is > 2000 and < 9999 && month is >= 1 and <= 12 && day >= 1 && day <= CalendarSystem.Iso.GetDaysInMonth(year, month)
            ? new LocalDate(year, month, day)
            : null;
    }

    private sealed record DigestRow
    {
        public required Instant ComposedAt { get; init; }
        public LocalDate? PreviousDigestOn { get; init; }
        public string? EntryReasons { get; init; }
        public byte[]? Why { get; init; }
        public required bool HasSavedNews { get; init; }
    }

    private sealed record ItemRow
    {
        public required short Position { get; init; }
        public required long PaperId { get; init; }
    }
}

/// <summary>The statements of the page.</summary>
internal static class DigestPageQueries
{
    /// <summary>A digest that was mailed.</summary>
    public const string Digest = $"""
        -- digest_page.digest
        select d.composed_at,
               {LedgerQueries.PreviousDigestOn},
               d.entry_reasons,
               d.why,
               d.saved_news is not null as has_saved_news
        from digests d
        where d.bucket = @id & 63
          and d.subscriber_id = @id
          and d.digest_on = @day
          and d.outcome in ('queued', 'undelivered')
          and d.composed_at is not null
        """;

    /// <summary>Its entries in order.</summary>
    public const string Items = """
        -- digest_page.items
        select position, paper_id
        from digest_items
        where bucket = @id & 63
          and subscriber_id = @id
          and digest_on = @day
        order by position
        """;

    /// <summary>Its papers as they are today.</summary>
    public const string Papers = """
        -- digest_page.papers
        select id, title, abstract, in_short, authors, arxiv_id, url, pdf_url, code_url, project_url, upvotes, first_listed_on
        from papers
        where id in (
            select paper_id
            from digest_items
            where bucket = @id & 63
              and subscriber_id = @id
              and digest_on = @day)
        """;

    /// <summary>Its papers as they are cited, in order.</summary>
    public const string Cited = """
        -- digest_page.cited
        select p.id, p.title, p.authors, p.arxiv_id, p.doi, p.url, p.published_at, p.first_listed_on
        from (
            select paper_id, min(position) as position
            from digest_items
            where bucket = @id & 63
              and subscriber_id = @id
              and digest_on = @day
            group by paper_id) i
        join papers p on p.id = i.paper_id
        order by i.position
        """;
}
