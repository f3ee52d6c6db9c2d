-- Relays that take no mail, as the senders see them, so that every process and every run knows and tells.
create table relay_troubles (
    relay text primary key,
    -- Answers of the same kind; the first mail of a later run is held against the relay if it gets one.
    answers text not null,
    words text not null,
    since timestamptz not null,
    seen_at timestamptz not null,
    ended_at timestamptz,
    -- When the operator was last mailed about it, and whether the mail said that it had begun.
    told_at timestamptz,
    is_told boolean not null default false
);

-- What came of a day's mails, so that a day on which too many bounced condemns nobody. A row each writer, lest senders
-- wait for one another.
create table bounce_days (
    happened_on date not null,
    writer text not null,
    mails bigint not null default 0,
    hard bigint not null default 0,
    primary key (happened_on, writer)
);

-- The operator has looked at a day with too many hard bounces: do they count?
create table bounce_reviews (
    happened_on date primary key,
    counts boolean not null,
    reviewed_at timestamptz not null
);

create index bounces_occurred_on on bounces (occurred_on) where permanent;
create index suppressions_bounced on suppressions (created_at) where reason = 'bounced';
