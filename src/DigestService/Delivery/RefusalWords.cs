using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using DigestService.Platform;

namespace DigestService.Delivery;

/// <summary>
/// What mail servers say when they refuse, as patterns over <see cref="Plain"/> words. Which pattern counts when is
/// <see cref="Refusals"/>' business.
/// </summary>
internal static partial class RefusalWords
{
    private const RegexOptions Options = RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture;
    private const int MostCharacters = 1000;

    // What a server calls the thing that is not there. "address" also stands for each address that was quoted.
    private const string Recipient =
        "(user ?(name|id)?|recipient|mail ?box|account|addressee|address|alias|local[- ]?part|person|customer|e-?mail( address)?|employee|subscriber|maildrop|destinataire|destinatario|empfaenger|empfanger|utilisateur|benutzer|usuario|utente|uzytkownik|konto)";

    private const string Gone =
        "(unknown|not found|not known|invalid|not (a )?valid|no longer (valid|available|exists?|active|in (use|service)|on (this )?server|with|at|works?|employed|accepts?)|(does|do|did|could) ?n[o ]?t exist|not exist(ing)?|nonexist[ae]nt|inexist[ae]nte?|undefined|closed|deleted|removed|terminated|moved|not (here|listed|local|our|registered|present)|nie istnieje|unbekannt|nicht (bekannt|gefunden|vorhanden)|existiert nicht|inconnue?|introuvable|sconosciut[oa]|inesistente|desconocid[oa]|no existe|desconhecid[oa]|nao existe)";

    /// <summary>
    /// A server's words in small letters: apostrophes and accents gone, quoted addresses replaced by "address", runs of
    /// blanks and brackets by one blank; the first thousand characters. An IP address is an "ip".
    /// </summary>
    public static string Plain(string text)
    {
        // Half a surrogate pair, as cutting leaves it, cannot be normalised.
        var plain = string.Concat(text.Take(MostCharacters).Select(c => char.IsSurrogate(c) ? ' ' : c)).Normalized(NormalizationForm.FormD);
        plain = string.Concat(plain.Where(c => c is not '\'' and not '’' && char.GetUnicodeCategory(c) != UnicodeCategory.NonSpacingMark));
        plain = Address().Replace(plain.ToLowerInvariant(), " address ").Replace("ip address", "ip", StringComparison.Ordinal);
        return Blanks().Replace(plain, " ").Trim();
    }

    /// <summary>Come back later, whoever you are.</summary>
    public static Regex Greylisted { get; } = Any(
        @"gr[ea]y[- ]?list",
        @"postgrey",
        @"temporarily deferred.*first time");

    /// <summary>The recipient gets too much mail just now, or a server that asks for each address it does not know has no answer yet.</summary>
    public static Regex MailboxBusy { get; } = Any(
        @"recipient address rejected: unverified address",
        @"recipient verify callout",
        @"is receiving mail (too quickly|at a rate)",
        @"recipient thread limit",
        @"recipient (has )?exceeded.* rate",
        @"mailbox (is )?(busy|locked)");

    /// <summary>The message is longer than the server takes.</summary>
    public static Regex TooLarge { get; } = Any(
        @"(message|mail|e-?mail|body|content|data|line|header)\b.{0,40}(too (large|big|long)|size)",
        @"(size|length)( \w+){0,3} (exceed|limit|too)",
        @"exceed\w*( \w+){0,5} (size|length)",
        @"(maximum|max)( \w+){0,2} size",
        @"fixed (maximum )?message size",
        @"line (length )?limit");

    /// <summary>The server has no room left for anybody's mail.</summary>
    public static Regex SystemFull { get; } = Any(
        @"(insufficient|not enough|out of|no) (system|server|queue|spool) (storage|space|resources|disk)",
        @"\b(system|server|queue) (is )?(full|out of (disk|space|storage|room))",
        @"queue file write error");

    /// <summary>What is too large is the mailbox, not the message.</summary>
    public static Regex MailboxSize { get; } = Any(
        @"mail ?box size");

    /// <summary>The recipient's mailbox holds no more.</summary>
    public static Regex MailboxFull { get; } = Any(
        @"(mail ?box|inbox|mail ?folder|mail ?drop|account|user|recipient|storage|disk|spool|address)( \w+){0,3} (is |are |has |was )?(\w+ )?(full|over ?quota|out of (space|storage)|exceed\w*)",
        @"full (mail ?box|inbox)",
        @"over[- ]?(the )?(disk |storage |mailbox |allowed |allocated |their |his |her |its )*quota",
        @"quota (is |was |has been |would be )?(exceed|full|reached|violation)",
        @"exceed\w*( \w+){0,3} (quota|storage|allocation|space|capacity)",
        @"(not enough|insufficient|out of|no) (\w+ )?(disk|storage|space)( space| storage)?\b",
        @"mailbox (size )?limit",
        @"too full",
        @"voll\b",
        @"boite.* pleine",
        @"casella.* piena",
        @"buzon.* lleno",
        @"(mail ?box|account|recipient) (\w+ )?over (the )?(maximum|limit|allowed)",
        @"exceeds allowed size",
        @"cannot receive (any )?more (messages|mail)");

    /// <summary>The address is there and takes mail of some only.</summary>
    public static Regex ClosedToUs { get; } = Any(
        @"(only accepts?|only members|members only|subscribers only|closed group|not a member|moderated)",
        @"(permissions?|not allowed|rights) to post",
        @"accept\w* (mail|messages) (only )?from",
        @"requires? that all senders",
        @"restricted (address|recipient|group)",
        @"(rejected|refused|blocked) by (the )?(recipient|user|addressee)",
        @"does ?n[o ]?t accept mail from",
        @"domain filter");

    /// <summary>The mailbox is there and somebody has shut it for now.</summary>
    public static Regex MailboxDisabled { get; } = Any(
        Recipient + @"\b[ :,.\-=]*(\S+ ){0,3}?(is |was |been )?(disabled|deactivated|inactive|suspended|discontinued|frozen|locked|not active|unprovisioned|expired|archived|temporarily unavailable)\b",
        @"\b(disabled|deactivated|inactive|suspended|locked|expired) (user|recipient|account|mail ?box|address)\b",
        @"(account|mailbox|user|recipient) (is )?(currently|temporarily) (suspended|disabled|unavailable|inactive|locked)",
        @"no longer accepts mail",
        @"suspend the service");

    /// <summary>A directory was asked; other lists are asked of senders.</summary>
    public static Regex NotInDirectory { get; } = Any(
        @"not (listed|found) in (the )?(domino|public|address|name|company|corporate)",
        @"not (listed|found) in (the )?(\w+ )?(directory|address book)");

    /// <summary>The name servers gave no answer that says anything of the domain.</summary>
    public static Regex NameServerFailure { get; } = Any(
        @"name ?server reply",
        @"\bservfail\b",
        @"(dns|name ?server)( \w+){0,2} (failure|timeout|timed out|not responding)");

    /// <summary>Words that condemn only beside a code that speaks of addresses.</summary>
    public static Regex AddressRejected { get; } = Any(
        @"(recipient|address|user|mailbox)( \w+)? (rejected|refused)");

    /// <summary>There is no such recipient, or there is none any more.</summary>
    public static Regex NoSuchAddress { get; } = Any(
        @"\b(unknown|no such|unknown or (illegal|invalid|incorrect)|illegal|invalid|non-?exist[ae]nt|undefined|undeliverable|bad destination|incorrect|unbekannter|not an? (valid|known|existing|active|registered)) (\w+ ){0,2}" + Recipient + @"\b",
        @"\bno (valid |known |active |local )?(one|body|mailbox|user|account) (here|found|known|available|by|with|at|for|named|of)\b",
        Recipient + @"\b[ :,.\-=]*(\S+ ){0,5}?(is |was |has |has been |are |have )?(\w+ )?\b" + Gone + @"\b",
        @"(recip|recipient|user|address|mailbox)_?not_?found",
        @"(user|recipient|mailbox|account|address)_?unknown",
        @"doesnt have an? (\S+ )?account",
        @"does not have an? (\S+ )?account",
        @"no (mailbox|mail ?box|account|user|one|body) (here|by) ",
        @"not our (customer|user|client)",
        @"unroute?able address",
        @"no longer (works|employed|with the company|works? (here|for))",
        @"left the (company|organi[sz]ation)",
        @"relocated",
        @"no forwarding address",
        @"bad address",
        @"no such (e-?mail )?(address|person|id|name)",
        @"cannot find (your )?(recipient|user|mailbox)",
        @"couldnt find (the )?(recipient|user|mailbox)",
        @"destinataire inconnu",
        @"nie ma takiego",
        @"recipient (is )?not on",
        @"mailbox (does|did) not",
        @"name not (found|known)");

    /// <summary>The same in sentences, and in the words of other languages.</summary>
    public static Regex NobodyThere { get; } = Any(
        @"name is not recogni[sz]ed",
        @"(recipient|user|address|mailbox|person)( \S+){0,2} (is |was )?not (recogni[sz]ed|in (our|the|this))",
        @"unrecogni[sz]ed (recipient|user|address|mailbox)",
        @"\bunknown local",
        @"(wasnt|was not|couldnt be|could not be|not) found (at|by|in|on)\b",
        @"not found by smtp address lookup",
        @"\bno valid recipients?\b",
        @"not known (here|at this)",
        @"no longer (has|have) (an? )?(account|mailbox)",
        @"nexiste pas",
        @"existiert nicht",
        @"no existe",
        @"non esiste",
        @"не существует",
        @"не наиден",
        @"見つかりません",
        @"不存在",
        @"address has changed",
        @"(user|recipient|mailbox|account) has moved");

    /// <summary>
    /// Whether the words leave no other meaning than that nobody is there. A filter names what it filters by, and then whatever
    /// it says of the recipient proves nothing.
    /// </summary>
    public static bool IsCertain(string words) => Certain.IsMatch(words) && !Spam.IsMatch(words) && !Policy.IsMatch(words);

    /// <summary>A rule of the server's, not a directory, has decided.</summary>
    private static Regex Policy { get; } = Any(
        @"\bpolic(y|ies)\b");

    /// <summary>Nobody says so of a mail who has only looked at what is in it.</summary>
    private static Regex Certain { get; } = Any(
        @"(does|do|did) ?n[o ]?t exist",
        @"(doesnt|does not) have an? ",
        @"no account",
        @"(mail ?box|recipient|user|address)_?not_?found",
        @"mailbox not found",
        @"\b(user|recipient|account|addressee)( is| was)? not found( here| address|[^ \w]|$)",
        @"no such (mail ?box|account|recipient)",
        @"no such user!",
        @"invalid mail ?box",
        @"^(5\d\d[ -])?(5\.\d+\.\d+ )?invalid recipient\b",
        @"non-?exist[ae]nt (mail ?box|account|recipient)",
        @"not found by smtp address lookup",
        @"(wasnt|was not|couldnt be|could not be) found",
        @"no mailbox here",
        @"not an? valid mailbox",
        @"nexiste pas",
        @"unroute?able address",
        @"no such person");

    /// <summary>The domain takes no mail at all (RFC 7505).</summary>
    public static Regex DomainWithoutMail { get; } = Any(
        @"null ?mx",
        @"no mx record",
        @"accepts? no mail",
        @"no mail (service|accepted|hosts?)",
        @"does ?n[o ]?t (accept|receive|handle) (any )?e?-?mail\b",
        @"not accepting network messages");

    /// <summary>There is no such domain, or it takes no mail.</summary>
    public static Regex NoSuchDomain { get; } = Any(
        @"\b(host|domain|hostname|mail server|system)\b( \S+)? (is )?(unknown|not found|does ?n[o ]?t exist|not exist|not reachable|invalid)",
        @"\b(no such|unknown|nonexist[ae]nt|invalid|bad destination) (recipient )?(domain|host|system)",
        @"nxdomain",
        @"bad destination system",
        @"name or service not known",
        @"(domain|host) ?name (is )?(not|un)(found|known| found| known)",
        @"(couldnt|could not|cannot|unable to) (find|resolve|be resolved)( any| the)* (host|domain)",
        @"unroute?able (mail )?domain",
        @"no such host",
        @"non-?exist[ae]nt hosts?",
        @"illegal host",
        @"no data known");

    /// <summary>How Exchange Online says that its directory does not hold the recipient.</summary>
    public static Regex UnknownToExchange { get; } = Any(
        @"recipient address rejected: access denied");

    /// <summary>How Outlook.com says it, behind a code that speaks of the protocol.</summary>
    public static Regex MailboxUnavailable { get; } = Any(
        @"mailbox unavailable");

    /// <summary>The mail is unwanted. Said before the message was seen, it is said of us.</summary>
    public static Regex Spam { get; } = Any(
        "spam",
        "junk",
        "unsolicited",
        @"\b(uce|ube)\b");

    /// <summary>What the message says, or how it is built.</summary>
    public static Regex Content { get; } = Any(
        @"spam",
        @"junk",
        @"unsolicited",
        @"\b(uce|ube)\b",
        @"virus",
        @"malware",
        @"infected",
        @"phish",
        @"\bscam",
        @"content",
        @"attachment",
        @"\bheaders?\b",
        @"subject",
        @"rfc ?-?[25]?(822|2822|5322)",
        @"\bmime\b",
        @"8-?bit",
        @"bare (lf|cr)",
        @"line feed",
        @"media",
        @"(identified|detected|classified|considered|looks|appears) (as|to be|like)",
        @"suspicious",
        @"message (was |is |has been )?(rejected|refused|blocked|not accepted|looks)",
        @"\bscore\b");

    /// <summary>The time to deliver it ran out.</summary>
    public static Regex Expired { get; } = Any(
        @"\bexpired\b",
        @"(queue|in queue|retry|retries|delivery time) (\w+ )?(too long|timeout|exceeded|expired)",
        @"retry (time ?out|time not reached)",
        @"(timed|time) ?out\b",
        @"time exceeded",
        @"too long in (the )?queue",
        @"(unable to|could not|has not been|been unable to) (be )?deliver\w* (in|for|within|after)\b",
        @"gave up after",
        @"delivery attempts");

    /// <summary>Any other mention of the way there.</summary>
    public static Regex AnyRoute { get; } = Any(
        @"connection (refused|reset|dropped|closed|lost|failed|timed)",
        @"lost connection",
        @"unreachable",
        @"no route to host",
        @"(unable|cannot|could not|cant|failed) to? ?(connect|establish)",
        @"name ?server",
        @"dns (error|lookup)",
        @"\b(mail|routing|forwarding)? ?loops?\b",
        @"too many hops",
        @"hop count",
        @"\b(tls|certificate)\b");

    /// <summary>One pattern for many phrases, in time linear to the text: strangers write it.</summary>
    private static Regex Any(params string[] phrases) =>
        new(string.Join('|', phrases), Options | RegexOptions.NonBacktracking);

    [GeneratedRegex(@"[^\s<>""()\[\],;:@]+@[^\s<>""()\[\],;:]+", Options | RegexOptions.NonBacktracking)]
    private static partial Regex Address();

    [GeneratedRegex(@"[\s<>()\[\]""]+", Options | RegexOptions.NonBacktracking)]
    private static partial Regex Blanks();
}
