-- What happened in each hour, for the operator's pages: counted once from the large tables, then read from here.

create table hourly_counts (
    hour timestamptz not null,
    name text not null,
    count bigint not null check (count >= 0),
    primary key (hour, name)
);

-- Both tables grow in the order of these moments.
create index digests_planned_at on digests using brin (planned_at) with (pages_per_range = 32, autosummarize = on);
create index suppressions_created_at on suppressions using brin (created_at) with (pages_per_range = 32, autosummarize = on);

-- A topic that the operator has edited is theirs: the topics that are shipped no longer overwrite it.
alter table topics add column edited_at timestamptz;
