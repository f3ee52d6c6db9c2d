namespace DigestService.Mails.Languages;

/// <summary>The words of every mail that is not a digest.</summary>
internal sealed record ServiceWords
{
    public required string ConfirmSubject { get; init; }
    public required string ConfirmHeading { get; init; }
    public required Func<string, string> ConfirmText { get; init; }
    public required string ConfirmButton { get; init; }
    public required string ConfirmByAnswer { get; init; }
    public required Func<int, string> ConfirmExpiry { get; init; }
    public required string ConfirmNotYou { get; init; }
    public required Func<int, string> OwnQueries { get; init; }

    public required string AlreadySubject { get; init; }
    public required string AlreadyHeading { get; init; }
    public required Func<string, string> AlreadyText { get; init; }
    public required string AlreadyNotYou { get; init; }

    public required Func<string, string> WelcomeSubject { get; init; }
    public required string WelcomeHeading { get; init; }
    public required Func<string, string> WelcomeText { get; init; }
    public required string WelcomeHow { get; init; }

    public required string PreferencesSubject { get; init; }
    public required string PreferencesHeading { get; init; }
    public required Func<string, string> PreferencesText { get; init; }
    public required string PreferencesButton { get; init; }
    public required string PreferencesKeep { get; init; }
    public required string PreferencesNotYou { get; init; }

    public required string AnswerSubject { get; init; }
    public required string AnswerHeading { get; init; }
    public required string AnswerHelp { get; init; }
    public required IReadOnlyList<KeyValuePair<string, string>> Commands { get; init; }
    public required Func<CommandOutcome, string> Outcome { get; init; }
    public required Func<int, string> AnswerPlace { get; init; }
    public required Func<string, string> AnswerExample { get; init; }

    public required string RequestSubject { get; init; }
    public required string RequestHeading { get; init; }
    public required string RequestText { get; init; }
    public required string MoveText { get; init; }

    public required string PausedSubject { get; init; }
    public required string PausedHeading { get; init; }
    public required Func<string?, string> PausedText { get; init; }
    public required string ResumeButton { get; init; }

    public required string GoodbyeSubject { get; init; }
    public required string GoodbyeHeading { get; init; }
    public required Func<string, string> GoodbyeText { get; init; }
    public required string GoodbyeReturn { get; init; }

    public required string AddressSubject { get; init; }
    public required string AddressHeading { get; init; }
    public required Func<string, string> AddressText { get; init; }
    public required string AddressButton { get; init; }

    public required string MovedSubject { get; init; }
    public required string MovedHeading { get; init; }
    public required Func<string, string> MovedText { get; init; }
    public required string MovedNotYou { get; init; }
}
