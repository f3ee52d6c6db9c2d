-- What was asked of the sources of papers, and what came back.

-- A quiet day and a broken feed look different here. The rows of one run belong together (run_id is the first one's id); part
-- tells the kinds and pages of answers apart.
create table source_runs (
    id bigint generated always as identity primary key,
    run_id bigint,
    source text not null,
    part text not null default '',
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
create index source_runs_source_run on source_runs (source, (coalesce(run_id, id)));

-- When each day of a source was last read whole. A day without a row, or read before it was over, is missing.
create table source_days (
    source text not null,
    day date not null,
    read_at timestamptz not null,
    primary key (source, day)
);

-- What servers said of their answers: when they may be asked again, and by which marks they know an answer again.
create table source_answers (
    source text not null,
    address text not null,
    etag text,
    last_modified text,
    not_before timestamptz,
    answered_at timestamptz not null,
    primary key (source, address)
);
