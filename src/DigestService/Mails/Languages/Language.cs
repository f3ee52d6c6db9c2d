using System.Globalization;
using DigestService.Relevance;
using NodaTime;

namespace DigestService.Mails.Languages;

/// <summary>
/// Every word a mail says in one language, one file a language. Plurals, dates and numbers are code rather than
/// data: a sentence missing in a language does not compile, and no version of a locale library can change a byte.
/// </summary>
internal abstract class Language
{
    private const int LongestQuotedSentence = 180;
    private const int MostPapersInSubject = 100;

    /// <summary>The languages we speak, English first.</summary>
    public static readonly IReadOnlyList<Language> All = [new English(), new German(), new French(), new Spanish(), new Chinese()];

    private static readonly Lazy<IReadOnlyList<string[]>> SubjectParts = new(
        () => [.. All.SelectMany(language => Enumerable.Range(0, MostPapersInSubject), (language, others) => language.DigestSubject("\n", others).Split('\n'))]);

    /// <summary>The language of a tag such as <c>de-AT</c>; English where we do not speak it.</summary>
    public static Language Of(string? tag)
    {
        var primary = tag.AsSpan();
        var dash = primary.IndexOfAny('-', '_');
        if (dash > 0)
            primary = primary[..dash];
        foreach (var language in All)
        {
            if (primary.Equals(language.Tag, StringComparison.OrdinalIgnoreCase))
                return language;
        }

        return All[0];
    }

    /// <summary>The tag by which readers choose it.</summary>
    public abstract string Tag { get; }

    /// <summary>BCP 47 tag, for the <c>lang</c> of the page.</summary>
    public virtual string PageTag => Tag;

    /// <summary>What the language calls itself.</summary>
    public abstract string Name { get; }

    /// <summary>A whole number with the language's thousands.</summary>
    public string Number(int number)
    {
        var digits = Math.Abs(number).ToString(CultureInfo.InvariantCulture);
        for (var position = digits.Length - 3; position > 0 && digits.Length >= GroupFrom; position -= 3)
            digits = digits.Insert(position, Thousands);
        return number < 0 ? "−" + digits : digits;
    }

    /// <summary>Weekday, day and month.</summary>
    public abstract string Day(LocalDate day);

    /// <summary>Day and month, within a sentence that speaks of the past or the future.</summary>
    public abstract string ShortDay(LocalDate day);

    /// <summary>Day and hour on the reader's own clock.</summary>
    public abstract string Moment(LocalDateTime moment);

    /// <summary>Things in a row: <c>a, b and c</c>.</summary>
    public abstract string List(IReadOnlyList<string> items);

    /// <summary>The first <paramref name="most"/> of the things, then how many more there are.</summary>
    public string ListAtMost(IReadOnlyList<string> items, int most) =>
        items.Count <= most ? List(items) : AndMore(string.Join(Comma, items.Take(most)), items.Count - most);

    /// <summary>Names joined, then how many more authors there are.</summary>
    public string Authors(IReadOnlyList<string> names, int most) =>
        names.Count <= most + 1
            ? string.Join(AuthorComma, names)
            : AndMoreAuthors(string.Join(AuthorComma, names.Take(most)), names.Count - most);

    /// <summary><c>…, and 4 more</c>.</summary>
    public abstract string AndMore(string these, int more);

    /// <summary>The same of people.</summary>
    protected virtual string AndMoreAuthors(string these, int more) => AndMore(these, more);

    /// <summary>So many papers.</summary>
    public abstract string Papers(int count);

    /// <summary>So many upvotes.</summary>
    public abstract string Upvotes(int count);

    /// <summary>How many upvotes came in the last day, as an aside.</summary>
    public abstract string UpvotesGained(int count);

    /// <summary>Whole sentences after each other.</summary>
    public virtual string Sentences(string first, string second) => $"{first} {second}";

    /// <summary>A label followed by what it labels.</summary>
    public virtual string Labelled(string label, string value) => $"{label}: {value}";

    /// <summary>The same before an address of the web, in plain text.</summary>
    public virtual string LabelledLink(string label, string url) => Labelled(label, url);

    // The digest.

    /// <summary>Subject: the top title, and how many papers stand beside it.</summary>
    public abstract string DigestSubject(string topTitle, int others);

    /// <summary>Whether a subject is that of a digest in any of our languages, so that it holds a paper's title and nobody's own words.</summary>
    public static bool IsDigestSubject(string subject) =>
        SubjectParts.Value.Any(parts => parts is [var before, var after] && subject.Length > before.Length + after.Length
            && subject.StartsWith(before, StringComparison.Ordinal) && subject.EndsWith(after, StringComparison.Ordinal));

    /// <summary>Subject of a note on a day without news.</summary>
    public abstract string QuietSubject(LocalDate day);

    /// <summary>Headline of a digest.</summary>
    public abstract string DigestHeading(LocalDate day);

    /// <summary>Headline of a digest that a reader has passed on.</summary>
    public abstract string SharedHeading(LocalDate day);

    /// <summary>Says that the papers below come from a digest that was passed on.</summary>
    public abstract string SharedSummary(int papers);

    /// <summary>The digest in one line.</summary>
    public abstract string Summary(DigestSummary summary, DigestSpan span);

    /// <summary>The digest in one line where the reader has no topics, or none was hit.</summary>
    public abstract string SummaryOfTrending(int papers, DigestSpan span);

    /// <summary>The digest in one line where nothing tells what is trending, so that a reader without topics gets the newest.</summary>
    public abstract string SummaryOfNewest(int papers);

    /// <summary>Greets the reader of a first digest.</summary>
    public abstract string FirstDigest { get; }

    /// <summary>Says, after a break, since which day the topics were looked at and how many of their papers found no room.</summary>
    public abstract string Missed(LocalDate lastDigestOn, LocalDate since, int papers);

    /// <summary>A day without news, in place of papers.</summary>
    public abstract string QuietDay { get; }

    /// <summary>A day without news, before papers that are trending.</summary>
    public abstract string QuietDayTrending(DigestSpan span);

    /// <summary>Heading over papers of the reader's topics, where they are not grouped.</summary>
    public abstract string OnYourTopics { get; }

    /// <summary>Heading over papers that belong to no single topic, after groups that do.</summary>
    public abstract string MoreForYou { get; }

    /// <summary>Heading over papers from outside the reader's topics.</summary>
    public abstract string OutsideYourTopics { get; }

    /// <summary>Heading over trending papers for a reader without topics.</summary>
    public abstract string TrendingNow { get; }

    /// <summary>Heading over the newest papers, where nothing tells what is trending.</summary>
    public abstract string Newest { get; }

    /// <summary>Says that a mail had no room for the rest.</summary>
    public abstract string LeftOut(int papers);

    // News of saved papers.

    /// <summary>Heading over them.</summary>
    public abstract string NewsOfSaved { get; }

    /// <summary>Under a title: the paper has come by its code.</summary>
    public abstract string HasCodeNow { get; }

    /// <summary>Under a title: the paper has a new version.</summary>
    public abstract string HasNewVersion { get; }

    /// <summary>How many papers more have news.</summary>
    public abstract string AndMoreNews(int papers);

    // A paper.

    /// <summary>Label before the reasons.</summary>
    public abstract string Why { get; }

    /// <summary>Stands in for a missing abstract.</summary>
    public abstract string NoAbstract { get; }

    /// <summary>Label before a sentence that a machine wrote in place of the abstract.</summary>
    public abstract string InShort { get; }

    /// <summary>Link to the paper's page.</summary>
    public abstract string PaperLink { get; }

    /// <summary>Link to the PDF.</summary>
    public abstract string PdfLink { get; }

    /// <summary>Link to the code.</summary>
    public abstract string CodeLink { get; }

    /// <summary>Link to the project.</summary>
    public abstract string ProjectLink { get; }

    /// <summary>Action: more papers like this.</summary>
    public abstract string MoreLikeThis { get; }

    /// <summary>Action: fewer papers like this.</summary>
    public abstract string LessLikeThis { get; }

    /// <summary>Action: keep the paper.</summary>
    public abstract string Save { get; }

    // Reasons.

    /// <summary>
    /// A paper's reasons in words, without a capital or a full stop, in a digest that stands for <paramref name="span"/> up to
    /// <paramref name="digestOn"/>. A bare count of upvotes stands beside the authors already; it is said only for want of any other.
    /// </summary>
    public IEnumerable<string> Say(IReadOnlyList<Reason> reasons, LocalDate digestOn, DigestSpan span)
    {
        // Upvotes and a place on a list are reasons where they are notable; without either, on a day with few votes, nobody would call it big.
        var isNoticed = reasons.Any(reason => reason is Upvoted or ListedHigh);
        var worthSaying = reasons.Count > 1 ? reasons.Where(reason => reason is not Upvoted { Hours: <= 0 }) : reasons;
        return worthSaying.Select(reason => reason is BigOutside && !isNoticed ? FromOutside : Say(reason, digestOn, span));
    }

    // The day of a listing is said where it is another.
    private string Say(Reason reason, LocalDate digestOn, DigestSpan span) => reason switch
    {
        MatchedTopic topic => Matched(topic.Topic, topic.Terms),
        NearTopic near => Near(near.Topic, near.Terms),
        CloseInMeaning close => Close(QuoteTopic(CleanText.Line(close.Topic)), close.Sentence.Length == 0 ? "" : QuoteWords(CleanText.Shorten(CleanText.Line(close.Sentence), LongestQuotedSentence))),
        Upvoted upvoted => UpvotedWithin(upvoted.Count, upvoted.Hours),
        ListedHigh listed => Listed(NameOf(listed.Source), listed.Position, listed.ListedOn == digestOn ? null : listed.ListedOn),
        LikeThat like => Resembles(Quote(CleanText.Shorten(CleanText.Line(like.Title), 70))),
        FollowedAuthor author => ByFollowed(CleanText.Line(author.Name)),
        BigOutside => Outside(span),
        LikedAlike => LikedBySimilar,
        NewlyListed => New(span),
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, "A reason without words."),
    };

    /// <summary>It is on a topic; the words of it that were found.</summary>
    protected abstract string Matched(string topic, IReadOnlyList<string> terms);

    /// <summary>It is near to a topic; the words of it that the topic's papers use.</summary>
    protected abstract string Near(string topic, IReadOnlyList<string> terms);

    /// <summary>It is close in meaning to what the reader wrote; the sentence of it that is closest, quoted, or nothing.</summary>
    protected abstract string Close(string quotedTopic, string quotedSentence);

    /// <summary>Upvotes within hours; 0 hours where the age is not known.</summary>
    protected abstract string UpvotedWithin(int count, int hours);

    /// <summary>Its place on a day's listing; a null name for one that has none, a null day for that of the digest.</summary>
    protected abstract string Listed(string? listing, int position, LocalDate? day);

    /// <summary>It resembles a paper the reader liked.</summary>
    protected abstract string Resembles(string quotedTitle);

    /// <summary>It is by an author the reader follows.</summary>
    protected abstract string ByFollowed(string author);

    /// <summary>It is big outside the reader's topics.</summary>
    protected abstract string Outside(DigestSpan span);

    /// <summary>It is outside the reader's topics, and no more can be said of it.</summary>
    protected abstract string FromOutside { get; }

    /// <summary>Readers of similar taste liked it.</summary>
    protected abstract string LikedBySimilar { get; }

    /// <summary>It is new.</summary>
    protected abstract string New(DigestSpan span);

    /// <summary>A title in the language's quotation marks.</summary>
    public abstract string Quote(string title);

    /// <summary>Words or a name in quotation marks; in most languages those of titles.</summary>
    public virtual string QuoteWords(string words) => Quote(words);

    /// <summary>The name of a topic in quotation marks; a query that is its own name may have some already.</summary>
    protected string QuoteTopic(string name) => name.Contains('"', StringComparison.Ordinal) ? name : QuoteWords(name);

    // The footer.

    /// <summary>Says why this mail came.</summary>
    public abstract string WhyYouGetThis(string address, string site);

    /// <summary>Says that several addresses get this digest, of which each leaves alone.</summary>
    public abstract string AsOneOfList(string list);

    /// <summary>Label before the reader's topics.</summary>
    public abstract string YourTopics { get; }

    /// <summary>Link to the preferences.</summary>
    public abstract string ChangeTopics { get; }

    /// <summary>Link to pausing.</summary>
    public abstract string Pause { get; }

    /// <summary>Link to the end.</summary>
    public abstract string Unsubscribe { get; }

    /// <summary>Link to the same digest on the web.</summary>
    public abstract string ViewInBrowser { get; }

    /// <summary>One line that says that answering the digest works, with examples.</summary>
    public abstract string AnswerHint { get; }

    /// <summary>Label before the links to the day's citations.</summary>
    public abstract string Cite { get; }

    // The other mails.

    /// <summary>The words of the mails that are not digests.</summary>
    public abstract ServiceWords Service { get; }

    /// <summary>What stands between the things of a row.</summary>
    protected virtual string Comma => ", ";

    /// <summary>What stands between names of authors.</summary>
    protected virtual string AuthorComma => Comma;

    /// <summary>What stands between thousands.</summary>
    protected abstract string Thousands { get; }

    /// <summary>Digits from which thousands are set apart.</summary>
    protected virtual int GroupFrom => 4;

    private static string? NameOf(string source) =>
        source.Contains("hugging", StringComparison.OrdinalIgnoreCase) || source.StartsWith("hf", StringComparison.OrdinalIgnoreCase)
            ? "Hugging Face"
            : source.Contains("arxiv", StringComparison.OrdinalIgnoreCase) ? "arXiv" : null;
}
