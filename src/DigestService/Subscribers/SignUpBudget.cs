using DigestService.Platform;
using DigestService.Platform.Layout;
using NodaTime;
using Npgsql;

namespace DigestService.Subscribers;

/// <summary>
/// How many mails answer strangers in an hour, in all processes, whichever way they ask. Where the hour's are spent everybody is
/// told so alike, subscribed or not.
/// </summary>
internal sealed class SignUpBudget(SubscribersOptions options)
{
    private static readonly Duration Hour = Duration.FromHours(1);

    /// <summary>Whether this hour's mails are spent.</summary>
    public Task<bool> IsSpentAsync(NpgsqlConnection connection, Instant now, CancellationToken ct) =>
        connection.QuerySingleAsync<bool>(SignUpBudgetQueries.IsSpent, new { hour = HourOf(now), most = options.SignUpMailsAnHour }, ct);

    /// <summary>Counts one mail, in the transaction that writes it.</summary>
    public static Task TakeAsync(NpgsqlConnection connection, Instant now, CancellationToken ct) =>
        connection.ExecuteAsync(SignUpBudgetQueries.Take, new { hour = HourOf(now), before = now - Duration.FromDays(2) }, ct);

    /// <summary>Tells whoever asks in a spent hour in how many seconds the next one begins.</summary>
    public static void AskLater(HttpContext http, Instant now) =>
        SiteLimits.AskLater(http, HourOf(now) + Hour - now);

    private static Instant HourOf(Instant now) => Instant.FromUnixTimeSeconds(now.ToUnixTimeSeconds() / 3600 * 3600);
}

/// <summary>The statements of the bound on sign-ups.</summary>
internal static class SignUpBudgetQueries
{
    public const string IsSpent = """
        -- sign_up_hours.is_spent
        select coalesce((
            select mails
            from sign_up_hours
            where hour = @hour), 0) >= @most
        """;

    public const string Take = """
        -- sign_up_hours.take
        with old as (
            delete from sign_up_hours
            where hour < @before
        )
        insert into sign_up_hours as h (hour, mails)
        values (@hour, 1)
        on conflict (hour) do update
        set mails = h.mails + 1
        """;
}
