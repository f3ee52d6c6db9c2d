using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using DigestService.Delivery;
using DigestService.Digests;
using DigestService.Inbound.Handling;
using DigestService.Mail.Mime;
using DigestService.Platform;
using DigestService.Subscribers;
using DigestService.Suppressions;
using DigestService.Tests.Shared;
using NodaTime;

namespace DigestService.Tests.Journeys.RandomWalk;

/// <summary>The site, its relay and its readers, and the rules that hold whatever they do.</summary>
internal sealed partial class WalkedSite : IAsyncDisposable
{
    private static readonly string[] Subjects =
    [
        "Chain-of-thought reasoning of language models", "Multi-agent systems that negotiate", "Parameter-efficient fine-tuning by low-rank adaptation", "Pruning of neural networks",
    ];

    private readonly List<string> _trace = [];
    private readonly HashSet<(string Address, LocalDate Day)> _bounces = [];
    private readonly Dictionary<string, int> _copies = [];
    private readonly List<(long? Reader, LocalDate? Day, string Mail)> _days = [];
    private int _papers;
    private int _checked;

    private WalkedSite(Site site, MoodyRelay relay, int seed)
    {
        Site = site;
        Relay = relay;
        Dice = new Random(seed);
        Readers = [.. Enumerable.Range(1, 6).Select(number => new WalkingReader(this, $"r{number}-"))];
    }

    /// <summary>Its pages, verbs and clock.</summary>
    public Site Site { get; }

    /// <summary>Where its mails go.</summary>
    public MoodyRelay Relay { get; }

    /// <summary>Decides everything that is left to chance.</summary>
    public Random Dice { get; }

    /// <summary>Digests that came and were not lost behind the relay.</summary>
    public int Digests => _days.Count;

    private IReadOnlyList<WalkingReader> Readers { get; }

    /// <summary>All that was done, a line each.</summary>
    public string Trace => string.Join('\n', _trace);

    /// <summary>A site with eight papers, whose readers have signed up.</summary>
    public static async Task<WalkedSite> OpenAsync(AppFixture apps, int seed)
    {
        var relay = new MoodyRelay();
        var site = await Site.OpenAsync(
            apps, [.. relay.Settings, ("Smtp__Connections", "2"), ("Mail__From", "papers@papers.example"), ("Mail__BounceAddress", "bounces@papers.example"), ("Mail__CommandAddress", "digest@papers.example"), ("Inbox__Kind", "Pipe")]);
        var walk = new WalkedSite(site, relay, seed);
        await walk.AddPapersAsync();
        foreach (var reader in walk.Readers)
            walk.Note($"{reader.Name} {await reader.SignUpAsync()}");
        await walk.GoOnAsync(Duration.FromMinutes(1));
        foreach (var reader in walk.Readers)
            walk.Note($"{reader.Name} {await reader.ConfirmAsync()}");
        return walk;
    }

    /// <summary>One thing happens, time goes on, and all that is due is sent; then the rules are looked at.</summary>
    public async Task StepAsync()
    {
        var change = Dice.Next(14) switch
        {
            0 => ChangeRelay(),
            1 or 2 => await AddPapersAsync(),
            3 => await ChangePaperAsync(),
            4 => await OrderAsync(),
            _ => null,
        };
        if (change is not null)
            Note(change);
        for (var actions = Dice.Next(4); actions > 0; actions--)
        {
            var reader = Readers[Dice.Next(Readers.Count)];
            Note($"{reader.Name} {await reader.ActAsync()}");
        }

        await GoOnAsync(Duration.FromMinutes(Dice.Next(1, 150)));
    }

    // Time goes on, all that is due is sent, by two processes at times, and what runs each hour runs.
    private async Task GoOnAsync(Duration by)
    {
        Site.Clock.Advance(by);
        var runs = await Task.WhenAll(Enumerable.Range(0, Dice.Next(4) == 0 ? 2 : 1).Select(_ => Site.Service<DigestRun>().RunAsync(Site.Clock.Now, default)));
        await Site.Service<Sender>().SettleBouncesAsync(default);
        if (Dice.Next(10) == 0)
        {
            await Site.Service<Retention>().RunAsync(default);
            await Site.Service<DigestRetention>().RunAsync(default);
            await Site.Service<ReaderRetention>().RunAsync(default);
        }

        foreach (var run in runs)
            Tell(run);
        await CheckAsync();
    }

    private void Tell(DigestRunCounts run)
    {
        if (run.Planned + run.Sent + run.Deferred + run.Failed + run.Unknown + run.Suppressed > 0)
            Note($"run: planned {run.Planned}, sent {run.Sent}, deferred {run.Deferred}, failed {run.Failed}, unknown {run.Unknown}, suppressed {run.Suppressed} {run.Hindrance}");
    }

    /// <summary>The relay is well, the mailboxes open, and days with news pass; who is subscribed has their digest.</summary>
    public async Task HealAsync()
    {
        Relay.Mood = RelayMood.Well;
        Relay.Closed.Clear();
        Relay.Full.Clear();
        Note("all is well from here");
        var since = Site.Clock.Now;
        for (var hour = 0; hour < 80; hour += 4)
        {
            if (hour % 20 == 0)
                Note(await AddPapersAsync());
            await GoOnAsync(Duration.FromHours(4));
        }

        foreach (var reader in Readers.Where(reader => reader.IsSubscribed))
        {
            var row = await Site.Database.QuerySingleOrDefaultAsync<ReaderRow>("select state, frequency, paused_until from subscribers where address_key = @Address", new { reader.Address }, default);
            row.ShouldNotBeNull($"{reader.Name} is not known at {reader.Address}");
            new[] { "active", "paused" }.ShouldContain(row.State, reader.Name);
            if (row.Frequency is "daily" && row.State is "active" && _bounces.Count(bounce => bounce.Address == reader.Address) < 2)
                (reader.LastDigestAt > since).ShouldBeTrue($"{reader.Name} at {reader.Address} is subscribed and got nothing in three days of news");
        }
    }

    /// <summary>A reader sends a form.</summary>
    public async Task<HttpStatusCode> PostAsync(WalkingReader reader, string path, params (string Name, string Value)[] fields)
    {
        using var form = new FormUrlEncodedContent(fields.Select(field => KeyValuePair.Create(field.Name, field.Value)));
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = form };
        return await SendAsync(reader, request);
    }

    /// <summary>A reader looks at a page.</summary>
    public async Task<HttpStatusCode> GetAsync(WalkingReader reader, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        return await SendAsync(reader, request);
    }

    /// <summary>A mail comes in.</summary>
    public async Task<InboundResult> TakeMailAsync(string raw)
    {
        var id = await Site.Service<InboundStore>().AddAsync("pipe", Encoding.UTF8.GetBytes(raw), isTruncated: false, default);
        return await Site.Service<InboundHandler>().HandleAsync(id, default);
    }

    /// <summary>The latest mail at an address.</summary>
    public ReceivedMail? LatestTo(string address) => Relay.Taken.LastOrDefault(mail => mail.Recipient == address);

    /// <summary>The path of the latest link of a kind in the mails to some addresses, and the mail.</summary>
    public (string Path, ReceivedMail Mail)? LinkIn(IReadOnlyList<string> addresses, string kind)
    {
        var marker = $"https://digest.example/{kind}/";
        foreach (var mail in Relay.Taken.Reverse().Where(mail => addresses.Contains(mail.Recipient)))
        {
            var text = MimeReader.Read(mail.Raw).BodyText();
            var at = text.IndexOf(marker, StringComparison.Ordinal);
            if (at >= 0)
                return (text.Substring(at + "https://digest.example".Length, kind.Length + 2 + 50), mail);
        }

        return null;
    }

    /// <summary>The state of whoever has an address; null where nobody does.</summary>
    public Task<string?> StateOfAsync(string address) =>
        Site.Database.QuerySingleOrDefaultAsync<string>("select state from subscribers where address_key = @address", new { address }, default);

    /// <summary>A mail did not arrive.</summary>
    public void Forget(string? id) => _days.RemoveAll(day => day.Mail == id);

    /// <summary>A server said that the mailbox is gone.</summary>
    public void ReportBounce(string address) => _bounces.Add((address, Site.Clock.Now.InUtc().Date));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Site.DisposeAsync();
        await Relay.DisposeAsync();
    }

    private async Task<HttpStatusCode> SendAsync(WalkingReader reader, HttpRequestMessage request)
    {
        request.Headers.Add("X-Forwarded-For", "203.0.113." + reader.Name[1]);
        using var answer = await Site.Browser.SendAsync(request);
        ((int)answer.StatusCode).ShouldBeLessThan(500, $"{request.Method} {request.RequestUri}");
        return answer.StatusCode;
    }

    private string ChangeRelay()
    {
        var reader = Readers[Dice.Next(Readers.Count)];
        switch (Dice.Next(6))
        {
            case 0 when Relay.Closed.Add(reader.Address):
                return $"{reader.Address} is closed";
            case 1 when Relay.Full.Add(reader.Address):
                return $"{reader.Address} is full";
            case 2:
                Relay.Closed.Clear();
                Relay.Full.Clear();
                return "all mailboxes are open";
            case 3 or 4:
                Relay.Mood = RelayMood.Well;
                break;
            default:
                Relay.Mood = (RelayMood)Dice.Next((int)RelayMood.RefusesAll + 1);
                break;
        }

        return $"the relay: {Relay.Mood}";
    }

    private async Task<string> AddPapersAsync()
    {
        for (var i = 0; i < 8; i++)
            await Site.AddPaperAsync($"{Subjects[i % Subjects.Length]} no{++_papers}x", Site.Clock.Now.InUtc().Date, upvotes: Dice.Next(50));
        return "eight papers";
    }

    private async Task<string> ChangePaperAsync()
    {
        var title = $"%no{Dice.Next(1, _papers + 1)}x";
        switch (Dice.Next(3))
        {
            case 0:
                await UpdateAsync("withdrawn_at = @now");
                return $"{title} is withdrawn";
            case 1:
                await UpdateAsync("title = 'Revised: ' || title");
                return $"{title} is retitled";
            default:
                await UpdateAsync("first_listed_on = @today");
                return $"{title} is listed anew";
        }

        Task UpdateAsync(string change) => Site.Database.ExecuteAsync(
            $"update papers set {change}, updated_at = @now where title like @title", new { title, now = Site.Clock.Now, today = Site.Clock.Now.InUtc().Date }, default);
    }

    // What an operator may do at any time.
    private async Task<string> OrderAsync()
    {
        var reader = Readers[Dice.Next(Readers.Count)];
        switch (Dice.Next(5))
        {
            case 0 or 1 or 2:
                var which = (RetryOf)Dice.Next(3);
                await Site.Service<OutboxRetry>().RunAsync(which, null, int.MaxValue, default);
                return $"retry: {which}";
            case 3:
                await Site.Service<OperatorSuppressions>().LiftAsync(new SuppressionFilter([Site.Service<LinkSigner>().HashAddress(reader.Address)], null, null), default);
                _bounces.RemoveWhere(bounce => bounce.Address == reader.Address);
                return $"lift {reader.Address}";
            default:
                Site.Clock.Advance(-Duration.FromMinutes(Dice.Next(1, 130)));
                return "the clock goes back";
        }
    }

    private async Task CheckAsync()
    {
        foreach (var refused in Relay.TakeRefused())
            ReportBounce(refused);
        var taken = Relay.Taken.ToList();
        foreach (var mail in taken.Skip(_checked))
            await CheckAsync(mail);
        _checked = taken.Count;
    }

    private async Task CheckAsync(ReceivedMail mail)
    {
        var id = long.Parse(mail.Header("X-Digest-Delivery") ?? "0", CultureInfo.InvariantCulture);
        var row = await Site.Database.QuerySingleOrDefaultAsync<Row>("select kind, doubts, subscriber_id, digest_on from deliveries where id = @id", new { id }, default);
        var copies = _copies[mail.Header("Message-ID") ?? ""] = _copies.GetValueOrDefault(mail.Header("Message-ID") ?? "") + 1;
        Note($"mail {id} {row?.Kind} to {mail.Recipient}: {mail.Header("Subject")}{(copies > 1 ? $" (copy {copies})" : "")}");
        copies.ShouldBeLessThanOrEqualTo(1 + (row?.Doubts ?? 0), $"copies of {id}");
        if (row?.Kind is not "digest" || copies > 1)
            return;
        var reader = Readers.FirstOrDefault(reader => mail.Recipient == reader.Address);
        reader.ShouldNotBeNull($"nobody reads {mail.Recipient}");
        reader.IsSubscribed.ShouldBeTrue($"{reader.Name} has left");
        (reader.PausedUntil > Site.Clock.Now.InUtc().Date.PlusDays(1)).ShouldBeFalse($"{reader.Name} paused until {reader.PausedUntil}");
        _days.ShouldNotContain(day => day.Reader == row.SubscriberId && day.Day == row.DigestOn, $"a second digest of {row.DigestOn} to {reader.Name}");
        _days.Add((row.SubscriberId, row.DigestOn, $"{id}"));
        reader.LastDigestAt = Site.Clock.Now;
        foreach (var title in TitleInMail().Matches(MimeReader.Read(mail.Raw).BodyText()).Select(match => match.Value))
            reader.Titles.TryAdd(title, $"{id}").ShouldBeTrue($"{title} came to {reader.Name} by {reader.Titles.GetValueOrDefault(title)}");
    }

    private void Note(string line) => _trace.Add($"{Site.Clock.Now.InUtc():uuuu-MM-dd HH:mm} {line}");

    [GeneratedRegex(@"\bno\d+x\b")]
    private static partial Regex TitleInMail();

    private sealed record ReaderRow
    {
        public required string State { get; init; }

        public required string Frequency { get; init; }

        public LocalDate? PausedUntil { get; init; }
    }

    private sealed record Row
    {
        public required string Kind { get; init; }

        public required int Doubts { get; init; }

        public long? SubscriberId { get; init; }

        public LocalDate? DigestOn { get; init; }
    }
}
