using DigestService.Inbound.Commands;
using DigestService.Inbound.Reading;
using DigestService.Mail;
using DigestService.Mails;
using DigestService.Platform;
using DigestService.Platform.Layout;
using DigestService.Subscribers;
using NodaTime;
using Npgsql;

namespace DigestService.Inbound.Handling;

/// <summary>Mails of whom nothing proves who wrote them, and what is no command.</summary>
internal sealed partial class PersonHandler
{
    private async Task<PersonResult> ByStrangerAsync(
        NpgsqlConnection connection, long messageId, InboundReading reading, Instant now, CancellationToken ct)
    {
        if (!EmailAddress.TryParse(reading.From, out var from))
            return new PersonResult { Action = "kept", IsKept = true };
        if (reading.Commands.Count == 0 || IsOnlyConsent(reading))
            return await TellStrangerHowAsync(connection, from, reading, now, ct);
        if (reading.Commands.Any(command => command.Verb == MailVerb.Subscribe))
            return await signUps.TakeAsync(connection, from, reading, now, ct);
        if (LeaversIn(reading) is { Count: > 0 } leavers)
            return await AskLeaverAsync(connection, messageId, leavers, now, ct);
        var reader = await connection.QuerySingleOrDefaultAsync<Subscriber>(SubscriberQueries.FindByAddress, new { addressKey = from.Key }, ct);
        var isOpen = reading.Commands.All(command => command.Verb is MailVerb.Help or MailVerb.Topics or MailVerb.NotUnderstood
            || command.Verb is MailVerb.Preferences && reader is { IsConfirmed: true });
        if (isOpen)
            return await AnswerOpenAsync(connection, from, reader, reading, now, ct);
        if (reader is not { IsConfirmed: true })
        {
            var recipient = StrangerAt(from, reader, reading);
            var answers = reading.Commands.Select(command => command.Verb == MailVerb.NotUnderstood
                ? CommandRun.NotUnderstood(command, OurWordFor(command))
                : CommandRun.NotSubscribed(OurWordFor(command), reader)).ToList();
            return new PersonResult { Action = "not_subscribed", AnsweredHash = await mailer.AnswerAsync(connection, recipient, Answered(reading, isProved: false), answers, now, ct) };
        }

        return await AskProofAsync(
            connection, messageId, reader, reading.Commands.Where(command => command.Verb != MailVerb.NotUnderstood).Select(OurWordFor).Distinct(StringComparer.Ordinal).ToList(), now, ct);
    }

    // Of a mail that begins a thread its subscriber is told how to ask, whatever it says. Anybody else, who may never have written it, is
    // told so only of words that ask for something. The bounce address answers nobody.
    private async Task<PersonResult> TellStrangerHowAsync(NpgsqlConnection connection, EmailAddress from, InboundReading reading, Instant now, CancellationToken ct)
    {
        if (reading.Unclear.Count == 0 || reading.To.All(address => replies.ActionOf(address) is null))
            return new PersonResult { Action = "kept", IsKept = true };
        var reader = await connection.QuerySingleOrDefaultAsync<Subscriber>(SubscriberQueries.FindByAddress, new { addressKey = from.Key }, ct);
        return reader is { IsConfirmed: true } && reading.Commands.Count == 0
            ? await TellHowAsync(connection, ServiceMailer.RecipientOf(reader), reading, reading.Unclear, isProved: false, now, ct)
            : await TellHowAsync(connection, StrangerAt(from, reader, reading), reading, WishesIn(reading), isProved: false, now, ct);
    }

    // The operator gets to read it too: a person may have meant something else.
    private async Task<PersonResult> TellHowAsync(
        NpgsqlConnection connection, MailRecipient recipient, InboundReading reading, IReadOnlyList<MailCommand> lines, bool isProved, Instant now, CancellationToken ct)
    {
        if (lines.Count == 0)
            return new PersonResult { Action = "kept", IsKept = true };
        var answers = lines.Select(line => CommandRun.NotUnderstood(line, isProved ? line.Text : OurWordFor(line))).ToList();
        return new PersonResult { Action = "not_understood", IsKept = true, AnsweredHash = await mailer.AnswerAsync(connection, recipient, Answered(reading, isProved), answers, now, ct) };
    }

    private static List<MailCommand> WishesIn(InboundReading reading) => [.. reading.Unclear.Where(line => line.IsWish)];

    // Whoever wrote is told nothing, so that nobody learns who is subscribed.
    private async Task<PersonResult> AskLeaverAsync(NpgsqlConnection connection, long messageId, IReadOnlyList<string> leavers, Instant now, CancellationToken ct) =>
        leavers is [var leaver]
        && await connection.QuerySingleOrDefaultAsync<Subscriber>(SubscriberQueries.FindByAddress, new { addressKey = leaver }, ct) is { IsConfirmed: true } reader
            ? await AskProofAsync(connection, messageId, reader, ["unsubscribe"], now, ct)
            : new PersonResult { Action = "kept", IsKept = true };

    private async Task<PersonResult> AskProofAsync(
        NpgsqlConnection connection, long messageId, Subscriber reader, IReadOnlyList<string> words, Instant now, CancellationToken ct)
    {
        var asked = await mailer.AskAsync(connection, ServiceMailer.RecipientOf(reader), messageId, words, isMove: false, now, ct);
        return new PersonResult { Action = "proof_asked", SubscriberId = reader.Id, AnsweredHash = asked, AwaitsUntil = asked is null ? null : now + Patience };
    }

    // The others who are to leave, where the mail asks for nothing else.
    private static IReadOnlyList<string> LeaversIn(InboundReading reading)
    {
        var asked = reading.Commands.Where(command => command.Verb != MailVerb.NotUnderstood).Select(command => command.LeaverOtherThan(reading.From)?.Key).Distinct(StringComparer.Ordinal).ToList();
        return asked.Contains(null) ? [] : asked.OfType<string>().ToList();
    }

    private async Task<PersonResult> AnswerOpenAsync(
        NpgsqlConnection connection, EmailAddress from, Subscriber? reader, InboundReading reading, Instant now, CancellationToken ct)
    {
        var answers = new List<AnsweredCommand>();
        foreach (var command in reading.Commands)
        {
            answers.Add(command.Verb switch
            {
                MailVerb.Topics => new AnsweredCommand(OurWordFor(command), CommandOutcome.Told, await runner.TopicsAsync(LanguageOf(reader, reading), ct)),
                MailVerb.Preferences => new AnsweredCommand(OurWordFor(command), CommandOutcome.PreferencesSent),
                MailVerb.Help => new AnsweredCommand(OurWordFor(command), CommandOutcome.Help),
                _ => CommandRun.NotUnderstood(command, OurWordFor(command)),
            });
        }

        // The answer goes to the address that the row holds: whoever wrote, its owner reads.
        var recipient = reader is { IsConfirmed: true } ? ServiceMailer.RecipientOf(reader) : StrangerAt(from, reader, reading);
        return new PersonResult
        {
            Action = "answered",
            SubscriberId = null,
            AnsweredHash = await mailer.AnswerAsync(connection, recipient, Answered(reading, isProved: false), answers, now, ct),
        };
    }

    private static MailRecipient StrangerAt(EmailAddress from, Subscriber? reader, InboundReading reading) =>
        new() { SubscriberId = 0, Address = from.ToString(), Language = LanguageOf(reader, reading) };

    // Whoever is unknown is written to in the language they ask in, else in English.
    private static string LanguageOf(Subscriber? reader, InboundReading reading) =>
        reader?.Language ?? WishLanguage.Of(reading.Commands.Concat(reading.Unclear)) ?? PageLanguage.All[0];
}
