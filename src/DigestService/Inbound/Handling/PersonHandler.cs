using DigestService.Inbound.Commands;
using DigestService.Inbound.Reading;
using DigestService.Mail;
using DigestService.Mails;
using DigestService.Platform;
using DigestService.Subscribers;
using DigestService.Subscribers.Pages.Words;
using NodaTime;
using Npgsql;

namespace DigestService.Inbound.Handling;

/// <summary>
/// What a person's mail does. <c>From</c> authorises nothing: commands run at once only where the mail came to an address,
/// or carries a token, that their owner alone has. Everything else is asked back, at the reader's own address.
/// </summary>
internal sealed partial class PersonHandler(
    Subscriptions subscriptions, CommandRunner runner, MailedSignUps signUps, AnswerMailer mailer, SignUpMailer steps, ReplyAddress replies, AddressChange addresses, LinkSigner signer)
{
    private static readonly Duration Patience = Duration.FromDays(3);

    /// <summary>Handles a mail of commands, an answer, or a mail that is neither.</summary>
    public async Task<PersonResult> HandleAsync(NpgsqlConnection connection, long messageId, InboundReading reading, Instant now, CancellationToken ct)
    {
        foreach (var address in reading.To)
        {
            if (replies.TryRead(address, out var token))
            {
                var done = token.Purpose switch
                {
                    ReplyPurpose.Confirm => await ConfirmAsync(connection, token.Subject, token.Generation, reading, now, ct),
                    ReplyPurpose.Request => await GrantAsync(connection, token.Subject, reading, now, ct),
                    _ => await ByReaderAsync(connection, messageId, token, reading, now, ct),
                };
                if (done is not null)
                    return done;
            }
        }

        if (await LeaveByTokenAsync(connection, reading, now, ct) is { } left)
            return left;
        if (await ConfirmByTokenAsync(connection, reading, now, ct) is { } confirmed)
            return confirmed;
        return await ByStrangerAsync(connection, messageId, reading with { Commands = WithAddressed(reading) }, now, ct);
    }

    /// <summary>Whether handling a mail may erase its sender: by its own words, or as the answer to a question about earlier ones.</summary>
    public bool MayErase(InboundReading reading) =>
        reading.Commands.Any(command => command.Verb == MailVerb.Erase)
        || reading.To.Any(address => replies.TryRead(address, out var token) && token.Purpose == ReplyPurpose.Request);

    /// <summary>
    /// The mailto of List-Unsubscribe: its token ends the subscription at once and for ever, though a program sent the mail.
    /// </summary>
    public async Task<PersonResult?> LeaveByTokenAsync(NpgsqlConnection connection, InboundReading reading, Instant now, CancellationToken ct)
    {
        foreach (var token in TokensIn(reading, "unsubscribe"))
        {
            // Leaving has no expiry, and no generation voids it.
            if (!signer.TryRead(token, LinkPurpose.Unsubscribe, now, out var link))
                continue;
            var reader = await FindAsync(connection, link.Subject, ct)
                ?? await connection.QuerySingleOrDefaultAsync<Subscriber>(SubscriberQueries.FindPresent, new { id = link.Subject }, ct);
            var hasLeft = reader is not null && await subscriptions.UnsubscribeAsync(connection, reader.Id, ct);
            if (hasLeft && reader is not null && !reading.IsAutomatic)
                await steps.SayGoodbyeAsync(connection, reader, now, ct);
            return new PersonResult { Action = "unsubscribed", SubscriberId = reader?.Id };
        }

        return null;
    }

    private async Task<PersonResult?> ConfirmByTokenAsync(NpgsqlConnection connection, InboundReading reading, Instant now, CancellationToken ct)
    {
        foreach (var token in TokensIn(reading, "confirm"))
        {
            if (signer.TryRead(token, LinkPurpose.Confirm, now, out var link))
                return await ConfirmAsync(connection, link.Subject, (int)link.Extra, reading, now, ct);
        }

        return null;
    }

    private async Task<PersonResult?> ConfirmAsync(
        NpgsqlConnection connection, long readerId, int generation, InboundReading reading, Instant now, CancellationToken ct)
    {
        if (reading.Commands.Any(command => command.Verb is MailVerb.Unsubscribe or MailVerb.Erase) || Consents.Refuses(reading))
            return new PersonResult { Action = "not_confirmed", IsKept = true };
        var evidence = new ConfirmationEvidence { ConfirmedAt = now, ConfirmedBy = "mail" };
        var outcome = await subscriptions.ConfirmAsync(connection, readerId, generation, evidence, ct);
        return new PersonResult
        {
            Action = outcome switch { ConfirmOutcome.Confirmed => "confirmed", ConfirmOutcome.AlreadyConfirmed => "confirmed_before", _ => "void" },
            SubscriberId = outcome == ConfirmOutcome.Void ? null : readerId,
            HasNewWishes = outcome == ConfirmOutcome.Confirmed,
        };
    }

    // Somebody answered our question: what the earlier message asked for is theirs, or has their consent.
    private async Task<PersonResult?> GrantAsync(NpgsqlConnection connection, long askedId, InboundReading reading, Instant now, CancellationToken ct)
    {
        var asked = await connection.QuerySingleOrDefaultAsync<InboundRow>(InboundQueries.Lock, new { id = askedId }, ct);
        if (asked is not { SubscriberId: { } readerId, Raw: { } raw, AwaitsUntil: { } until } || until < now)
            return new PersonResult { Action = "void" };
        // Whoever asks for nothing but to leave is heard, though these words also refuse.
        var isOnlyLeaving = reading.Commands.Count > 0 && reading.Commands.All(command => command.Verb is MailVerb.Unsubscribe);
        if (!isOnlyLeaving && Consents.Refuses(reading))
            return new PersonResult { Action = "declined", IsKept = true, SubscriberId = asked.Action is "move_asked" ? null : readerId };
        await connection.ExecuteAsync(InboundQueries.Settle, new { id = askedId }, ct);
        var isLeaving = reading.Commands.Any(command => command.Verb is MailVerb.Unsubscribe);
        var original = isLeaving ? reading : InboundReader.Read(raw) with { CameAt = asked.ReceivedAt };
        if (asked.Action is "move_asked")
        {
            var moved = original.Commands.LastOrDefault(command => command.Verb == MailVerb.Change) is { } change
                && EmailAddress.TryParse(change.Argument, out var address)
                && await addresses.MoveAsync(connection, readerId, address, now, ct) is not null;
            return new PersonResult { Action = moved ? "moved" : "void", SubscriberId = readerId };
        }

        var result = await RunAsync(connection, askedId, readerId, digestOn: null, original, now, ct);
        if (result.AwaitsUntil is not { } consentBy)
            return result;
        // The new address answers the earlier message, which holds the wish.
        await connection.ExecuteAsync(InboundQueries.AskToMove, new { id = askedId, until = consentBy }, ct);
        return result with { AwaitsUntil = null };
    }

    private async Task<PersonResult?> ByReaderAsync(
        NpgsqlConnection connection, long messageId, ReplyToken token, InboundReading reading, Instant now, CancellationToken ct)
    {
        if (await FindAsync(connection, token.Subject, ct) is not { } reader)
            return new PersonResult { Action = "void" };
        var isLeaving = reading.Commands.Count > 0 && reading.Commands.All(command => command.Verb == MailVerb.Unsubscribe);
        // An address of an earlier generation lets its holder leave and nothing else.
        if (reader.LinkVersion != token.Generation && !isLeaving)
            return null;
        // That the writer has this subscription proves nothing of another one.
        if (reading.Commands.Count > 0 && reading.Commands.All(command => command.LeaverOtherThan(reader.Address) is not null))
            return null;
        if (reading.Kind == InboundKind.Other || IsOnlyConsent(reading))
            return await TellHowAsync(connection, ServiceMailer.RecipientOf(reader), reading, WishesIn(reading), isProved: true, now, ct) with { SubscriberId = reader.Id };
        // Who left and answers an old mail signs up anew, and confirms it as everybody does.
        if (!reader.IsConfirmed && reading.Commands.Any(command => command.Verb == MailVerb.Subscribe) && EmailAddress.TryParse(reader.Address, out var own))
            return await signUps.TakeAsync(connection, own, reading, now, ct);
        return await RunAsync(connection, messageId, reader.Id, ReplyDays.Day(token.Day), reading, now, ct);
    }

    private async Task<PersonResult> RunAsync(
        NpgsqlConnection connection, long messageId, long readerId, LocalDate? digestOn, InboundReading reading, Instant now, CancellationToken ct)
    {
        var before = await FindAsync(connection, readerId, ct);
        var run = await runner.RunAsync(connection, readerId, digestOn, reading.Commands, reading.CameAt, ct);
        var reader = await FindAsync(connection, readerId, ct) ?? before;
        var result = new PersonResult { Action = "done", SubscriberId = run.IsOnly(CommandOutcome.Erased) ? null : readerId, HasNewWishes = run.HasNewWishes };
        if (reader is null)
            return result with { Action = "void", SubscriberId = null };
        if (run.Answers.Any(answer => answer.Outcome == CommandOutcome.Erased))
            return result with { Action = "erased", SubscriberId = null };
        if (run.MoveTo is { } moveTo)
            return await AskToMoveAsync(connection, messageId, reader, moveTo, reading, run, result, now, ct);
        if (run.IsOnly(CommandOutcome.Unsubscribed))
        {
            if (before is { HasLeft: false })
                await steps.SayGoodbyeAsync(connection, reader, now, ct);
            return result with { Action = "unsubscribed" };
        }

        if (run.IsOnly(CommandOutcome.Paused) && await steps.TellPausedAsync(connection, reader, now, ct))
            return result with { Action = "paused" };

        // The digest itself is the answer.
        if (run.IsOnly(CommandOutcome.TodayComing))
            return result with { Action = "today" };
        var hash = await mailer.AnswerAsync(connection, ServiceMailer.RecipientOf(reader), Answered(reading, isProved: true), run.Answers, now, ct);
        return result with { AnsweredHash = hash };
    }

    // The web's own wish to move; what is particular to mail is that the new address agrees by answering. The reader is told
    // the same whether that address may be asked or not.
    private async Task<PersonResult> AskToMoveAsync(
        NpgsqlConnection connection, long messageId, Subscriber reader, string moveTo, InboundReading reading, CommandRun run, PersonResult result, Instant now, CancellationToken ct)
    {
        var say = ReaderWords.Of(reader.Language);
        string? fault = null;
        if (!EmailAddress.TryParse(moveTo, out var address))
            fault = say.NotAnAddress;
        else if (!await addresses.AskAsync(connection, reader.Id, address, AskNewAddressAsync, now, ct))
            fault = say.EnoughForToday;
        if (fault is not null)
            run.RefuseMove(fault);
        var answered = await mailer.AnswerAsync(connection, ServiceMailer.RecipientOf(reader), Answered(reading, isProved: true), run.Answers, now, ct);
        return fault is null
            ? result with { Action = "move_asked", AnsweredHash = answered, AwaitsUntil = now + Patience }
            : result with { Action = "move_refused", AnsweredHash = answered };

        Task AskNewAddressAsync(Subscriber asking) => mailer.AskAsync(
            connection, ServiceMailer.RecipientOf(asking) with { SubscriberId = 0, Address = address.ToString() }, messageId, [], isMove: true, now, ct);
    }

    // An empty mail to digest-subscribe@… asks for what its address says.
    private IReadOnlyList<MailCommand> WithAddressed(InboundReading reading)
    {
        foreach (var action in reading.To.Select(replies.ActionOf).OfType<string>())
        {
            MailVerb? verb = action.ToLowerInvariant() switch
            {
                "subscribe" or "join" => MailVerb.Subscribe,
                "unsubscribe" or "leave" => MailVerb.Unsubscribe,
                "help" or "info" => MailVerb.Help,
                _ => null,
            };
            if (verb is { } named && !reading.Commands.Any(command => command.Verb == named))
                return [new MailCommand(named, "", action, 0), .. reading.Commands.Where(command => command.Verb != MailVerb.NotUnderstood)];
        }

        return reading.Commands;
    }

    // In the subject behind its verb, or in the address: digest-confirm+TOKEN@….
    private IEnumerable<string> TokensIn(InboundReading reading, string verb)
    {
        // Some programs leave a mailto's subject encoded ("unsubscribe%20TOKEN", "unsubscribe+TOKEN"), others put marks around it.
        var subject = string.Concat(Uri.UnescapeDataString(reading.Subject).Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' ? c : ' '));
        foreach (var word in subject.Split(' ', StringSplitOptions.RemoveEmptyEntries).Take(20))
            yield return word;
        foreach (var command in reading.Commands.Where(command => command.Argument.Length > 40))
            yield return command.Argument;
        foreach (var action in reading.To.Select(replies.ActionOf).OfType<string>())
        {
            if (action.StartsWith(verb + "+", StringComparison.OrdinalIgnoreCase))
                yield return action[(verb.Length + 1)..];
        }
    }

    // The words of a mail stand in the answer's subject only for a mail that its reader, or a holder of their address, wrote.
    private static AnsweredMail Answered(InboundReading reading, bool isProved) =>
        new(isProved ? AnswerThread.ReplySubject(reading.Subject) : null, reading.References);

    // Whoever wrote may have put somebody else into From: that person reads none of their words.
    private static string OurWordFor(MailCommand command) => command.Verb == MailVerb.NotUnderstood ? "?" : command.Verb.ToString().ToLowerInvariant();

    // "Yes" where nothing was asked is a remark.
    private static bool IsOnlyConsent(InboundReading reading) =>
        reading.Commands.All(command => command.Verb is MailVerb.Confirm or MailVerb.NotUnderstood);

    private static Task<Subscriber?> FindAsync(NpgsqlConnection connection, long id, CancellationToken ct) =>
        connection.QuerySingleOrDefaultAsync<Subscriber>(SubscriberQueries.Lock, new { id }, ct);
}
