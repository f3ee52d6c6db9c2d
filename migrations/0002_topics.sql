-- Topics are named queries; every distinct query is matched once, however many readers follow it.

create table queries (
    id bigint generated always as identity primary key,
    canonical text not null unique,
    created_at timestamptz not null
);

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
