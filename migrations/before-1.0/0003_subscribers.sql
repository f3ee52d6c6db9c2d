-- Readers, what they want and what they thought of it.

create table subscribers (
    id bigint generated always as identity primary key,
    address text not null,
    address_key text not null unique,
    state text not null check (state in ('pending', 'active', 'paused', 'unsubscribed', 'suppressed')),
    language text not null default 'en',
    zone text not null default 'UTC',
    send_at time not null default '07:00',
    frequency text not null default 'daily' check (frequency in ('daily', 'weekdays', 'weekly')),
    weekly_on smallint not null default 1 check (weekly_on between 1 and 7),
    max_items smallint not null default 10 check (max_items between 1 and 50),
    outside_topics smallint check (outside_topics between 0 and 20),
    empty_day text check (empty_day in ('skip', 'trending', 'note')),
    muted_words text[] not null default '{}',
    paused_until date,
    next_due_at timestamptz,
    next_due_on date,
    last_digest_on date,
    link_version integer not null default 1,
    consent jsonb not null default '{}',
    -- Mails that answered a sign-up with this address since it was last confirmed, and when the latest went out:
    -- each one makes the wait for the next longer, so that nobody can fill a stranger's inbox through the form.
    sign_up_mails integer not null default 0,
    sign_up_mailed_at timestamptz,
    created_at timestamptz not null,
    confirmed_at timestamptz,
    ended_at timestamptz,
    check (state <> 'active' or next_due_at is not null),
    check ((next_due_at is null) = (next_due_on is null)),
    -- A pause with a day has its first digest after it already due; one without waits for the reader.
    check (state <> 'paused' or (paused_until is null) = (next_due_at is null))
);

create index subscribers_due on subscribers (next_due_at) where state in ('active', 'paused');

-- A topic of the catalogue, or a query of the reader's own (topic_id is null).
create table preferences (
    subscriber_id bigint not null references subscribers (id) on delete cascade,
    query_id bigint not null references queries (id),
    topic_id bigint references topics (id),
    text text,
    weight real not null default 1 check (weight > 0 and weight <= 5),
    muted boolean not null default false,
    primary key (subscriber_id, query_id),
    check ((topic_id is null) <> (text is null))
);

create index preferences_query_id on preferences (query_id);

-- What a reader thought of a paper: at most one verdict (like or less), and saved or not.
create table feedback (
    subscriber_id bigint not null references subscribers (id) on delete cascade,
    paper_id bigint not null references papers (id) on delete cascade,
    kind text not null check (kind in ('like', 'less', 'save')),
    given_from text not null check (given_from in ('mail', 'web', 'api', 'operator')),
    given_at timestamptz not null,
    primary key (subscriber_id, paper_id, kind)
);

-- The memory of what a person was sent: one row a paper, kept apart from the digests and longer than them.
create table seen_papers (
    subscriber_id bigint not null references subscribers (id) on delete cascade,
    paper_id bigint not null,
    primary key (subscriber_id, paper_id)
);
