using NodaTime;

namespace DigestService.Mails.Languages;

/// <summary>English, with the dates of its non-American half.</summary>
internal sealed class English : Language
{
    private static readonly string[] Weekdays = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

    private static readonly string[] Months =
        ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

    public override string Tag => "en";
    public override string Name => "English";
    protected override string Thousands => ",";

    public override string Day(LocalDate day) => $"{Weekdays[(int)day.DayOfWeek - 1]}, {ShortDay(day)}";
    public override string ShortDay(LocalDate day) => $"{day.Day} {Months[day.Month - 1]}";
    public override string Moment(LocalDateTime moment) => $"{Day(moment.Date)} at {moment.Hour:00}:{moment.Minute:00}";

    public override string List(IReadOnlyList<string> items) =>
        items.Count < 2 ? string.Concat(items) : $"{string.Join(", ", items.SkipLast(1))} and {items[^1]}";

    public override string AndMore(string these, int more) => $"{these} and {Number(more)} more";
    public override string Papers(int count) => count == 1 ? "1 paper" : $"{Number(count)} papers";
    public override string Upvotes(int count) => count == 1 ? "1 upvote" : $"{Number(count)} upvotes";
    public override string UpvotesGained(int count) => $"+{Number(count)} since yesterday";

    public override string DigestSubject(string topTitle, int others) =>
        others == 0 ? $"1 paper: {topTitle}" : $"{topTitle} and {Number(others)} more {(others == 1 ? "paper" : "papers")}";

    public override string QuietSubject(LocalDate day) => $"Nothing new on your topics, {Day(day)}";
    public override string DigestHeading(LocalDate day) => $"Your papers for {Day(day)}";
    public override string SharedHeading(LocalDate day) => $"Papers for {Day(day)}";
    public override string SharedSummary(int papers) => $"{Papers(papers)} from a digest that was passed on.";

    public override string Summary(DigestSummary summary, DigestSpan span)
    {
        var parts = summary.Topics.Select(topic => $"{Number(topic.Papers)} on {topic.Topic}").ToList();
        if (summary.MoreTopics > 0)
            parts.Add($"{Number(summary.OnMoreTopics)} on {(summary.MoreTopics == 1 ? "one more topic" : $"{Number(summary.MoreTopics)} more topics")}");
        if (summary.ByFollowed > 0)
            parts.Add($"{Number(summary.ByFollowed)} by authors you follow");
        if (summary.Others > 0)
            parts.Add($"{Number(summary.Others)} {(summary.NamesNone ? "" : "more ")}for you");
        if (summary.Outside > 0)
            parts.Add($"{Number(summary.Outside)} trending elsewhere");
        var total = $"{Papers(summary.Papers)} {Within(span)}";
        return parts is [var all] && (summary.Others == 0 || summary.NamesNone) ? $"{total}{all[Number(summary.Papers).Length..]}." : $"{total}: {List(parts)}.";
    }

    public override string SummaryOfTrending(int papers, DigestSpan span) =>
        papers == 1 ? $"The paper most talked about {Within(span)}." : $"The {Papers(papers)} most talked about {Within(span)}.";

    public override string SummaryOfNewest(int papers) => papers == 1 ? "The newest paper." : $"The {Number(papers)} newest papers.";

    public override string FirstDigest =>
        "Welcome, this is your first digest. Under each paper you can ask for more or less of its kind; the next digest listens.";

    public override string Missed(LocalDate lastDigestOn, LocalDate since, int papers) =>
        $"Good to have you back. Your last digest came on {ShortDay(lastDigestOn)}. Since {ShortDay(since)} " + (papers == 0
            ? "nothing on your topics had to be left out."
            : $"your topics brought {Number(papers)} more {(papers == 1 ? "paper" : "papers")} than fit here.");

    public override string QuietDay => "We looked through everything that was listed, and nothing new was on your topics. Enjoy the quiet; we keep looking.";
    public override string QuietDayTrending(DigestSpan span) => $"Nothing new was on your topics {Within(span)}, so here is what others are reading.";
    public override string OnYourTopics => "On your topics";
    public override string MoreForYou => "More for you";
    public override string OutsideYourTopics => "Trending outside your topics";
    public override string TrendingNow => "Trending now";
    public override string Newest => "The newest";

    public override string LeftOut(int papers) =>
        papers == 1 ? "One more paper had no room in this mail: read it in the browser." : $"{Number(papers)} more papers had no room in this mail: read them in the browser.";

    public override string NewsOfSaved => "News of papers you saved";
    public override string HasCodeNow => "has code now";
    public override string HasNewVersion => "has a new version";
    public override string AndMoreNews(int papers) => $"and {Number(papers)} more";

    public override string Why => "Why";
    public override string InShort => "In short (written by a machine)";
    public override string NoAbstract => "No abstract yet.";
    public override string PaperLink => "Paper";
    public override string PdfLink => "PDF";
    public override string CodeLink => "Code";
    public override string ProjectLink => "Project page";
    public override string MoreLikeThis => "More like this";
    public override string LessLikeThis => "Less like this";
    public override string Save => "Save";
    protected override string Matched(string topic, IReadOnlyList<string> terms) =>
        terms.Count == 0 ? $"on your topic {topic}" : $"on your topic {topic} ({string.Join(", ", terms)})";

    protected override string Near(string topic, IReadOnlyList<string> terms) => $"close to your topic {topic} ({string.Join(", ", terms)})";

    protected override string Close(string quotedTopic, string quotedSentence) => $"close in meaning to {quotedTopic}{(quotedSentence.Length == 0 ? "" : $": {quotedSentence}")}";

    protected override string UpvotedWithin(int count, int hours) =>
        hours <= 0 ? Upvotes(count) : $"{Upvotes(count)} within {(hours == 1 ? "1 hour" : $"{Number(hours)} hours")}";

    protected override string Listed(string? listing, int position, LocalDate? day) =>
        $"number {position} on {(listing is null ? "the" : $"{listing}’s")} list of {(day is { } other ? ShortDay(other) : "the day")}";
    protected override string Resembles(string quotedTitle) => $"similar to {quotedTitle}, which you liked or saved";
    protected override string ByFollowed(string author) => $"by {author}, whom you follow";
    protected override string Outside(DigestSpan span) => $"one of the {(span == DigestSpan.Day ? "day" : "week")}’s biggest outside your topics";
    protected override string FromOutside => "from outside your topics";
    protected override string LikedBySimilar => "liked by readers with your taste";
    protected override string New(DigestSpan span) => $"new {Within(span)}";
    private static string Within(DigestSpan span) => span == DigestSpan.Day ? "today" : "this week";
    public override string Quote(string title) => $"“{title}”";

    public override string WhyYouGetThis(string address, string site) => $"You get this mail because {address} is subscribed to {site}.";
    public override string AsOneOfList(string list) => $"You get it as one of the list {Quote(list)}; leaving ends it for you alone.";
    public override string YourTopics => "Your topics";
    public override string ChangeTopics => "Change topics";
    public override string Pause => "Pause";
    public override string Unsubscribe => "Unsubscribe";
    public override string ViewInBrowser => "View in browser";
    public override string AnswerHint => "Answer this mail to tune the next: “+3 -5” for more like the third paper and less like the fifth, “save 2”, “why 4”, “pause 2 weeks” or “help”.";
    public override string Cite => "Cite these papers";

    public override ServiceWords Service { get; } = new()
    {
        ConfirmSubject = "Please confirm your subscription",
        ConfirmHeading = "One click to go",
        ConfirmText = site => $"Someone, hopefully you, asked {site} to send the day’s most relevant papers to this address. Please confirm that you want them.",
        ConfirmButton = "Confirm subscription",
        ConfirmByAnswer = "Answering this mail, with any text, confirms as well.",
        ConfirmExpiry = days => $"The link works for {days} days.",
        ConfirmNotYou = "If this was not you, ignore this mail: without the click you hear nothing more from us.",
        OwnQueries = count => count == 1 ? "one query of your own" : $"{count} queries of your own",
        AlreadySubject = "You are already subscribed",
        AlreadyHeading = "You are already subscribed",
        AlreadyText = site => $"Someone, hopefully you, entered this address at {site} once more. Nothing has changed: your digests keep coming as before.",
        AlreadyNotYou = "If this was not you, there is nothing to do.",
        WelcomeSubject = site => $"Welcome to {site}",
        WelcomeHeading = "You are in",
        WelcomeText = moment => $"Your first digest comes on {moment}.",
        WelcomeHow = "Every digest holds the few papers that matter most to you, each with the reasons why it was chosen. Topics, hour, days and length are yours to change.",
        PreferencesSubject = "Your link to the preferences",
        PreferencesHeading = "Your preferences",
        PreferencesText = site => $"You asked {site} for the link to your preferences. Here it is.",
        PreferencesButton = "Open preferences",
        PreferencesKeep = "The link is yours alone: whoever has it can change your subscription.",
        PreferencesNotYou = "If you did not ask for it, ignore this mail.",
        AnswerSubject = "What became of your mail",
        AnswerHeading = "What became of your mail",
        AnswerHelp = "You can mail these commands, one a line",
        Commands =
        [
            new("help", "this list"),
            new("preferences", "a link to change everything"),
            new("pause", "no digests until you resume"),
            new("resume", "digests again"),
            new("unsubscribe", "end your subscription, at once"),
            new("subscribe / confirm", "sign up; answer the mail that follows"),
            new("topics", "the topics there are"),
            new("add cs.LG, diffusion-models", "follow a category or a topic; del takes it back"),
            new("query \"retrieval AND agents\"", "a query of your own"),
            new("mute blockchain", "leave papers with that word out"),
            new("start 2512.09363", "papers you like, by ids or links, there or in the lines below: what fits them"),
            new("zone Europe/Berlin · at 07:30", "when it comes; also daily, weekdays, weekly, every Monday"),
            new("max 5 · language de", "how long, and in which language"),
            new("pause 2 weeks", "no digests for that time, or until Monday, until 2026-12-24"),
            new("status", "how your subscription stands"),
            new("today", "today’s digest now"),
            new("+3 -5 · save 2 · why 4", "about the papers of a digest, by number, as an answer to it"),
            new("change new@example.org", "move to another address"),
            new("export · erase", "what we hold on you; forget it"),
        ],
        Outcome = outcome => outcome switch
        {
            CommandOutcome.Help => "The commands are listed below.",
            CommandOutcome.ConfirmationSent => "A mail with a link to confirm is on its way.",
            CommandOutcome.PreferencesSent => "The button below opens your preferences.",
            CommandOutcome.Unsubscribed => "Done: your subscription has ended.",
            CommandOutcome.Paused => "Done: your digests are paused until you resume them.",
            CommandOutcome.Resumed => "Done: digests come again.",
            CommandOutcome.TopicsChanged => "Done: your topics have changed.",
            CommandOutcome.Confirmed => "Done: your subscription begins.",
            CommandOutcome.Changed => "Done.",
            CommandOutcome.Told => "Here it is:",
            CommandOutcome.Noted => "Noted.",
            CommandOutcome.TodayComing => "Today’s digest is on its way.",
            CommandOutcome.TodayHad => "You have had today’s digest already.",
            CommandOutcome.ProofAsked => "A mail to your address asks whether this came from you.",
            CommandOutcome.MoveAsked => "If the new address can take your digest, a mail asks it for its consent.",
            CommandOutcome.Erased => "Done: everything we held on you is erased.",
            CommandOutcome.Refused => "This was not done.",
            CommandOutcome.NotConfirmed => "Your subscription is not confirmed yet, so nothing was changed: answer the confirmation mail, or send “subscribe” for another one.",
            CommandOutcome.NotSubscribed => "This address is not subscribed, so nothing was changed.",
            CommandOutcome.NotRead => "Only so many lines of a mail are read:",
            _ => "This is no command we know.",
        },
        AnswerPlace = line => line == 0 ? "It stands in the subject." : $"It stands in line {line}.",
        AnswerExample = example => $"For example: {example}",
        RequestSubject = "Please confirm what your mail asked for",
        RequestHeading = "Was this you?",
        RequestText = "Mail in your name asked us for what is listed here. Answer this mail, with any text, and it is done. If it was not you, ignore this mail: nothing changes.",
        MoveText = "A reader asked to have their digests sent to this address from now on. Answer this mail, with any text, to agree. If you know nothing of it, ignore this mail: nothing changes.",
        PausedSubject = "Your digests are paused",
        PausedHeading = "Paused",
        PausedText = until => until is null ? "Your digests are paused until you resume them." : $"Your digests are paused until {until}, then they come again by themselves.",
        ResumeButton = "Resume now",
        GoodbyeSubject = "You are unsubscribed",
        GoodbyeHeading = "Goodbye",
        GoodbyeText = site => $"Your subscription to {site} has ended. This is the last mail you get from us.",
        GoodbyeReturn = "Should you miss it, you are welcome to subscribe again",
        AddressSubject = "Please confirm your new address",
        AddressHeading = "Your digest at this address?",
        AddressText = site => $"A reader of {site}, hopefully you, asked to have their digests sent to this address from now on. Please confirm that you want them here.",
        AddressButton = "Yes, send it here",
        MovedSubject = "Your digest goes to another address now",
        MovedHeading = "A new address",
        MovedText = site => $"Your subscription to {site} has moved to another address, and that address has agreed. This is the last mail to this one.",
        MovedNotYou = "If you did not ask for this, you can subscribe again",
    };
}
