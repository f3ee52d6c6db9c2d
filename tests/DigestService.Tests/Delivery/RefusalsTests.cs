using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using DigestService.Delivery;
using DigestService.Inbound.Reading;
using DigestService.Mail;
using DigestService.Tests.Shared;

namespace DigestService.Tests.Delivery;

/// <summary>Whose fault a refusal is, over what servers really say.</summary>
public class RefusalsTests
{
    [Theory]
    // The address.
    [InlineData("550 5.1.1 <kim@example.org>: Recipient address rejected: User unknown in virtual mailbox table", RefusalKind.Address)]
    [InlineData("550 5.1.1 <kim@example.org>: Recipient address rejected: User unknown in relay recipient table", RefusalKind.Address)]
    [InlineData("550 5.1.1 The email account that you tried to reach does not exist. Please try double-checking", RefusalKind.Address)]
    [InlineData("550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient kim@example.org not found by SMTP address lookup", RefusalKind.Address)]
    [InlineData("550 5.4.1 Recipient address rejected: Access denied. AS(201806281) [DB5EUR01FT064.eop.example]", RefusalKind.Address)]
    [InlineData("554 delivery error: dd This user doesn't have a yahoo.com account (kim@yahoo.com) [0]", RefusalKind.Address)]
    [InlineData("550 sorry, no mailbox here by that name (#5.1.1 - chkusr)", RefusalKind.Address)]
    [InlineData("550 sorry, no mailbox here by that name. (#5.7.17)", RefusalKind.Address)]
    [InlineData("550 5.7.1 550 User Unknown: kim@example.org", RefusalKind.Address)]
    [InlineData("550 No such user here", RefusalKind.Address)]
    [InlineData("550 Unrouteable address", RefusalKind.Address)]
    [InlineData("550 Host unknown (Authoritative answer from name server)", RefusalKind.Address)]
    [InlineData("551 not our customer", RefusalKind.Address)]
    [InlineData("550 <kim@example.org>... User unknown", RefusalKind.Address)]
    [InlineData("550 kim@example.org unknown user account", RefusalKind.Address)]
    [InlineData("550 Invalid recipient kim@example.org (Mode: normal)", RefusalKind.Address)]
    [InlineData("550 5.1.1 unknown or illegal alias: kim@example.org", RefusalKind.Address)]
    [InlineData("550 Mailbox not found", RefusalKind.Address)]
    [InlineData("550 5.4.4 unable to route", RefusalKind.Address)]
    [InlineData("556 5.1.10 Recipient address has null MX", RefusalKind.Address)]
    [InlineData("550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302).", RefusalKind.Address)]
    [InlineData("550 5.1.1 blocked@relay.example: no such user", RefusalKind.Address)]
    [InlineData("550 Empfänger unbekannt", RefusalKind.Address)]
    // The mailbox.
    [InlineData("550 5.2.1 The email account that you tried to reach is disabled. Learn more", RefusalKind.Mailbox)]
    [InlineData("554 delivery error: dd Sorry your message to kim@example.org cannot be delivered. This account has been disabled or discontinued [#102].", RefusalKind.Mailbox)]
    [InlineData("525 5.7.13 Disabled recipient address", RefusalKind.Mailbox)]
    [InlineData("552 5.2.2 The email account that you tried to reach is over quota.", RefusalKind.Mailbox)]
    [InlineData("550 5.2.2 <kim@example.org>... Mailbox Full", RefusalKind.Mailbox)]
    [InlineData("552 Requested mailbox exceeds quota", RefusalKind.Mailbox)]
    [InlineData("552 recipient storage full, try again later", RefusalKind.Mailbox)]
    [InlineData("552 5.2.2 insufficient system storage", RefusalKind.Mailbox)]
    [InlineData("452 Insufficient disk space for kim@example.org", RefusalKind.Mailbox)]
    [InlineData("550 Mailbox quota exceeded", RefusalKind.Mailbox)]
    [InlineData("550 5.2.1 The user you are trying to contact is receiving mail at a rate that prevents additional messages from being delivered.", RefusalKind.Mailbox)]
    [InlineData("450 4.2.0 <kim@example.org>: Recipient address rejected: Greylisted, see http://postgrey.example/help/", RefusalKind.Mailbox)]
    [InlineData("450 4.1.1 <kim@example.org>: Recipient address rejected: unverified address: Address verification in progress", RefusalKind.Mailbox)]
    [InlineData("451 Could not complete recipient verify callout", RefusalKind.Mailbox)]
    [InlineData("552 5.2.2 Mailbox size limit exceeded", RefusalKind.Mailbox)]
    // Us.
    [InlineData("450 4.1.7 <bounces@example.org>: Sender address rejected: unverified address: Address verification in progress", RefusalKind.Account)]
    [InlineData("550 5.2.2 You have reached your daily limit of 500 messages", RefusalKind.Quota)]
    [InlineData("552 5.2.2 Submission quota exceeded", RefusalKind.Quota)]
    [InlineData("452 4.2.2 Sender over quota", RefusalKind.Quota)]
    [InlineData("452 4.2.2 Quota exceeded for sender bounces@example.org", RefusalKind.Quota)]
    [InlineData("550 We don't accept mail from bulk senders", RefusalKind.Reputation)]
    [InlineData("550 Relaying denied", RefusalKind.Relay)]
    [InlineData("554 5.7.1 <kim@example.org>: Relay access denied", RefusalKind.Relay)]
    [InlineData("454 4.7.1 <kim@example.org>: Relay access denied", RefusalKind.Relay)]
    [InlineData("550 5.7.1 Unable to relay for kim@example.org", RefusalKind.Relay)]
    [InlineData("550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain", RefusalKind.Relay)]
    [InlineData("550 5.7.64 TenantAttribution; Relay Access Denied", RefusalKind.Relay)]
    [InlineData("550 relay not permitted", RefusalKind.Relay)]
    [InlineData("553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)", RefusalKind.Relay)]
    [InlineData("553 sorry, that domain isn't in my list of allowed rcpthosts", RefusalKind.Relay)]
    [InlineData("550 Insecure Mail Relay", RefusalKind.Relay)]
    [InlineData("551 we do not relay", RefusalKind.Relay)]
    [InlineData("504 5.5.2 <localhost>: Helo command rejected: need fully-qualified hostname", RefusalKind.Policy)]
    [InlineData("452 4.3.1 Insufficient system storage", RefusalKind.Relay)]
    [InlineData("452 4.3.1 <kim@example.org>: Recipient address rejected: Insufficient system storage", RefusalKind.Relay)]
    [InlineData("452 4.3.1 Insufficient system resources", RefusalKind.Relay)]
    [InlineData("452 queue full", RefusalKind.Relay)]
    [InlineData("451 4.3.0 Error: queue file write error", RefusalKind.Relay)]
    [InlineData("503 5.5.1 Bad sequence of commands", RefusalKind.Relay)]
    [InlineData("504 unrecognized parameter", RefusalKind.Relay)]
    [InlineData("550 5.1.0 Authentication required", RefusalKind.Authentication)]
    [InlineData("550 authentication required", RefusalKind.Authentication)]
    [InlineData("550-Please turn on SMTP Authentication in your mail client. relay not permitted", RefusalKind.Relay)]
    [InlineData("530 5.7.0 Must issue a STARTTLS command first", RefusalKind.Authentication)]
    [InlineData("530 5.7.57 SMTP; Client was not authenticated to send anonymous mail during MAIL FROM", RefusalKind.Authentication)]
    [InlineData("535 5.7.8 Username and Password not accepted", RefusalKind.Authentication)]
    [InlineData("550 5.7.8 Error", RefusalKind.Authentication)]
    [InlineData("550 You must be authenticated to send mail through this server", RefusalKind.Authentication)]
    [InlineData("550 Blocked - see https://rbl.example.net/query?ip=192.0.2.1", RefusalKind.Reputation)]
    [InlineData("554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org", RefusalKind.Reputation)]
    [InlineData("550 5.1.1 IP address blacklisted by recipient", RefusalKind.Reputation)]
    [InlineData("550 5.7.606 Access denied, banned sending IP [192.0.2.225]", RefusalKind.Reputation)]
    [InlineData("550 5.7.1 Our system has detected that this message is likely suspicious due to the very low reputation of the sending IP address.", RefusalKind.Reputation)]
    [InlineData("550 5.7.26 Unauthenticated email from example.org is not accepted due to domain's DMARC policy.", RefusalKind.Policy)]
    [InlineData("550 SPF check failed", RefusalKind.Policy)]
    [InlineData("550 5.7.23 The message was rejected because of Sender Policy Framework violation", RefusalKind.Policy)]
    [InlineData("550 5.7.25 The IP address sending this message does not have a PTR record setup", RefusalKind.Policy)]
    [InlineData("450 4.7.1 Client host rejected: cannot find your hostname, [192.0.2.1]", RefusalKind.Policy)]
    [InlineData("550 5.1.8 <bounces@example.org>: Sender address rejected: Domain not found", RefusalKind.Account)]
    [InlineData("553 5.7.1 <bounces@example.org>: Sender address rejected: not owned by user relay", RefusalKind.Account)]
    [InlineData("550 Sender verify failed", RefusalKind.Account)]
    [InlineData("554 Message rejected: Email address is not verified. The following identities failed the check", RefusalKind.Account)]
    [InlineData("550 5.1.90 Your message can't be sent because you've reached your daily limit for message recipients", RefusalKind.Quota)]
    [InlineData("550 5.4.5 Daily user sending quota exceeded.", RefusalKind.Quota)]
    [InlineData("554 5.7.1 You have exceeded your daily sending limit", RefusalKind.Quota)]
    [InlineData("550 Domain example.org has exceeded the max emails per hour (500/500 (100%)) allowed. Message discarded.", RefusalKind.Quota)]
    [InlineData("554 Throttling failure: Daily message quota exceeded.", RefusalKind.Quota)]
    [InlineData("550 5.7.1 Message rejected for policy reasons", RefusalKind.Policy)]
    [InlineData("550 Access denied", RefusalKind.Policy)]
    [InlineData("550 administrative prohibition", RefusalKind.Policy)]
    [InlineData("554 5.7.1 <kim@example.org>: Recipient address rejected: Access denied", RefusalKind.Policy)]
    // Nothing is proved.
    [InlineData("550 Requested action not taken: mailbox unavailable", RefusalKind.Unclear)]
    [InlineData("550 no", RefusalKind.Unclear)]
    [InlineData("550 <kim@example.org>: Recipient address rejected.", RefusalKind.Unclear)]
    [InlineData("554 Transaction failed", RefusalKind.Unclear)]
    public void At_RCPT_TO_a_refusal_is_of_the_address_the_mailbox_or_us(string reply, RefusalKind expected) =>
        Judge(reply, SendStage.RcptTo).ShouldBe(expected);

    [Theory]
    [InlineData("552 5.3.4 Message size exceeds fixed limit", RefusalKind.Message)]
    [InlineData("552 message too big", RefusalKind.Message)]
    [InlineData("554 5.7.1 Message content rejected, UBE, id=00000-22-225", RefusalKind.Message)]
    [InlineData("550 5.6.0 Lone CR or LF in body", RefusalKind.Message)]
    [InlineData("554 5.7.0 Reject, id=22222-22 - SPAM", RefusalKind.Message)]
    [InlineData("550 This message was classified as SPAM and may not be delivered", RefusalKind.Message)]
    [InlineData("552 5.7.0 This message was blocked because its content presents a potential security issue", RefusalKind.Message)]
    [InlineData("554 5.7.1 Blocked: message contains a URL listed on SURBL", RefusalKind.Message)]
    [InlineData("554 5.7.1 Rejected: 192.0.2.1 listed at zen.spamhaus.org", RefusalKind.Reputation)]
    [InlineData("550 5.4.5 Daily sending quota exceeded", RefusalKind.Quota)]
    [InlineData("550 5.1.1 no such user", RefusalKind.Address)]
    [InlineData("554 Transaction failed", RefusalKind.Unclear)]
    [InlineData("550 User unknown", RefusalKind.Unclear)]
    [InlineData("550 5.7.1 User unknown", RefusalKind.Unclear)]
    [InlineData("550 5.7.0 <kim@example.org>... no such person here, ask elsewhere", RefusalKind.Address)]
    [InlineData("550 5.3.0 <kim@example.org>... No such user here", RefusalKind.Unclear)]
    [InlineData("550 5.7.1 That name is not recognized", RefusalKind.Unclear)]
    [InlineData("550 5.7.1 Mailbox does not exist", RefusalKind.Address)]
    [InlineData("550 5.7.1 User unknown, access blocked", RefusalKind.Policy)]
    [InlineData("550 5.7.1 User unknown under our policy", RefusalKind.Policy)]
    [InlineData("550 5.7.1 User unknown: spam", RefusalKind.Message)]
    [InlineData("550 5.7.26 User unknown", RefusalKind.Policy)]
    [InlineData("550 5.7.1 Message refused", RefusalKind.Message)]
    [InlineData("550 5.7.1 Delivery not authorized", RefusalKind.Policy)]
    [InlineData("554 5.7.9 Message not accepted for policy reasons. See https://postmaster.example/error-codes", RefusalKind.Message)]
    public void After_the_message_it_may_be_the_message(string reply, RefusalKind expected) =>
        Judge(reply, SendStage.AfterDot).ShouldBe(expected);

    [Theory]
    [InlineData("550 User unknown", RefusalKind.Unclear)]
    [InlineData("550 5.7.1 User unknown", RefusalKind.Unclear)]
    [InlineData("550 5.1.1 User unknown", RefusalKind.Address)]
    [InlineData("550 No such mailbox here", RefusalKind.Address)]
    [InlineData("551 not our customer", RefusalKind.Address)]
    [InlineData("551 not our user", RefusalKind.Address)]
    [InlineData("551 User not local; please try <ada@elsewhere.example>", RefusalKind.Address)]
    [InlineData("551 Mail from your host is not accepted", RefusalKind.Reputation)]
    [InlineData("550 ada (ada@example.org) not listed in Domino Directory", RefusalKind.Address)]
    [InlineData("550 5.2.0 From: Domain is invalid", RefusalKind.Account)]
    [InlineData("554 5.4.4 Malformed or unexpected name server reply", RefusalKind.Route)]
    [InlineData("550 5.1.0 Address rejected.", RefusalKind.Address)]
    [InlineData("550 5.2.1 Mailbox suspended", RefusalKind.Mailbox)]
    [InlineData("550 You are not a member of this group", RefusalKind.Mailbox)]
    [InlineData("550 User not found: ada@example.org", RefusalKind.Address)]
    [InlineData("550 RP:RCL ada@example.org user not found", RefusalKind.Address)]
    [InlineData("550 5.7.1 Message was not accepted -- invalid mailbox. Local mailbox ada@example.org is unavailable: user not found", RefusalKind.Address)]
    [InlineData("550 Message was not accepted -- invalid mailbox. Local mailbox ada@example.org is unavailable: user is terminated", RefusalKind.Address)]
    [InlineData("550 5.7.1 No such user!", RefusalKind.Address)]
    [InlineData("550 The recipient may contain a non-existent account, please check the recipient address.", RefusalKind.Address)]
    [InlineData("550 Invalid Recipient - https://community.example/docs/DOC-1369#550", RefusalKind.Address)]
    [InlineData("550 5.2.0 No such account", RefusalKind.Address)]
    [InlineData("550 5.7.1 Recipient not found", RefusalKind.Address)]
    [InlineData("550 Too many invalid recipients", RefusalKind.Quota)]
    [InlineData("550 User not found or mailbox full", RefusalKind.Mailbox)]
    [InlineData("550 Sender address invalid: user not found", RefusalKind.Account)]
    [InlineData("554 5.7.1 Your IP 192.0.2.1 is blocked: user not found", RefusalKind.Reputation)]
    [InlineData("550 Relaying denied: user not found", RefusalKind.Relay)]
    [InlineData("550 SPF: account not found", RefusalKind.Policy)]
    [InlineData("550 User not found in the allow list", RefusalKind.Policy)]
    [InlineData("554 Rejected as spam: no such mailbox", RefusalKind.Message)]
    [InlineData("550 5.7.1 Local policy: recipient not found", RefusalKind.Policy)]
    [InlineData("550 Account not found, over quota", RefusalKind.Mailbox)]
    [InlineData("550 Blocked sender: invalid recipient", RefusalKind.Account)]
    [InlineData("550 Mailbox unavailable or access denied", RefusalKind.Policy)]
    public void Of_a_report_that_does_not_tell_what_was_refused_more_is_asked(string reply, RefusalKind expected) =>
        Judge(reply, null).ShouldBe(expected);

    [Theory]
    [InlineData("550 5.1.0 Blocked by the administrator", RefusalKind.Policy)]
    [InlineData("550 5.4.1 Routing loop", RefusalKind.Route)]
    [InlineData("550 5.5.0 Syntax error", RefusalKind.Relay)]
    [InlineData("550 5.7.0 Ask the postmaster", RefusalKind.Policy)]
    [InlineData("550 5.7.0 Please log in first", RefusalKind.Authentication)]
    [InlineData("550 5.2.22 Something else", RefusalKind.Mailbox)]
    public void A_code_that_condemns_beside_certain_words_alone_does_not_beside_others(string reply, RefusalKind expected) =>
        Judge(reply, SendStage.RcptTo).ShouldBe(expected);

    [Theory]
    [InlineData("5.1.1", "5.7.1 Message refused", RefusalKind.Address)]
    [InlineData("5.0.0", "5.1.1 No luck", RefusalKind.Address)]
    [InlineData("5.0.0", "No luck", RefusalKind.Unclear)]
    [InlineData(null, "#5.1.1 No luck", RefusalKind.Address)]
    public void A_code_of_its_own_beats_one_in_the_words_unless_it_says_nothing(string? status, string text, RefusalKind expected) =>
        Refusals.Explain(550, EnhancedStatus.TryParse(status, out var known) ? known : null, text, SendStage.RcptTo).Kind.ShouldBe(expected);

    [Theory]
    [InlineData(550, "5.1.1", "user unknown", true, false)]
    [InlineData(550, "5.0.0", "user unknown", false, true)]
    [InlineData(550, "5.7.1", "user unknown", false, true)]
    [InlineData(550, "5.7.1", "user unknown, not allowed", false, false)]
    [InlineData(554, null, "name is not recognized", false, true)]
    [InlineData(450, "4.0.0", "Mailbox not found", false, true)]
    [InlineData(452, "4.3.1", "Insufficient system storage", false, true)]
    [InlineData(552, "5.2.2", "over quota", false, true)]
    [InlineData(550, "5.7.1", "user unknown, blocked as spam", false, false)]
    [InlineData(550, "5.0.0", "rejected", false, false)]
    public void A_report_that_proves_nothing_of_the_address_counts_in_the_long_run_where_it_speaks_of_it(int code, string? status, string words, bool isHard, bool isOfMailbox)
    {
        var refusal = ReportedRefusal.Judge(code, status, stage: null, words);

        (refusal.IsHard, refusal.IsOfMailbox).ShouldBe((isHard, isOfMailbox));
    }

    [Theory]
    [InlineData("450 4.2.0 Greylisted, come back", "busy")]
    [InlineData("450 Mailbox busy", "busy")]
    [InlineData("552 5.2.2 Over", "full")]
    [InlineData("550 5.2.9 Odd", "mailbox")]
    [InlineData("550 no", "unknown")]
    public void The_reason_tells_a_full_mailbox_from_a_busy_one(string reply, string expected) =>
        Refusals.Explain(550, EnhancedStatus.TryParse(reply[4..], out var status) ? status : null, reply[4..], SendStage.RcptTo).Reason.ShouldBe(expected);

    [Fact]
    public void Us_begins_with_the_relay()
    {
        RefusalKind.Relay.IsOurs().ShouldBeTrue();
        RefusalKind.Route.IsOurs().ShouldBeFalse();
    }

    [Theory]
    [InlineData(SendStage.RcptTo, RefusalKind.Reputation)]
    [InlineData(SendStage.Data, RefusalKind.Message)]
    public void A_listed_link_is_the_messages_from_DATA_on(SendStage stage, RefusalKind expected) =>
        Judge("554 Blocked: contains a URL listed on SURBL", stage).ShouldBe(expected);

    [Theory]
    [InlineData(SendStage.RcptTo, RefusalKind.Address)]
    [InlineData(SendStage.Data, RefusalKind.Unclear)]
    public void A_domain_that_does_not_exist_is_the_recipients_before_DATA(SendStage stage, RefusalKind expected) =>
        Judge("550 Domain does not exist", stage).ShouldBe(expected);

    [Fact]
    public void A_domain_that_is_missed_after_the_message_is_not_the_recipients() =>
        Judge("550 Domain does not exist", SendStage.AfterDot).ShouldNotBe(RefusalKind.Address);

    [Theory]
    [InlineData("550 no")]
    [InlineData("550 5.1.1 unknown user")]
    [InlineData("553 5.1.8 Domain of sender address does not exist")]
    [InlineData("501 5.1.7 Bad sender address syntax")]
    [InlineData("550 5.7.1 Spam is not welcome here")]
    public void MAIL_FROM_never_speaks_of_the_recipient(string reply) =>
        Judge(reply, SendStage.MailFrom).IsOurs().ShouldBeTrue();

    [Fact]
    public void A_message_too_large_for_the_relay_is_the_messages_fault_at_MAIL_FROM_too() =>
        Judge("552 5.3.4 Message size exceeds fixed limit", SendStage.MailFrom).ShouldBe(RefusalKind.Message);

    [Theory]
    [InlineData("\uD83D")]
    [InlineData("\uD83D\uDE00 user unknown")]
    [InlineData("")]
    public void Half_a_character_and_no_text_at_all_are_judged_too(string text) =>
        Should.NotThrow(() => Refusals.Explain(550, null, text + new string('x', 998) + "\uD83D\uDE00", SendStage.RcptTo));

    [Theory]
    [InlineData("user unknown address is not a ", 100_000, "")]
    [InlineData("a", 500_000, "@")]
    [InlineData("5.", 100_000, "")]
    public void A_text_made_to_be_slow_is_judged_in_a_time_that_grows_with_its_length_and_no_faster(string piece, int times, string end) =>
        Cost.ShouldGrowWithTheSize(times, size =>
        {
            var text = string.Concat(Enumerable.Repeat(piece, size)) + end;
            return () => Refusals.Explain(550, null, text, null);
        });

    [Fact]
    public void Real_bounces_condemn_the_addresses_that_are_dead_and_hardly_any_other()
    {
        var folder = SharedData.Require("data/bounce-sisimai");
        using var expected = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "expected.json")));
        var (dead, found, foundByWords, living, condemned) = (0, 0, 0, 0, new List<string>());
        foreach (var mail in expected.RootElement.EnumerateObject())
        {
            var text = File.ReadAllText(Path.Combine(folder, "mail", mail.Name), Encoding.Latin1);
            if (mail.Value.GetArrayLength() != 1 || Diagnosis(text) is not { } words)
                continue;
            // As the report tells it: "in reply to RCPT TO command".
            var isAddress = Judge(words, RefusedCommands.Read(text)) == RefusalKind.Address;
            var reason = mail.Value[0].GetProperty("reason").GetString();
            if (reason is "userunknown" or "hostunknown" or "hasmoved" or "notaccept")
                (dead, found, foundByWords) = (dead + 1, found + (isAddress ? 1 : 0), foundByWords + (Judge(words, null) == RefusalKind.Address ? 1 : 0));
            else if (reason is not ("filtered" or "suspend"))
                (living, condemned) = (living + 1, isAddress || Judge(words, null) == RefusalKind.Address ? [.. condemned, $"{reason}: {words}"] : condemned);
        }

        (found / (double)dead).ShouldBeGreaterThan(0.8);
        // A bare "user unknown" is what filters of living mailboxes say too, and the words alone do not tell.
        (foundByWords / (double)dead).ShouldBeGreaterThan(0.75);
        condemned.ShouldBeEmpty();
        living.ShouldBeGreaterThan(30);
    }

    // What stands behind Diagnostic-Code: smtp;
    private static string? Diagnosis(string mail)
    {
        var line = Regex.Match(mail.ReplaceLineEndings("\n"), @"^Diagnostic-Code:\s*smtp;\s*(?<words>[45]\d\d\W.*(\n[ \t]+.*)*)", RegexOptions.IgnoreCase | RegexOptions.Multiline);
        return line.Success ? Regex.Replace(line.Groups["words"].Value, @"\s+", " ") : null;
    }

    internal static RefusalKind Judge(string reply, SendStage? stage)
    {
        var code = int.Parse(reply.AsSpan(0, 3), System.Globalization.CultureInfo.InvariantCulture);
        var text = reply[4..];
        var hasStatus = EnhancedStatus.TryParse(text, out var status);
        return Refusals.Explain(code, hasStatus ? status : null, hasStatus ? text[status.ToString().Length..].Trim() : text, stage).Kind;
    }
}
