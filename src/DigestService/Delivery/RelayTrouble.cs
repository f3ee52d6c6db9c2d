namespace DigestService.Delivery;

/// <summary>What a relay answers to everybody.</summary>
/// <param name="Group">Answers of the same kind.</param>
/// <param name="Words">What it said last.</param>
/// <param name="IsTelling">Whether the words speak of us or of nobody; else they speak of addresses, of which many may be dead.</param>
internal sealed record RelayTrouble(string Group, string Words, bool IsTelling)
{
    /// <summary>The group of all answers that are about us.</summary>
    public const string Ours = "ours";

    /// <summary>Not an answer to everybody: one mail was refused for a reason that is ours.</summary>
    public const string Once = "once";

    /// <summary>No answer to a mail: no connection came about, or none that lets mail through.</summary>
    public const string Unreached = "unreached";

    /// <summary>The group of connections that broke while a mail was under way.</summary>
    public const string Broken = "broken";
}

/// <summary>One mail that was refused for a reason that is ours: the account, the policy, a quota.</summary>
/// <param name="Words">What the relay said, without the recipient.</param>
/// <param name="At">When, on the process's own clock.</param>
internal sealed record SingleRefusal(string Words, long At);
