using System.Diagnostics;
using System.Diagnostics.Metrics;
using DigestService.Mail;
using DigestService.Platform;
using NodaTime;

namespace DigestService.Delivery;

/// <summary>
/// Delivers over one connection after another what <see cref="Sender"/> has claimed: each mail is marked, handed to the relay
/// and recorded. One object serves all connections of a run.
/// </summary>
internal sealed partial class ConnectionWorker(
    DispatchQueue queue,
    QueueFeeder feeder,
    OutcomeWriter outcomes,
    RunningCounts counts,
    LoadedFragments fragments,
    MailSignature signature,
    DeliveryTrace trace,
    DeliveryOptions options,
    IClock clock,
    ILogger logger)
{
    private static readonly TimeSpan IdleConnection = TimeSpan.FromSeconds(10);

    private static readonly Counter<long> Refused =
        Telemetry.Meter.CreateCounter<long>("digest.delivery.refusals", "{mail}", "Mails a relay refused, by relay and by whose fault it was.");

    /// <summary>Works over one connection of a relay until no more mail is to be begun; what is on the wire then has until <paramref name="abandon"/>.</summary>
    public async Task RunAsync(Relay relay, CancellationToken noMoreMail, CancellationToken abandon)
    {
        await using var connection = new RelayConnection(relay);
        while (await NextAsync(connection, noMoreMail) is { } mail)
        {
            outcomes.Begin();
            try
            {
                await DeliverAsync(connection, mail, noMoreMail, abandon);
            }
            catch (OperationCanceledException) when (noMoreMail.IsCancellationRequested)
            {
                // Stopped while connecting: the mail is still only claimed, and is given back with the rest.
                queue.Return(mail);
                return;
            }
            catch (Exception bug) when (bug is not OutOfMemoryException)
            {
                // A mail we cannot even handle must not stop the others; what was marked is left to recovery.
                LogMailThrew(mail.Mail.Id, bug);
                connection.Abandon();
                if (!mail.IsMarked)
                    outcomes.Record(DeliveryRules.JudgeFault(mail.Mail, bug.Message, clock.GetCurrentInstant(), Random.Shared));
                queue.Finish(mail);
            }
            finally
            {
                outcomes.End();
            }
        }
    }

    /// <summary>The next mail for this connection; null when there will be none. A connection that waits too long is closed.</summary>
    private async Task<InFlightDelivery?> NextAsync(RelayConnection connection, CancellationToken noMoreMail)
    {
        try
        {
            while (connection.Relay.Breaker.IsOpen || connection.IsOneTooMany || connection.Relay.IsUnreached && !await TryReachAsync(connection, noMoreMail))
                await Task.Delay(TimeSpan.FromMilliseconds(100), noMoreMail);
            var mail = queue.TakeAsync(connection.Relay, noMoreMail);
            if (!mail.IsCompleted && connection.IsOpen && await Task.WhenAny(mail, Task.Delay(IdleConnection, noMoreMail)) != mail)
                await connection.CloseAsync(noMoreMail);
            return await mail;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    /// <summary>Whether a mail is to be taken for it: it can be reached again, or what stands in the way is for the mail to find.</summary>
    private static async Task<bool> TryReachAsync(RelayConnection connection, CancellationToken noMoreMail)
    {
        try
        {
            return await connection.OpenAsync(noMoreMail);
        }
        catch (Exception bug) when (bug is not (OperationCanceledException or OutOfMemoryException))
        {
            return true;
        }
        finally
        {
            connection.Abandon();
        }
    }

    private async Task DeliverAsync(RelayConnection connection, InFlightDelivery delivery, CancellationToken noMoreMail, CancellationToken abandon)
    {
        var mail = delivery.Mail;
        using var span = trace.Start("digest.send", mail.Id);
        span?.SetTag("digest.attempt", mail.Attempts + 1).SetTag("digest.relay", connection.Relay.Name);
        if (noMoreMail.IsCancellationRequested || !await connection.OpenAsync(noMoreMail))
        {
            queue.Return(delivery);
            return;
        }

        using var message = ReadyMessage.Of(mail, signature);
        if (message is null)
        {
            // A mail that is not the one we composed is not sent; after three tries it waits for the operator.
            fragments.Clear();
            outcomes.Record(DeliveryRules.JudgeFault(mail, "The stored message does not match its hash.", clock.GetCurrentInstant(), Random.Shared));
            connection.Abandon();
            queue.Finish(delivery);
            return;
        }

        if (queue.HasSeveralRelays && connection.WhyUnsendable(mail, message.Octets) is not null && queue.TryReturn(delivery, connection.Relay))
        {
            connection.Abandon();
            return;
        }

        // What this connection handed in before is written no later than this mark: if we die, it has one mail in doubt.
        if (!await MarkAsync(connection, delivery))
        {
            connection.Abandon();
            queue.Finish(delivery);
            return;
        }

        // Marked, durably; not a word said. If we die here recovery calls the row 'unknown' although nothing was sent:
        // a doubt too many, never one too few.
        Failpoints.Pass(Failpoints.Marked);
        var outcome = await SendAsync(connection, delivery, message.Octets, abandon);

        // The server may have taken the mail and we have not yet recorded it. A crash here leaves the row in 'sending';
        // recovery calls it 'unknown' and sends it once more under the same Message-ID.
        Failpoints.Pass(Failpoints.Answered);
        if (outcome is null)
            outcomes.Record(DeliveryRules.JudgeUnoffered(mail, clock.GetCurrentInstant()));
        else
            await RecordAsync(connection, delivery, message.Octets.Length, outcome, span, abandon);
        queue.Finish(delivery);
    }

    /// <summary>Whether it is marked and still ours. If it was marked and then lapsed, recovery will call it 'unknown'.</summary>
    private async Task<bool> MarkAsync(RelayConnection connection, InFlightDelivery delivery)
    {
        var mark = await outcomes.MarkAsync(delivery, connection.Relay.Name);
        if (mark == MarkResult.Suppressed)
            counts.Note(delivery.Mail.Id, "suppressed");
        else if (mark == MarkResult.Lost)
            await feeder.GiveBackAsync([delivery]);
        return mark == MarkResult.Marked && delivery.IsHeld;
    }

    private async Task RecordAsync(RelayConnection connection, InFlightDelivery delivery, int octets, SendOutcome outcome, Activity? span, CancellationToken abandon)
    {
        RelayVerdict relayVerdict;
        var isForAnother = false;
        if (IsOfThisRelay(outcome) && queue.IsAnyOther(delivery, connection.Relay))
        {
            if (outcome.Reply is not null)
                connection.Relay.NoteTooLarge(octets);
            // It waits for the one that may take it, and is no fault of this one.
            isForAnother = outcome.Reply is not null && queue.IsReturnable(delivery, connection.Relay);
            outcome = outcome with { Result = SendResult.RejectedTemporarily };
            relayVerdict = RelayVerdict.OfTheRelay;
            connection.Abandon();
        }
        else
        {
            relayVerdict = await NoteAsync(connection, delivery, outcome, abandon);
        }

        var now = clock.GetCurrentInstant();
        var verdict = isForAnother
            ? DeliveryRules.JudgeForAnother(delivery.Mail, outcome, now)
            : DeliveryRules.Judge(delivery.Mail, outcome, relayVerdict, options.OnUnknown, now, Random.Shared);
        DeliveryMetrics.Count(connection.Relay.Name, verdict.State);
        span?.SetTag("digest.state", verdict.State).SetTag("digest.stage", outcome.Stage.ToString()).SetTag("smtp.reply.code", outcome.Reply?.Code);
        outcomes.Record(verdict);
        // What the relay answers to everybody, or to every mail that it has not seen before, is no wish of the recipient's domain.
        var pushback = PushbackRules.Read(outcome);
        var isOfEverybody = relayVerdict == RelayVerdict.OfTheRelay || delivery.Mail.Attempts == 0 && connection.Relay.Health.Greylists;
        queue.Learn(connection.Relay, delivery.Mail.RecipientDomain, pushback == Pushback.FromDomain && isOfEverybody ? Pushback.Silent : pushback);
    }

    /// <summary>Whether another relay may take the mail: this one lacks what it needs, or has refused its size before or after the recipient, who may take no more either.</summary>
    private static bool IsOfThisRelay(SendOutcome outcome) => outcome is { Result: SendResult.RejectedPermanently }
        && (outcome.Reply is null || outcome.Stage != SendStage.RcptTo && Refusals.Explain(outcome).Reason == Refusals.TooLarge);

    /// <summary>What the outcome says about the relay. One that we broke off ourselves says nothing.</summary>
    private static async Task<RelayVerdict> NoteAsync(RelayConnection connection, InFlightDelivery delivery, SendOutcome outcome, CancellationToken abandon)
    {
        if (outcome.Reply is null && (abandon.IsCancellationRequested || !delivery.IsHeld))
        {
            connection.Abandon();
            return RelayVerdict.OfTheMail;
        }

        if (outcome.Result is SendResult.RejectedPermanently or SendResult.RejectedTemporarily)
            Refused.Add(1, new("relay", connection.Relay.Name), new("fault", Refusals.Judge(outcome).ToString().ToLowerInvariant()));
        var verdict = connection.Relay.Health.Note(delivery.Mail, outcome);
        if (verdict == RelayVerdict.OfTheRelay)
            await connection.CloseAsync(CancellationToken.None);
        return verdict;
    }

    private async Task<SendOutcome?> SendAsync(RelayConnection connection, InFlightDelivery delivery, ReadOnlyMemory<byte> octets, CancellationToken abandon)
    {
        delivery.Watch();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(delivery.Lapsed, abandon);
        try
        {
            return await connection.SendAsync(delivery.Mail, octets, either.Token);
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            // Stopped while connecting anew for it: mails under way end with an outcome.
            return null;
        }
        catch (Exception bug) when (bug is not OutOfMemoryException)
        {
            // A transport answers with outcomes. One that throws leaves us in doubt, and in doubt we say so.
            LogTransportThrew(delivery.Mail.Id, bug);
            await connection.CloseAsync(CancellationToken.None);
            return new SendOutcome(SendStage.AfterDot, SendResult.Unknown, null, "The mail client failed.");
        }
    }

    [LoggerMessage(5015, LogLevel.Error, "Delivery {Id}: handling it failed")]
    private partial void LogMailThrew(long id, Exception exception);

    [LoggerMessage(5016, LogLevel.Error, "Delivery {Id}: the mail client threw")]
    private partial void LogTransportThrew(long id, Exception exception);
}
