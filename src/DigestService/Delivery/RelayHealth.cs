using DigestService.Mail;

namespace DigestService.Delivery;

/// <summary>
/// What a relay's answers to mails say about the relay. When it refuses or drops one mail after the other, its breaker
/// opens, and what it refuses from then on is held against the relay and not against the mail.
/// </summary>
/// <remarks>Only a mail that was taken, or an answer that is plainly about one mail, ends the trouble; connecting anew does not.</remarks>
internal sealed class RelayHealth(TimeProvider time)
{
    // A few mails suffice where the words speak of us or say nothing. Dead addresses come in rows after an import, and
    // 4xx have a rate of their own to slow down by, so they need more.
    private const int MostInARow = 5;
    private const int MostDeadInARow = 15;
    private const int MostPutOffInARow = 20;
    private const int FewRecipients = 3;
    private const int BreaksBeforeCaution = 4;
    private const int WindowLength = 50;

    private static readonly TimeSpan LongestWithoutSuccess = TimeSpan.FromMinutes(10);
    // An answer that has closed the relay to everybody is no mail's fault so soon after.
    private static readonly TimeSpan Memory = TimeSpan.FromHours(1);
    private static readonly TimeSpan Acquittal = TimeSpan.FromHours(2);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan LongestPauseForDead = TimeSpan.FromSeconds(20);

    private readonly Lock _lock = new();
    private readonly Queue<string?> _window = new();
    private readonly HashSet<long> _failedInARow = [];
    private readonly HashSet<long> _toTakeBack = [];

    // Answers about addresses that it gave to many and not to all: the addresses are dead indeed.
    private readonly Dictionary<string, long> _distinguished = new(StringComparer.Ordinal);
    private readonly HashSet<string> _recipients = new(StringComparer.Ordinal);

    // Mails that it may take when they come again, because it greylists.
    private readonly HashSet<long> _putOff = [];
    private long _greylistsUntil = long.MinValue;
    private string? _group;
    private int _inARow;
    private long _since;
    private RelayTrouble? _trouble;
    private string? _suspect;
    private long _suspectUntil;
    private RelayTrouble? _recovered;
    private bool _hasAccepted;
    private string? _lastWords;
    private SingleRefusal? _refusal;

    /// <summary>Keeps the relay from being tried with every mail.</summary>
    public CircuitBreaker Breaker { get; } = new(time);

    /// <summary>What the relay answers to everybody at present; null while it works.</summary>
    public RelayTrouble? Trouble
    {
        get
        {
            lock (_lock)
                return _trouble;
        }
    }

    /// <summary>How it answered everybody when a mail was last given to it, in this run or in the one before; null where mails were taken since.</summary>
    public string? Group
    {
        get
        {
            lock (_lock)
                return _trouble?.Group ?? (_suspectUntil == long.MaxValue ? _suspect : null);
        }
    }

    /// <summary>Trouble that has ended and that nobody has written down as ended.</summary>
    public RelayTrouble? Recovered
    {
        get
        {
            lock (_lock)
                return _recovered;
        }
    }

    /// <summary>Mails that were failed before it was known that the relay refuses everybody; they are to be taken back.</summary>
    public long[] ToTakeBack
    {
        get
        {
            lock (_lock)
                return [.. _toTakeBack];
        }
    }

    /// <summary>Whether it has put off everybody and then taken one of these mails: for two hours a 4xx that gives no reason is no trouble when a mail gets it for the first time.</summary>
    public bool Greylists
    {
        get
        {
            lock (_lock)
                return time.GetTimestamp() < _greylistsUntil;
        }
    }

    /// <summary>Mails that it has put off for no reason it gave: one that greylists takes these before any other, and shows by it that it does.</summary>
    public long[] PutOff
    {
        get
        {
            lock (_lock)
                return [.. _putOff];
        }
    }

    /// <summary>Whether every mail it was offered here was refused for a reason that is ours, be they too few to open the Breaker.</summary>
    public string? RefusedAll
    {
        get
        {
            lock (_lock)
                return !_hasAccepted && _inARow > 0 && _group == RelayTrouble.Ours ? _lastWords : null;
        }
    }

    /// <summary>The last mail it refused for a reason that is ours, which nobody has written down; trouble says more.</summary>
    public SingleRefusal? Refusal
    {
        get
        {
            lock (_lock)
                return _trouble is null ? _refusal : null;
        }
    }

    /// <summary>
    /// Takes up what another run found: the first mail is a probe, and the same answer is no mail's fault. One that could not be reached
    /// has answered nothing.
    /// </summary>
    public void Distrust(string group)
    {
        lock (_lock)
        {
            if (group != RelayTrouble.Unreached)
                (_suspect, _suspectUntil) = (group, long.MaxValue);
        }

        Breaker.Distrust();
    }

    /// <summary>
    /// It has given this answer to many and then taken a mail. For two hours addresses that get it are dead, however many in
    /// a row: their mails come again together.
    /// </summary>
    public void Acquit(string group)
    {
        lock (_lock)
            _distinguished[group] = In(Acquittal);
    }

    /// <summary>The relay let us in. That ends trouble in reaching it, and none that its answers to mails have shown.</summary>
    public void Connected()
    {
        lock (_lock)
        {
            if (Group is null)
                Breaker.Succeeded();
        }
    }

    /// <summary>Learns from how a mail went, and says how much of it is the mail's own.</summary>
    public RelayVerdict Note(ClaimedMail mail, SendOutcome outcome)
    {
        lock (_lock)
        {
            if (outcome.Result == SendResult.Accepted)
            {
                Took(mail);
                return RelayVerdict.OfTheMail;
            }

            var answer = RelayAnswer.Of(mail, outcome);
            if (answer.MayBeGreylisting && mail.Attempts == 0 && Greylists)
            {
                Breaker.Abandoned();
                return RelayVerdict.OfTheMail;
            }

            Count(answer.Group);
            if (answer.Group is null)
            {
                // It talks sense about one mail, so it works; a mail it took would prove more.
                Settle();
                return RelayVerdict.OfTheMail;
            }

            Remember(mail, answer);
            var isKnown = answer.Group == _trouble?.Group || answer.Group == Suspect;
            if (_trouble is not null && answer.IsTelling || isKnown && (_trouble is not null || !_hasAccepted) || IsTooMuch(answer))
            {
                _trouble = new RelayTrouble(_trouble?.Group ?? answer.Group, answer.Words, answer.IsTelling);
                (_suspect, _suspectUntil) = (answer.IsTelling ? _trouble.Group : null, In(Memory));
                _toTakeBack.UnionWith(_failedInARow);
                _failedInARow.Clear();
                Breaker.Failed(answer.IsTelling ? LongestPause : LongestPauseForDead);
                return RelayVerdict.OfTheRelay;
            }

            // Breaks prove nothing yet, neither that the relay works nor that it does not.
            if (outcome.Reply is not null)
                Settle();
            else
                Breaker.Abandoned();
            var verdict = answer.IsOfTheSession || isKnown ? RelayVerdict.OfTheRelay
                : answer.Group == RelayTrouble.Broken && _inARow < BreaksBeforeCaution || _hasAccepted && _inARow == 1 ? RelayVerdict.OfTheMail
                : RelayVerdict.Unsure;
            // What waits is not taken back. It may be refused for its own sake later.
            if (outcome.Result == SendResult.RejectedPermanently && DeliveryRules.Fails(mail, outcome, verdict))
                _failedInARow.Add(mail.Id);
            return verdict;
        }
    }

    /// <summary>The end of the last trouble is written down.</summary>
    public void ForgetRecovered()
    {
        lock (_lock)
            _recovered = null;
    }

    /// <summary>This refusal is written down.</summary>
    public void Forget(SingleRefusal refusal)
    {
        lock (_lock)
            _refusal = ReferenceEquals(_refusal, refusal) ? null : _refusal;
    }

    /// <summary>These mails have been taken back.</summary>
    public void TookBack(IEnumerable<long> mails)
    {
        lock (_lock)
            _toTakeBack.ExceptWith(mails);
    }

    /// <summary>The answer that is no mail's fault: what another run found until a mail is taken, and what this one found for an hour.</summary>
    private string? Suspect => time.GetTimestamp() < _suspectUntil ? _suspect : null;

    private long In(TimeSpan span) => time.GetTimestamp() + (long)(span.TotalSeconds * time.TimestampFrequency);

    private bool IsTooMuch(RelayAnswer answer)
    {
        if (!answer.IsTelling && _distinguished.TryGetValue(answer.Group!, out var until) && time.GetTimestamp() < until) // only answers of a group get here
            return false;
        var limit = answer.IsTelling ? answer.IsTemporary ? MostPutOffInARow : MostInARow : MostDeadInARow;
        var isManyInARow = _inARow >= limit && (answer.Group == RelayTrouble.Broken || _recipients.Count >= Math.Min(limit, MostInARow) || _inARow >= 2 * limit);
        var isLong = answer is { IsTelling: true, IsTemporary: false } && _inARow >= FewRecipients && time.GetElapsedTime(_since) >= LongestWithoutSuccess;
        var isHalf = answer is { IsTelling: true, IsTemporary: false } && _window.Count == WindowLength && _window.Count(group => group == answer.Group) >= WindowLength / 2;
        return isManyInARow || isLong || isHalf;
    }

    private void Took(ClaimedMail mail)
    {
        if (_trouble is not null && _putOff.Contains(mail.Id))
            _greylistsUntil = In(Acquittal);
        Recover();
        Count(null);
        _hasAccepted = true;
    }

    private void Remember(ClaimedMail mail, RelayAnswer answer)
    {
        _inARow = answer.Group == _group ? _inARow + 1 : 1;
        if (_inARow == 1)
        {
            (_group, _since) = (answer.Group, time.GetTimestamp());
            _recipients.Clear();
            _failedInARow.Clear();
        }

        if (answer.MayBeGreylisting && mail.Doubts == 0 && _putOff.Count < MostPutOffInARow)
            _putOff.Add(mail.Id);
        _recipients.Add(mail.Recipient);
        _lastWords = answer.Words;
        if (answer.Group == RelayTrouble.Ours)
            _refusal = new SingleRefusal(answer.Words, time.GetTimestamp());
    }

    private void Count(string? group)
    {
        _window.Enqueue(group);
        if (_window.Count > WindowLength)
            _window.Dequeue();
    }

    private void Settle()
    {
        if (_trouble is null)
            Breaker.Succeeded();
        else
            Recover();
    }

    private void Recover()
    {
        if (_trouble is { } past)
        {
            _window.Clear();
            Acquit(past.Group);
            (_recovered, _refusal) = (past, null);
        }

        // What another run found is over as well.
        if (_suspectUntil == long.MaxValue && _suspect is { } found)
        {
            Acquit(found);
            _suspect = null;
        }

        (_group, _inARow, _trouble) = (null, 0, null);
        _failedInARow.Clear();
        _putOff.Clear();
        Breaker.Succeeded();
    }
}

/// <summary>Whose a failed attempt is.</summary>
internal enum RelayVerdict
{
    /// <summary>The mail's own: its state and its attempts follow from it.</summary>
    OfTheMail,

    /// <summary>Nobody knows yet: the relay has taken nothing since.</summary>
    Unsure,

    /// <summary>The relay's, which treats all mails so: this one is not failed, and its attempt does not count.</summary>
    OfTheRelay,
}
