-- What the catalogue remembers: merged papers, the days of a source that were read, when votes were last seen.

-- A merged paper's number leads to the paper that stayed, for as long as mails with its address are out.
create table merged_papers (
    merged_id bigint primary key,
    paper_id bigint not null references papers (id) on delete cascade,
    merged_at timestamptz not null
);

create index merged_papers_paper_id on merged_papers (paper_id);

-- Merging moves what readers said and saw of one paper: it looks them up by the paper.
create index if not exists feedback_paper_id on feedback (paper_id);
create index if not exists seen_papers_paper_id on seen_papers (paper_id);
create index if not exists digest_items_paper_id on digest_items (paper_id);

-- An observation equal to the one before it is no new row: it moves the end of that one.
alter table votes add column seen_until timestamptz;

-- As of when somebody last said that a paper was withdrawn, or that it is back.
alter table papers add column withdrawal_as_of timestamptz;
update papers set withdrawal_as_of = withdrawn_at where withdrawn_at is not null;

-- The rows of one run belong together (run_id is the first one's id); part tells the kinds and pages of answers apart.
alter table source_runs
    add column run_id bigint,
    add column part text not null default '';
create index source_runs_source_run on source_runs (source, (coalesce(run_id, id)));

-- When each day of a source was last read whole. A day without a row, or read before it was over, is missing.
create table source_days (
    source text not null,
    day date not null,
    read_at timestamptz not null,
    primary key (source, day)
);

insert into source_days (source, day, read_at)
select source, listed_on, greatest(max(finished_at), case when listed_on < current_date then (listed_on + 1)::timestamp at time zone 'UTC' end)
from source_runs
where outcome in ('done', 'quiet', 'suspect') and listed_on is not null and finished_at is not null
group by source, listed_on;

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

-- Order is no popularity: only lists that rank their papers give a place.
alter table listing_entries alter column position drop not null;
update listing_entries
set position = null
from listings
where listings.id = listing_id and listings.source not in ('huggingface', 'listing', 'demo');
