namespace DigestService.Delivery;

/// <summary>The operator's orders to send mails again, or to let them be: what they would reach, and what they do, the oldest mails first.</summary>
internal static class RetryQueries
{
    // What the operator's orders reach. Where the outbox is spread over several servers, mails are locked on one at a time: the oldest are looked
    // for first, and each bucket's are named then.
    private const string OfThese = "(@ids::bigint[] is null or id = any (@ids)) and (@onlyBucket::smallint is null or bucket = @onlyBucket)";

    private const string Failed = """
        stage = 'failed'
              and message is not null
              and (@day::date is null or digest_on = @day)
        """;

    private const string Unknown = """
        stage in ('doubtful', 'parked')
              and (next_attempt_at is null or expires_at <= @now)
              and next_attempt_at is distinct from 'infinity'
              and (@day::date is null or digest_on = @day)
        """;

    private const string Deferred = """
        stage = 'waiting'
              and state = 'deferred'
              and next_attempt_at > created_at
              and next_attempt_at < 'infinity'
              and (expires_at is null or expires_at > @now)
              and (@day::date is null or digest_on = @day)
        """;

    private const string Parked = """
        stage = 'parked'
              and (@day::date is null or digest_on = @day)
        """;

    // What of each kind and day an order to send again would reach, the oldest first.
    public static readonly string CountFailed = Count("count_failed", Failed);

    public static readonly string CountUnknown = Count("count_unknown", Unknown);

    public static readonly string CountDeferred = Count("count_deferred", Deferred);

    // Due at whatever hour a later run is told it is: the row's own beginning. Its expiry would end it at once. The fence
    // moves on, as the attempts begin anew.
    public static readonly string RetryFailed = Order(
        "retry_failed", "state = 'queued', fence = fence + 1, attempts = 0, faults = 0, next_attempt_at = created_at, expires_at = null, finished_at = null", Failed);

    public static readonly string RetryUnknown = Order("retry_unknown", "next_attempt_at = created_at, expires_at = null", Unknown);

    public static readonly string RetryDeferred = Order("retry_deferred", "next_attempt_at = created_at", Deferred);

    // Nobody is mailed again, for the mail itself goes; the rows keep the reply they had, and a digest among them counts as not arrived.
    public static readonly string DismissUnknown = Order(
        "dismiss_unknown", "state = 'failed', message = null, fragments = null, finished_at = now(), reply = 'The operator let it be.' || coalesce(' Before: ' || reply, '')", Parked);

    // What an order reaches, without a lock.
    public static readonly string ChooseFailed = Choose("choose_failed", Failed);

    public static readonly string ChooseUnknown = Choose("choose_unknown", Unknown);

    public static readonly string ChooseDeferred = Choose("choose_deferred", Deferred);

    public static readonly string ChooseParked = Choose("choose_parked", Parked);

    private static string Count(string name, string which) => $"""
        -- deliveries.{name}
        select kind, digest_on, count(*) as count
        from (
            select kind, digest_on
            from deliveries
            where {which}
            order by id
            limit @limit
        ) chosen
        group by kind, digest_on
        order by digest_on, kind
        """;

    private static string Order(string name, string change, string which) => $"""
        -- deliveries.{name}
        update deliveries
        set {change}
        where (bucket, id) in (
            select bucket, id
            from deliveries
            where {which}
              and {OfThese}
            order by id
            limit @limit
            for update skip locked)
          and (@onlyBucket::smallint is null or bucket = @onlyBucket)
        returning kind, digest_on
        """;

    private static string Choose(string name, string which) => $"""
        -- deliveries.{name}
        select id
        from deliveries
        where {which}
        order by id
        limit @limit
        """;
}
