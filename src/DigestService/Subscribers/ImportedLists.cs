using NodaTime;

namespace DigestService.Subscribers;

/// <summary>The lists that the lines of one batch name: who leads them, and what a line may say of them.</summary>
internal sealed class ImportedLists(Dictionary<string, Subscriber> leaders, bool unconfirmed, Instant now)
{
    private readonly HashSet<string> _refused = new(StringComparer.Ordinal);

    /// <summary>Notes that a line was not taken: with it go the settings that it brought to a list nobody is on yet.</summary>
    public void Refuse(string? name, SettingsChange change)
    {
        if (name is not null && IsNew(name) && change != SettingsChange.None)
            _refused.Add(SubscriberLists.Key(name));
    }

    /// <summary>Whether nobody is on the list yet.</summary>
    public bool IsNew(string name) => !leaders.ContainsKey(SubscriberLists.Key(name));

    /// <summary>The reader who leads a list that was just made.</summary>
    public Subscriber Lead(string name, Subscriber reader, long list) =>
        leaders[SubscriberLists.Key(name)] = reader with { ListId = list, LeaderId = reader.Id, ListName = name };

    /// <summary>Why a line is not taken; null for one that is.</summary>
    public string? WhyNot(string? name, SettingsChange change, Subscriber reader)
    {
        if (name is null)
            return reader.FollowsList && change != SettingsChange.None
                ? $"{reader.Address} gets the digest of the list {reader.ListName}, which has its settings from whoever leads it."
                : null;
        var leader = leaders.GetValueOrDefault(SubscriberLists.Key(name));
        if (reader.ListId is not null && reader.ListId != leader?.ListId)
            return $"{reader.Address} is of the list {reader.ListName}.";
        if (leader is null && change == SettingsChange.None && _refused.Contains(SubscriberLists.Key(name)))
            return $"The list {name} was not made: the address that brings its settings was refused.";
        if (leader is null || leader.Id == reader.Id)
            return null;
        if (change != SettingsChange.None)
            return $"The list {leader.ListName} has its settings from {leader.Address}: name none for another address.";
        return unconfirmed && reader.ListId is null && (reader.IsConfirmed || reader.AwaitsConfirmation(now))
            ? $"{reader.Address} has a digest of their own; with their consent on record they are taken over as confirmed."
            : null;
    }

    /// <summary>The settings that a line that is taken brings its reader.</summary>
    public SettingsChange ChangeOf(string? name, SettingsChange change, Subscriber reader)
    {
        if (name is null || !leaders.TryGetValue(SubscriberLists.Key(name), out var leader) || leader.Id == reader.Id)
            return reader.ListId is null ? change : change with { ListId = reader.ListId };
        return reader.ListId is not null && reader.IsConfirmed ? SettingsChange.None : SubscriberLists.SettingsOf(leader);
    }
}
