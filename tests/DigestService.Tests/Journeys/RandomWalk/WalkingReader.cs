using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using DigestService.Inbound.Handling;
using DigestService.Mail.Mime;
using DigestService.Tests.Inbound;
using DigestService.Tests.Shared;
using NodaTime;

namespace DigestService.Tests.Journeys.RandomWalk;

/// <summary>A reader who knows nothing but the site's forms and the mails in the own inbox, and does with them what comes to mind.</summary>
internal sealed partial class WalkingReader(WalkedSite walk, string name)
{
    private static readonly string[] Topics = ["reasoning", "multi-agent", "fine-tuning-efficiently", "pruning-distillation"];
    private static readonly string[] Zones = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Tokyo", "Pacific/Auckland", "Asia/Kolkata"];
    private static readonly string[] Commands = ["pause 2 days", "pause", "resume", "max 3", "status", "topics", "at 06:00", "zone Asia/Tokyo", "unsubscribe", "add robots", "help", "language de", "language en"];
    private int _moves;

    /// <summary>Who it is.</summary>
    public string Name => name;

    /// <summary>Where the mails are read that come now.</summary>
    public string Address { get; private set; } = $"{name}@mail.example";

    /// <summary>All addresses whose mail the reader sees.</summary>
    public IReadOnlyList<string> Addresses => [.. Enumerable.Range(1, _moves).Select(At), $"{name}@mail.example"];

    /// <summary>Whether a digest may come: confirmed, and neither left nor erased since.</summary>
    public bool IsSubscribed { get; private set; }

    /// <summary>No digest comes on days before this one; null where nothing is paused.</summary>
    public LocalDate? PausedUntil { get; private set; }

    /// <summary>Titles that have come, each with the mail that brought it.</summary>
    public Dictionary<string, string> Titles { get; } = [];

    /// <summary>When the latest digest came.</summary>
    public Instant? LastDigestAt { get; set; }

    private Random Dice => walk.Dice;

    private LocalDate Today => walk.Site.Clock.Now.InUtc().Date;

    /// <summary>Does one thing; says what, and what came of it.</summary>
    public async Task<string> ActAsync()
    {
        // Whoever is not there comes back soon, so that there are digests to look at.
        if (!IsSubscribed && Dice.Next(2) == 0)
            return Dice.Next(2) == 0 ? await SignUpAsync() : await ConfirmAsync();
        switch (Dice.Next(20))
        {
            case 0 or 1:
                return await SignUpAsync();
            case 2 or 3:
                return await ConfirmAsync();
            case 4 or 5:
                return await PreferAsync("save", Settings());
            case 6 when Dice.Next(2) == 0:
                return await PreferAsync("pause", [("pause_until", Date(Today.PlusDays(Dice.Next(1, 4))))]);
            case 7:
                return await PreferAsync("resume", []);
            case 8:
                return await PreferAsync("now", []);
            case 9:
                return await PreferAsync("move", [("new_address", At(++_moves))]);
            case 10:
                return await FollowAsync("address", mail => Address = mail.Recipient);
            case 11:
                return await PreferAsync(Dice.Next(3) == 0 ? "erase" : "void", [("sure", "yes")]);
            case 12 when Dice.Next(2) == 0:
                return await FollowAsync("unsubscribe", _ => IsSubscribed = false, ("List-Unsubscribe", "One-Click"));
            case 13:
                return await ReturnAsync();
            case 14 or 15 or 12:
                return await AnswerAsync(Commands[Dice.Next(Commands.Length)]);
            case 16:
                return await AnswerAsync("I am away until Monday.", "Subject: Out of office\r\nAuto-Submitted: auto-replied\r\n");
            case 17 when Dice.Next(3) == 0:
                return await BounceAsync();
            case 18:
                return await LookAsync();
            default:
                return $"asks for the link: {await walk.PostAsync(this, "/manage", ("email", Address))}";
        }
    }

    /// <summary>Fills in the form of the front page.</summary>
    public async Task<string> SignUpAsync() => $"signs up {Address}: {await walk.PostAsync(this, "/subscribe", [("email", Address), .. Settings()])}";

    /// <summary>Presses the button behind the latest link that confirms.</summary>
    public Task<string> ConfirmAsync() => FollowAsync("confirm", _ => IsSubscribed = true);

    private async Task<string> PreferAsync(string action, (string Name, string Value)[] fields)
    {
        if (walk.LinkIn([Address], "preferences") is not { } link)
            return $"{action}: no link";
        var status = await walk.PostAsync(this, link.Path, [("action", action), .. fields]);
        // A page instead of the way back says that there is nothing to change; an erasure is told by one.
        if (status is HttpStatusCode.SeeOther || (status is HttpStatusCode.OK && action is "erase"))
            OnPreferred(action, fields);
        return $"{action} {string.Join(' ', fields.Select(field => field.Name + "=" + field.Value))}: {status}";
    }

    private void OnPreferred(string action, (string Name, string Value)[] fields)
    {
        if (action is "erase")
        {
            IsSubscribed = false;
            Titles.Clear();
            PausedUntil = null;
        }
        else if (action is "pause")
        {
            PausedUntil = LocalDate.FromDateTime(DateTime.Parse(fields[0].Value, CultureInfo.InvariantCulture));
        }
        else if (action is "resume")
        {
            PausedUntil = null;
        }
    }

    private async Task<string> FollowAsync(string kind, Action<ReceivedMail> then, params (string Name, string Value)[] fields)
    {
        if (walk.LinkIn(kind is "address" ? Addresses : [Address], kind) is not { } link)
            return $"{kind}: no link";
        var status = await walk.PostAsync(this, link.Path, fields);
        if (status is HttpStatusCode.SeeOther or HttpStatusCode.OK)
            then(link.Mail);
        return $"{kind} {string.Concat(fields.Select(field => field.Value))}: {status}";
    }

    private async Task<string> AnswerAsync(string text, string headers = "Subject: Re: your digest\r\n")
    {
        if (walk.LatestTo(Address) is not { } mail || mail.Header("Reply-To") is not { } replyTo)
            return "no mail to answer";
        var result = await walk.TakeMailAsync(
            $"From: {Address}\r\nTo: {InboundTestBed.BareAddress(replyTo)}\r\nMessage-ID: <{Guid.NewGuid():n}@mail.example>\r\nIn-Reply-To: {mail.Header("Message-ID")}\r\n{headers}Content-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n");
        OnAnswered(text, result);
        return $"answers '{text}' to {mail.Header("Subject")}: {result.Action}";
    }

    private void OnAnswered(string text, InboundResult result)
    {
        switch (result.Action)
        {
            case "confirmed":
                IsSubscribed = true;
                break;
            case "unsubscribed":
                IsSubscribed = false;
                break;
            case "done" when text.StartsWith("pause", StringComparison.Ordinal):
                PausedUntil = Today.PlusDays(1);
                break;
            case "done" when text is "resume":
                PausedUntil = null;
                break;
        }
    }

    // A server tells late that the mailbox is gone.
    private async Task<string> BounceAsync()
    {
        if (walk.LatestTo(Address) is not { } mail || mail.Header("Message-ID") is not { } id)
            return "no bounce";
        var result = await walk.TakeMailAsync(
            $"From: MAILER-DAEMON@mx.example\r\nTo: {mail.Sender}\r\nSubject: Undelivered Mail Returned to Sender\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
            + $"--b\r\nContent-Type: text/plain\r\n\r\n<{mail.Recipient}>: no such user\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; {mail.Recipient}\r\nAction: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 no such user\r\n\r\n"
            + $"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {id}\r\n\r\n--b--\r\n");
        if (result.Action.StartsWith("bounced", StringComparison.Ordinal))
        {
            walk.ReportBounce(mail.Recipient);
            Lose(mail);
        }

        return $"{mail.Recipient} bounces: {result.Action}";
    }

    // A mail that did not arrive brought nothing: its papers, and a digest of its day, may come again.
    private void Lose(ReceivedMail mail)
    {
        var id = mail.Header("X-Digest-Delivery");
        foreach (var title in Titles.Where(title => title.Value == id).Select(title => title.Key).ToList())
            Titles.Remove(title);
        walk.Forget(id);
    }

    // Too late, and of somebody who is barred, it is no return.
    private async Task<string> ReturnAsync()
    {
        var told = await FollowAsync("unsubscribe", _ => { }, ("action", "undo"));
        IsSubscribed = await walk.StateOfAsync(Address) is "active" or "paused";
        return told;
    }

    // Whatever a mail links to may be looked at, by people and by scanners, and nothing changes by it.
    private async Task<string> LookAsync()
    {
        if (walk.LatestTo(Address) is not { } mail)
            return "no mail to look at";
        var paths = LinkInMail().Matches(MimeReader.Read(mail.Raw).BodyText()).Select(match => match.Value["https://digest.example".Length..]).Distinct(StringComparer.Ordinal).ToList();
        var before = await walk.Site.EverythingAsync();
        foreach (var path in paths.OrderBy(_ => Dice.Next()).Take(4))
            ((int)await walk.GetAsync(this, path)).ShouldBeLessThan(500, path);
        (await walk.Site.EverythingAsync()).ShouldBe(before);
        return $"looks at {paths.Count} links";
    }

    private (string Name, string Value)[] Settings()
    {
        var frequency = Dice.Next(4) == 0 ? "weekly" : "daily";
        return
        [
            ("topics", Topics[Dice.Next(Topics.Length)]), ("topics", Topics[Dice.Next(Topics.Length)]), ("zone", Zones[Dice.Next(Zones.Length)]),
            ("at", $"{Dice.Next(24):00}:{Dice.Next(4) * 15:00}"), ("frequency", frequency), ("max", $"{Dice.Next(1, 6)}"),
        ];
    }

    private string At(int move) => $"{name}{move}@mail.example";

    private static string Date(LocalDate day) => day.ToString("uuuu-MM-dd", CultureInfo.InvariantCulture);

    [GeneratedRegex(@"https://digest\.example/[^\s<>)]+")]
    private static partial Regex LinkInMail();
}
