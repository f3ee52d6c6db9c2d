using DigestService.Platform;

namespace DigestService.Tests.Delivery;

/// <summary>Subscribers in a given state, without the ways that lead there.</summary>
internal static class TestSubscribers
{
    public static async Task<IReadOnlyList<long>> AddAsync(Database database, params string[] states) =>
        await database.QueryAsync<long>(
            """
            insert into subscribers (address, address_key, state, next_due_at, next_due_on, created_at)
            select 'reader' || n || '@mail.example', 'reader' || n || '@mail.example', state,
                   case when state = 'active' then '2026-03-03 07:00Z'::timestamptz end, case when state = 'active' then '2026-03-03'::date end, '2026-03-01Z'
            from unnest(@states) with ordinality as s (state, n)
            order by n
            returning id
            """,
            new { states },
            CancellationToken.None);
}
