-- Papers, where they were listed, and how they were received.

create table service_secrets (
    name text primary key,
    value bytea not null
);

-- Titles and abstracts are cleaned for people; the originals are kept where they differ.
create table papers (
    id bigint generated always as identity primary key,
    arxiv_id text unique,
    doi text unique,
    title text not null check (title <> ''),
    abstract text,
    original_title text,
    original_abstract text,
    authors text[] not null default '{}',
    categories text[] not null default '{}',
    organization text,
    url text,
    pdf_url text,
    code_url text,
    project_url text,
    model_url text,
    comment text,
    upvotes integer not null default 0 check (upvotes >= 0),
    upvotes_at timestamptz,
    published_at timestamptz,
    first_listed_on date not null,
    withdrawn_at timestamptz,
    -- Provenance: every source that named the paper, and whose text stands since when.
    sources text[] not null default '{}',
    text_source text,
    text_as_of timestamptz,
    created_at timestamptz not null,
    updated_at timestamptz not null
);

create index papers_first_listed_on on papers (first_listed_on);

-- Every name a work goes by: 'arxiv:2512.09363', 'doi:10.1000/182', 'title:normalised title|first author'
-- (nothing behind the bar where a source names no authors). Octet order, so that a title is also a range of keys.
create table paper_keys (
    key text collate "C" primary key,
    paper_id bigint not null references papers (id) on delete cascade
);

create index paper_keys_paper_id on paper_keys (paper_id);

create table listings (
    id bigint generated always as identity primary key,
    source text not null,
    listed_on date not null,
    imported_at timestamptz not null,
    unique (source, listed_on)
);

create table listing_entries (
    listing_id bigint not null references listings (id) on delete cascade,
    paper_id bigint not null references papers (id) on delete cascade,
    position integer not null check (position > 0),
    upvotes integer check (upvotes >= 0),
    observed_at timestamptz not null default now(),
    primary key (listing_id, paper_id)
);

create index listing_entries_paper_id on listing_entries (paper_id);

create table votes (
    paper_id bigint not null references papers (id) on delete cascade,
    observed_at timestamptz not null,
    upvotes integer not null check (upvotes >= 0),
    primary key (paper_id, observed_at)
);

-- What was asked of a source and what came back: a quiet day and a broken feed look different here.
create table source_runs (
    id bigint generated always as identity primary key,
    source text not null,
    listed_on date,
    asked text,
    started_at timestamptz not null,
    finished_at timestamptz,
    outcome text not null check (outcome in ('running', 'done', 'quiet', 'suspect', 'failed')),
    read integer not null default 0,
    added integer not null default 0,
    updated integer not null default 0,
    duplicates integer not null default 0,
    rejected integer not null default 0,
    newest_on date,
    content_hash bytea,
    detail text
);

create index source_runs_source_day on source_runs (source, listed_on);
create index source_runs_source_started on source_runs (source, started_at);
