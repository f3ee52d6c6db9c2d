using DigestService.Inbound.Reading;
using DigestService.Mail;
using DigestService.Mails;
using DigestService.Platform.Layout;
using DigestService.Subscribers;
using NodaTime;
using Npgsql;

namespace DigestService.Inbound.Handling;

/// <summary>Sign-ups that come by mail.</summary>
internal sealed class MailedSignUps(Subscriptions subscriptions, WishCommands wishes, AnswerMailer mailer)
{
    /// <summary>Signs the sender up with what their mail asks for, to be confirmed by an answer.</summary>
    public async Task<PersonResult> TakeAsync(
        NpgsqlConnection connection, EmailAddress from, InboundReading reading, Instant now, CancellationToken ct)
    {
        var (change, faults) = await wishes.SignUpAsync(reading.Commands, ct);
        var consent = new Consent { How = "mail", RequestedAt = now, TextVersion = Consent.CurrentText };
        var (id, outcome) = await subscriptions.SignUpAsync(connection, from, change, consent, ct);
        // What is more than a reader may have was left out: whoever reads the confirmation reads that too.
        var answered = outcome is SignUpOutcome.ConfirmationSent && faults.Count > 0
            ? await mailer.AnswerAsync(
                connection,
                new MailRecipient { SubscriberId = 0, Address = from.ToString(), Language = change.Language ?? PageLanguage.All[0] },
                new AnsweredMail(null, reading.References),
                faults.Select(fault => new AnsweredCommand(fault.Field, CommandOutcome.Refused, fault.Sentence)).ToList(),
                now,
                ct)
            : null;
        return new PersonResult
        {
            Action = outcome switch
            {
                SignUpOutcome.ConfirmationSent => "confirmation_sent",
                SignUpOutcome.AlreadySubscribed => "already_subscribed",
                SignUpOutcome.MailedRecently => "mailed_recently",
                SignUpOutcome.TooMany => "too_many",
                _ => "suppressed",
            },
            // Nobody is answered now; the operator sees it, and may write.
            IsKept = outcome is SignUpOutcome.TooMany,
            SubscriberId = id == 0 ? null : id,
            HasNewWishes = change.Wishes is not null,
            AnsweredHash = answered,
        };
    }
}
