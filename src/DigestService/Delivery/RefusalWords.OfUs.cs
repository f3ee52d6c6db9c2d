using System.Text.RegularExpressions;

namespace DigestService.Delivery;

/// <summary>What they say of us: who we are, what we may do, and what is held against us.</summary>
internal static partial class RefusalWords
{
    /// <summary>The relay wants us to log in, or to encrypt first.</summary>
    public static Regex Authentication { get; } = Any(
        @"authentication (is )?(required|needed|failed|failure|unsuccessful|credentials|rejected)",
        @"(must|need to|have to|please|not|isnt|wasnt|without|unless|be) (be )?(properly )?(authenticat|log(ged)? ?in\b|log(ged)? on\b)",
        @"not authenticated",
        @"smtp auth\w*( is)? (required|needed)",
        @"requires? (smtp )?auth(entication|orization)?\b",
        @"(please )?use smtp auth",
        @"bad (user ?name|credentials)",
        @"username and password not accepted",
        @"must issue a starttls",
        @"must use (tls|ssl)",
        @"pop before smtp",
        @"check (your )?mail (first|before)",
        @"relay.* authenticat",
        @"anonymous (senders?|mail)",
        @"^(client )?not logged in");

    /// <summary>A generic security code with these is about the session.</summary>
    public static Regex Login { get; } = Any(
        @"\b(auth\w*|login|log in|starttls|encryption)\b");

    /// <summary>The relay carries no mail of ours to others.</summary>
    public static Regex NoRelaying { get; } = Any(
        @"rcpthosts",
        @"relay(ing)?( access| service| of mail| mail| from| to| through| by| address| for)*( this| your| the| our)?( server| host| domain| network| address| system)?( is| was| has been)? ?(denied|not (permitted|allowed|authori[sz]ed|enabled|supported|accepted)|prohibited|forbidden|disallowed|disabled|rejected|refused|blocked|restricted|attempt)",
        @"(unable|not (permitted|allowed|authori[sz]ed|configured)|refus\w*|permission|cannot|cant|can not|wont|will not|do(es)? ?n[o ]?t|never|not) (to )?relay",
        @"(insecure|open|unauthori[sz]ed|attempted) (mail )?relay",
        @"no (open |third[- ]party )?relay(ing)?\b",
        @"not (a )?(permitted|allowed|authori[sz]ed) relay",
        @"relay (not|only)",
        @"is not (one of )?(our|my) (domains?|relay)",
        @"we do not relay",
        @"domain isnt (in|allowed)",
        @"not (hosted|accepted|served) (here|by this)",
        @"not a (gateway|relay)",
        @"not local.{0,40}gateway");

    /// <summary>A list of links that the message holds one of.</summary>
    public static Regex LinkInMessage { get; } = Any(
        @"\b(url|uri|link|domain in (the )?(body|message))\w*\b.{0,60}\b(listed|black ?list|block ?list|blocked|surbl|uribl)",
        @"\b(surbl|uribl)\b");

    /// <summary>Our host or network is on a list, or has a bad name.</summary>
    public static Regex Reputation { get; } = Any(
        @"(\b|_)(rbl|dnsbl|rhsbl|drbl|dnswl|surbl|uribl|sbl|xbl|pbl|css|bl\.)(\b|_|\d)",
        @"\w*rbl\b",
        @"block[- ]?list",
        @"black[- ]?list",
        @"deny[- ]?list",
        @"spamhaus",
        @"spamcop",
        @"barracuda",
        @"sorbs",
        @"proofpoint",
        @"cloudmark",
        @"sender ?score",
        @"senderbase",
        @"abuseat",
        @"uceprotect",
        @"mailspike",
        @"talos",
        @"sender\.office\.com",
        @"postmaster\.live\.com",
        @"\blisted (in|at|on|by)",
        @"reputation",
        @"banned",
        @"(originating|coming|sent|received|connections?|mail|messages?|traffic) from (your|this|the) (\w+ )?(ip|server|network|host|domain|isp|address range)",
        @"\bip\b.{0,60}(blocked|denied|rejected|refused|not allowed|not accepted|restricted|bad|poor|spam)",
        @"(blocked|denied|rejected|refused|banned)\b.{0,30}\bip\b",
        @"(known|open|suspected) (spam|proxy)",
        @"spam (source|sender|host)",
        @"dynamic (ip|address|dsl|pool)",
        @"dial-?up",
        @"residential",
        @"smtp server of your isp",
        @"\bwe (do not|dont|no longer) accept (any )?(e-?mails?|mails?|messages|connections) from",
        @"not accepting connections");

    /// <summary>How our domain, host name and DNS are set up.</summary>
    public static Regex SenderIdentity { get; } = Any(
        @"\b(spf|dkim|dmarc|arc|ptr|rdns|fcrdns|helo|ehlo)\b",
        @"sender policy framework",
        @"domainkeys",
        @"reverse[- ]?(dns|lookup|map|name)",
        @"name lookup",
        @"client host",
        @"client address",
        @"host ?name\b",
        @"unauthenticated",
        @"authentication (results|checks?)",
        @"(sender|message|mail|e-?mail) (is |was |does |must |did |has )?(not )?(pass\w* )?authenticat",
        @"purported responsible",
        @"dns records?( for)? (your|the sending|sender)",
        @"valid (sender|reverse) (domain|dns)",
        @"mx records?( for)? (your|the sender|sender)");

    /// <summary>Our envelope sender or account.</summary>
    public static Regex OurSender { get; } = Any(
        @"\b(sender|return[- ]?path|originator|from[ :]address|mail[- ]?from|from header|envelope[- ]from)\b.{0,60}(reject|denied|refus|invalid|unknown|not (exist|found|allowed|permitted|owned|accepted|valid|authori|verif|resolv|known)|doesnt exist|does not|block|verif|unroutable|malformed|domain|disabled|suspended|null mx|must|required|mismatch)",
        @"(invalid|unknown|unroute?able|unverified|unresolvable|bad|reject\w*|denied|forged|unauthori[sz]ed|illegal|cannot verify|could not verify|blocked)( \w+){0,2} (sender|return[- ]?path|originator|from[ :]address|mail from)\b",
        @"\bvalid from\b",
        @"\bfrom:? domain",
        @"sender verify",
        @"not owned by",
        @"not (allowed|permitted|authori[sz]ed) to send",
        @"send as",
        @"sendasdenied",
        @"\byour (e-?mail )?(account|mailbox|subscription|plan|service|domain|login|credit)\b",
        @"(account|user|sender|tenant|domain)( \w+){0,4} (suspended|disabled|blocked|restricted|prevented|prohibited|not allowed|limited) (from|to|for) send",
        @"send(ing)? (\w+ )?(is |has been |was )?(disabled|suspended|paused|blocked|not (allowed|enabled))",
        @"sandbox",
        @"not verified",
        @"unverified (address|domain|e-?mail)",
        @"trial",
        @"payment",
        @"billing",
        @"(access|account).{0,20}(paused|suspended) (for|due|because|pending)",
        @"check failed: ");

    /// <summary>As many mails as we may send, in words that are never said of a mailbox: servers put 5.2.2 in front of them.</summary>
    public static Regex OurSendingQuota { get; } = Any(
        @"\b(daily|hourly|monthly|sending|outbound|outgoing|submission) (\w+ ){0,2}(quota|limit|allowance)\b",
        @"\bsender( is)? over ?quota",
        @"\b(quota|limit)( \w+){0,2} for sender\b");

    /// <summary>As many mails as we may send.</summary>
    public static Regex OurQuota { get; } = Any(
        @"\b(daily|hourly|monthly|per (hour|day|minute)|sending|messages?|mails?|sender|outbound|outgoing|submission|rate|recipients?|connections?|tenant|throughput|concurren\w+)\b ?(\w+ ){0,2}(quota|limit|rate|threshold|allowance)\w*\b",
        @"(limit|quota|allowance|threshold)\w* (for|of|on|per|to)( the| your| number of| outgoing| outbound| sent)* ?(messages?|recipients?|e-?mails?|mails?|sending|senders?|accounts?|connections?|hours?|days?)",
        @"too many (messages?|mails?|e-?mails|recipients|connections?|concurrent|sessions|requests|sends|invalid|unknown|errors|bad)",
        @"rate[- ]?limit",
        @"throttl",
        @"too (fast|quickly|frequently|often)",
        @"(exceed\w*|reached|over|hit|above) (the |your |our |its |a |maximum |max )*(\w+ )?(limit|rate|allowance|allotment|maximum (number|rate|recipients|messages|mails))",
        @"maximum (number of )?(\w+ )?(recipients|messages|mails|e-?mails|connections|sends)",
        @"unusual (rate|volume|number|amount)",
        @"excessive (rate|volume|number|connections|messages)",
        @"(insufficient|out of|no more) credits?",
        @"slow down",
        @"per (hour|day|minute)\b");

    /// <summary>Any other mention of relaying.</summary>
    public static Regex AnyRelay { get; } = Any(
        @"\b(relay|gateway|local domains?)");

    /// <summary>Any other mention of what is not allowed.</summary>
    public static Regex AnyPolicy { get; } = Any(
        @"block",
        @"denied",
        @"denies",
        @"not (allowed|permitted|accepted|authori[sz]ed|acceptable)",
        @"prohibit",
        @"forbidden",
        @"polic(y|ies)",
        @"restrict",
        @"limit",
        @"quota",
        @"unauthori[sz]ed",
        @"permission",
        @"administrat",
        @"suspend",
        @"refuse[ds]? (connection|to talk|your)",
        @"not accept",
        @"go away",
        @"closed",
        @"abuse",
        @"security",
        @"whitelist",
        @"allow ?list",
        @"contact (your|the) (isp|postmaster|admin)",
        @"postmaster");
}
