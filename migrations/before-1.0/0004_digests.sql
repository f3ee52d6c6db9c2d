-- One digest a subscriber and nominal local day, and why it held what it held.

create table digests (
    subscriber_id bigint not null references subscribers (id) on delete cascade,
    digest_on date not null,
    due_at timestamptz not null,
    outcome text not null check (outcome in ('planned', 'queued', 'empty', 'skipped', 'suppressed', 'expired')),
    reasons jsonb not null default '[]',
    candidates integer not null default 0,
    cut jsonb not null default '[]',
    delivery_id bigint,
    planned_at timestamptz not null,
    composed_at timestamptz,
    primary key (subscriber_id, digest_on)
);

create index digests_planned on digests (due_at) where outcome = 'planned';

create table digest_items (
    subscriber_id bigint not null,
    digest_on date not null,
    position smallint not null check (position > 0),
    paper_id bigint not null,
    score real not null,
    section text not null,
    reasons jsonb not null,
    primary key (subscriber_id, digest_on, position)
) partition by range (digest_on);

create table digest_items_default partition of digest_items default;
