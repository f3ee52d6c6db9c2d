-- Topics are named queries; every distinct query is matched once, however many readers follow it.

create table queries (
    id bigint generated always as identity primary key,
    canonical text not null unique,
    created_at timestamptz not null,
    -- When it was matched against the papers that were there before it; new papers find it by themselves.
    matched_at timestamptz
);

create index queries_unmatched on queries (id) where matched_at is null;

create table topics (
    id bigint generated always as identity primary key,
    slug text not null unique,
    name text not null,
    topic_group text not null,
    description text not null,
    query_id bigint not null references queries (id)
);

create table topic_matches (
    query_id bigint not null references queries (id) on delete cascade,
    paper_id bigint not null references papers (id) on delete cascade,
    relevance real not null check (relevance > 0),
    terms text[] not null default '{}',
    primary key (query_id, paper_id)
);

create index topic_matches_paper_id on topic_matches (paper_id);

-- Which state of each paper was matched against the queries: a paper without a row, or changed since, is due.
create table matched_papers (
    paper_id bigint primary key references papers (id) on delete cascade,
    paper_updated_at timestamptz not null
);
