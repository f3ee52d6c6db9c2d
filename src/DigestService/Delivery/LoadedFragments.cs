using System.Collections.Concurrent;
using DigestService.Platform;

namespace DigestService.Delivery;

/// <summary>Fragments as they are read for sending, kept for the mails that follow.</summary>
internal sealed class LoadedFragments(Database database)
{
    // Some 8 kB each: the papers of some days in every language.
    private const int Capacity = 4000;

    private readonly ConcurrentDictionary<long, MailFragment> _fragments = new();

    /// <summary>
    /// The fragments of a recipe, in its order; null where one is gone or is not what its hash says. Ask
    /// <see cref="LoadAsync"/> first.
    /// </summary>
    public IReadOnlyList<MailFragment>? Find(long[] ids)
    {
        var found = new MailFragment[ids.Length];
        for (var i = 0; i < ids.Length; i++)
        {
            if (!_fragments.TryGetValue(ids[i], out var fragment))
                return null;
            found[i] = fragment;
        }

        return found;
    }

    /// <summary>Reads those that are not here yet.</summary>
    public async Task LoadAsync(IEnumerable<long> ids, CancellationToken ct)
    {
        if (_fragments.Count > Capacity)
            _fragments.Clear();
        var missing = ids.Where(id => !_fragments.ContainsKey(id)).Distinct().ToArray();
        if (missing.Length == 0)
            return;
        foreach (var row in await database.QueryAsync<FragmentRow>(FragmentQueries.Read, new { ids = missing }, ct))
            if (MailFragment.TryRead(row.Octets, row.Hash, out var fragment))
                _fragments[row.Id] = fragment;
    }

    /// <summary>Forgets all: behind their ids there may be other fragments now, in a database that was set back.</summary>
    public void Clear() => _fragments.Clear();
}
