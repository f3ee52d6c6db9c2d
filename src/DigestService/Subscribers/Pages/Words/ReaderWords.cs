using DigestService.Platform.Layout;

namespace DigestService.Subscribers.Pages.Words;

/// <summary>
/// The words of the pages that are a reader's own in one language, one file a language. A word that is missing in a language
/// does not compile.
/// </summary>
internal sealed record ReaderWords
{
    private static readonly Dictionary<string, ReaderWords> All = new(StringComparer.Ordinal)
    {
        ["en"] = EnglishReader.Words, ["de"] = GermanReader.Words, ["fr"] = FrenchReader.Words, ["es"] = SpanishReader.Words, ["zh"] = ChineseReader.Words,
    };

    /// <summary>The words of a language; English for one that the site does not speak.</summary>
    public static ReaderWords Of(string language) => All.GetValueOrDefault(language) ?? EnglishReader.Words;

    public required string FormTooOld { get; init; }
    public required string TooManySignUps { get; init; }
    public required string ReasonEmpty { get; init; }
    public required Func<int, string> ReasonTooLong { get; init; }
    public required string SignUpTitle { get; init; }
    public required string SignUpLead { get; init; }
    public required string ChooseTopics { get; init; }
    public required string OwnQuery { get; init; }
    public required string OwnQueryHint { get; init; }
    public required string SignUpPromise { get; init; }
    public required string LookTitle { get; init; }
    public required string LookLead { get; init; }
    public required string NotAnAddress { get; init; }
    public required string ConfirmTitle { get; init; }
    public required Func<string, string> ConfirmLead { get; init; }
    public required string ConfirmButton { get; init; }
    public required string SubscribedTitle { get; init; }
    public required string SubscribedLead { get; init; }
    public required string ToPreferences { get; init; }
    public required string VoidTitle { get; init; }
    public required string VoidLead { get; init; }
    public required string MailMeTheLink { get; init; }
    public required string ManageDescription { get; init; }
    public required string ManageLead { get; init; }
    public required string NotYet { get; init; }
    public required string SignUp { get; init; }
    public required string ManageSent { get; init; }
    public required string LeaveTitle { get; init; }
    public required Func<string, string> LeaveLead { get; init; }
    public required string LeaveButton { get; init; }
    public required string LeftTitle { get; init; }
    public required string LeftLead { get; init; }
    public required string SuppressedLead { get; init; }

    /// <summary>The same where mails came back, or the operator put the address on the list.</summary>
    public required string BarredLead { get; init; }
    public required string Undo { get; init; }
    public required string WhyLeave { get; init; }
    public required string Send { get; init; }
    public required string YourData { get; init; }
    public required string Download { get; init; }
    public required string SureErase { get; init; }
    public required string Erase { get; init; }
    public required string BackTitle { get; init; }
    public required string BackLead { get; init; }
    public required string TooLate { get; init; }
    public required string ThanksForReason { get; init; }
    public required string ErasedTitle { get; init; }
    public required string ErasedLead { get; init; }
    public required string NotSubscribedTitle { get; init; }
    public required string NotSubscribedLead { get; init; }
    public required string More { get; init; }
    public required string Less { get; init; }
    public required string SavePaper { get; init; }
    public required string JudgeLead { get; init; }
    public required string SaveLead { get; init; }
    public required string LikedTitle { get; init; }
    public required string LikedLead { get; init; }
    public required string LessTitle { get; init; }
    public required string LessLead { get; init; }
    public required string SavedTitle { get; init; }
    public required string SavedLead { get; init; }
    public required string Done { get; init; }
    public required string OnlyLook { get; init; }
    public required string AlsoInDigest { get; init; }
    public required string YourSaved { get; init; }
    public required string YourPreferences { get; init; }
    public required string WhereAllStands { get; init; }
    public required string SavedPapers { get; init; }
    public required string NoneSaved { get; init; }
    public required string SavedMany { get; init; }
    public required Func<int, string> SavedCount { get; init; }
    public required Func<string, string> CodeSince { get; init; }
    public required Func<string, string> NewVersionOf { get; init; }
    public required string TakeWithYou { get; init; }
    public required string PrivateFeed { get; init; }
    public required string LinkIsYours { get; init; }
    public required string Remove { get; init; }
    public required Func<string, string> RemoveOf { get; init; }
    public required string Removed { get; init; }
    public required string PreferencesByMail { get; init; }
    public required string MoveTitle { get; init; }
    public required Func<string, string> MoveLead { get; init; }
    public required string MoveButton { get; init; }
    public required string MoveAskedTitle { get; init; }
    public required string MoveAskedLead { get; init; }
    public required string BackToPreferences { get; init; }
    public required string EnoughForToday { get; init; }
    public required string Preferences { get; init; }
    public required string YourDigest { get; init; }
    public required string NothingSaved { get; init; }
    public required Func<string, string> ChangedElsewhere { get; init; }
    public required string SeeNext { get; init; }
    public required string LatestDigest { get; init; }
    public required string SendNow { get; init; }
    public required string TopicsHint { get; init; }
    public required string YourTopics { get; init; }
    public required string NoTopics { get; init; }
    public required Func<double, string> ADay { get; init; }
    public required string AllTopics { get; init; }
    public required string FindTopic { get; init; }
    public required string NoTopicFound { get; init; }
    public required Func<string, string> MoreOf { get; init; }
    public required string MoreWord { get; init; }
    public required string OwnQueries { get; init; }
    public required string OwnQueriesHint { get; init; }
    public required Func<int, string> Query { get; init; }
    public required string QueryName { get; init; }
    public required string Try { get; init; }
    public required string Authors { get; init; }
    public required string AuthorsHint { get; init; }
    public required string When { get; init; }
    public required string Hour { get; init; }
    public required string Zone { get; init; }
    public required string UseZone { get; init; }
    public required string DaysWord { get; init; }
    public required string Daily { get; init; }
    public required string Weekdays { get; init; }
    public required string Weekly { get; init; }
    public required string WeeklyOn { get; init; }
    public required string LeftOut { get; init; }
    public required string MutedWords { get; init; }
    public required string MutedWordsHint { get; init; }
    public required string MutedTopics { get; init; }
    public required string HowMuch { get; init; }
    public required string MaxPapers { get; init; }
    public required string Outside { get; init; }
    public required string AsUsual { get; init; }
    public required string EmptyDay { get; init; }
    public required string EmptyUsual { get; init; }
    public required string EmptySkip { get; init; }
    public required string EmptyTrending { get; init; }
    public required string EmptyNote { get; init; }
    public required string MailLanguage { get; init; }
    public required string InShort { get; init; }
    public required string InShortHint { get; init; }
    public required string Save { get; init; }
    public required string Pause { get; init; }
    public required string ResumeNow { get; init; }
    public required string PauseUntil { get; init; }
    public required string PauseHint { get; init; }
    public required string PauseButton { get; init; }
    public required string PauseFault { get; init; }

    /// <summary>Says that a date may be either of two days, and was not guessed.</summary>
    public required Func<string, string, string> PauseOnTwoDays { get; init; }
    public required Func<string, string> ListLead { get; init; }
    public required Func<string, string> ListChangedBy { get; init; }
    public required string ListIsChangedByLeader { get; init; }
    public required Func<string, int, string> ListLed { get; init; }
    public required string GoAlone { get; init; }
    public required string WentAlone { get; init; }
    public required string LeaveList { get; init; }
    public required string Learned { get; init; }
    public required string SavedAlso { get; init; }
    public required string NothingLearned { get; init; }
    public required Func<int, string> LatestVerdicts { get; init; }
    public required string AllLearned { get; init; }
    public required Func<int, string> Verdicts { get; init; }
    public required string KindMore { get; init; }
    public required string KindLess { get; init; }
    public required string KindSaved { get; init; }
    public required string Forget { get; init; }
    public required Func<string, string> ForgetOf { get; init; }
    public required string ForgetAll { get; init; }
    public required string Unsubscribe { get; init; }
    public required string ChangeAddress { get; init; }
    public required string NewAddress { get; init; }
    public required string NewAddressHint { get; init; }
    public required string MoveMyDigest { get; init; }
    public required string VoidOrErase { get; init; }
    public required string VoidLinks { get; init; }
    public required string VoidHint { get; init; }
    public required string NextTitle { get; init; }
    public required string NextHint { get; init; }
    public required string NextNone { get; init; }
    public required string NextOutside { get; init; }
    public required string NextFaults { get; init; }
    public required Func<int, string> TriedOne { get; init; }
    public required Func<int, int, double, string> Tried { get; init; }
    public required Func<int, int, string> TriedSummary { get; init; }
    public required Func<int, string> NothingListed { get; init; }
    public required Func<int, string> TooBroad { get; init; }
    public required string TooNarrow { get; init; }
    public required Func<int, string> NoMatch { get; init; }
    public required string CloseBy { get; init; }
    public required Func<string, string> WordsToAdd { get; init; }
    public required string PausedUntilResumed { get; init; }
    public required Func<string, string> PausedNext { get; init; }
    public required Func<string, string> NextComes { get; init; }
    public required string Confirmed { get; init; }
    public required string Saved { get; init; }
    public required string KeptOnce { get; init; }
    public required string SaveFirst { get; init; }
    public required string Paused { get; init; }
    public required string Resumed { get; init; }
    public required string Forgotten { get; init; }
    public required string Moved { get; init; }
    public required string Voided { get; init; }
    public required string OnItsWay { get; init; }
    public required string TodayPaused { get; init; }
    public required string Barred { get; init; }
    public required string SentToday { get; init; }

    // A number by mail whose paper was hidden, or that no paper of the digest has.
    public required string PaperGone { get; init; }
    public required string NoNumbers { get; init; }
    public required Func<int, string> Numbers { get; init; }
    public required Func<string, string> FieldName { get; init; }
    public required Func<string, string> BadZone { get; init; }
    public required Func<string, string> BadHour { get; init; }
    public required Func<string, string, string> NoneOf { get; init; }
    public required Func<string, int, int, string> NotNumber { get; init; }
    public required Func<int, string> TooManyMuted { get; init; }
    public required Func<string, string> OddMuted { get; init; }
    public required Func<string, string> BothTopic { get; init; }
    public required Func<string, string> NoTopic { get; init; }
    public required Func<int, string> TooManyTopics { get; init; }
    public required Func<int, string> TooManyQueries { get; init; }
    public required Func<int, string> TooManyAuthors { get; init; }
    public required string BothQuery { get; init; }
    public required Func<string, string> BadName { get; init; }
    public required string LongQueryName { get; init; }
    public required string StartTitle { get; init; }
    public required string StartFits { get; init; }
    public required string StartLead { get; init; }
    public required string StartField { get; init; }
    public required string StartHint { get; init; }
    public required string StartFind { get; init; }
    public required string StartEmpty { get; init; }
    public required Func<int, string> StartTooLong { get; init; }
    public required Func<int, int, string> StartCut { get; init; }
    public required string StartMissing { get; init; }
    public required Func<int, string> StartMore { get; init; }
    public required string StartNone { get; init; }
    public required string StartNothingNew { get; init; }
    public required string StartLikes { get; init; }
    public required Func<int, string> StartCount { get; init; }
    public required string StartTake { get; init; }
    public required string StartOthers { get; init; }
    public required string Started { get; init; }
}
