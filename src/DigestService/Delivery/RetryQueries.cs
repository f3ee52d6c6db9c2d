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
    public const string CountFailed = $"""
        -- deliveries.count_failed
        select kind, digest_on, count(*) as count
        from (
            select kind, digest_on
            from deliveries
            where {Failed}
            order by id
            limit @limit
        ) chosen
        group by kind, digest_on
        order by digest_on, kind
        """;

    public const string CountUnknown = $"""
        -- deliveries.count_unknown
        select kind, digest_on, count(*) as count
        from (
            select kind, digest_on
            from deliveries
            where {Unknown}
            order by id
            limit @limit
        ) chosen
        group by kind, digest_on
        order by digest_on, kind
        """;

    public const string CountDeferred = $"""
        -- deliveries.count_deferred
        select kind, digest_on, count(*) as count
        from (
            select kind, digest_on
            from deliveries
            where {Deferred}
            order by id
            limit @limit
        ) chosen
        group by kind, digest_on
        order by digest_on, kind
        """;

    // Due at whatever hour a later run is told it is: the row's own beginning. Its expiry would end it at once. The fence
    // moves on, as the attempts begin anew.
    public const string RetryFailed = $"""
        -- deliveries.retry_failed
        update deliveries
        set state = 'queued', fence = fence + 1, attempts = 0, faults = 0, next_attempt_at = created_at, expires_at = null, finished_at = null
        where (bucket, id) in (
            select bucket, id
            from deliveries
            where {Failed}
              and {OfThese}
            order by id
            limit @limit
            for update skip locked)
          and (@onlyBucket::smallint is null or bucket = @onlyBucket)
        returning kind, digest_on
        """;

    public const string RetryUnknown = $"""
        -- deliveries.retry_unknown
        update deliveries
        set next_attempt_at = created_at, expires_at = null
        where (bucket, id) in (
            select bucket, id
            from deliveries
            where {Unknown}
              and {OfThese}
            order by id
            limit @limit
            for update skip locked)
          and (@onlyBucket::smallint is null or bucket = @onlyBucket)
        returning kind, digest_on
        """;

    public const string RetryDeferred = $"""
        -- deliveries.retry_deferred
        update deliveries
        set next_attempt_at = created_at
        where (bucket, id) in (
            select bucket, id
            from deliveries
            where {Deferred}
              and {OfThese}
            order by id
            limit @limit
            for update skip locked)
          and (@onlyBucket::smallint is null or bucket = @onlyBucket)
        returning kind, digest_on
        """;

    // Nobody is mailed again; the rows keep the reply they had, and a digest among them counts as not arrived.
    public const string DismissUnknown = $"""
        -- deliveries.dismiss_unknown
        update deliveries
        set state = 'failed',
            finished_at = now(),
            reply = 'The operator let it be.' || coalesce(' Before: ' || reply, '')
        where (bucket, id) in (
            select bucket, id
            from deliveries
            where {Parked}
              and {OfThese}
            order by id
            limit @limit
            for update skip locked)
          and (@onlyBucket::smallint is null or bucket = @onlyBucket)
        returning kind, digest_on
        """;

    // What an order reaches, without a lock.
    public const string ChooseFailed = $"""
        -- deliveries.choose_failed
        select id
        from deliveries
        where {Failed}
        order by id
        limit @limit
        """;

    public const string ChooseUnknown = $"""
        -- deliveries.choose_unknown
        select id
        from deliveries
        where {Unknown}
        order by id
        limit @limit
        """;

    public const string ChooseDeferred = $"""
        -- deliveries.choose_deferred
        select id
        from deliveries
        where {Deferred}
        order by id
        limit @limit
        """;

    public const string ChooseParked = $"""
        -- deliveries.choose_parked
        select id
        from deliveries
        where {Parked}
        order by id
        limit @limit
        """;
}
