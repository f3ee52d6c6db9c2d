-- What cannot be composed is set aside with its reason, and digests that never arrived give their papers back.

-- failed: it could not be made, three times. undelivered: its mail never arrived, so its papers may come again.
alter table digests
    drop constraint digests_outcome_check,
    add constraint digests_outcome_check check (outcome in
        ('planned', 'queued', 'undelivered', 'empty', 'skipped', 'suppressed', 'expired', 'failed')),
    add column attempts smallint not null default 0,
    -- Why the last attempt to make it failed; null once it was made.
    add column fault text,
    -- How many papers were cut for each reason; the papers on the reader's topics stand in "cut", all of them.
    add column cut_counts jsonb not null default '{}';

create index digests_faulty on digests (digest_on) where fault is not null;

-- The nominal days that wait are found by hopping from day to day, however many readers wait for each.
create index digests_planned_days on digests (digest_on, due_at) where outcome = 'planned';

-- A paper or a query that cannot be matched or rendered. After three attempts it is left alone for a week.
create table set_aside (
    kind text not null check (kind in ('paper', 'query')),
    subject_id bigint not null,
    attempts smallint not null default 1 check (attempts > 0),
    reason text not null,
    last_at timestamptz not null,
    primary key (kind, subject_id)
);

-- PostgreSQL's time of day knows 24:00, which is no hour of a day.
update subscribers set send_at = '00:00' where send_at = '24:00';
alter table subscribers add constraint subscribers_send_at_check check (send_at < '24:00');

-- What matching, the rarity of words and taste read of a paper. Votes, links and days do not move it, so that a change of
-- votes makes nobody match or learn anew.
alter table papers add column text_version bigint generated always as (
    hashtextextended(title, 1)
    # hashtextextended(coalesce(abstract, ''), 2)
    # hash_array_extended(authors, 3)
    # hash_array_extended(categories, 4)
    # hashtextextended(coalesce(organization, ''), 5)) stored;

-- The text that was matched against the queries: where it is another, the paper is due, and the index finds it.
alter table papers add column matched_version bigint;
update papers p
set matched_version = p.text_version
from matched_papers m
where m.paper_id = p.id
  and m.paper_updated_at = p.updated_at;
drop table matched_papers;
create index papers_unmatched on papers (id) where matched_version is distinct from text_version;

-- What is due to be matched, without reading every query each minute.
create index queries_matched_at on queries (matched_at);
create index queries_matched_papers on queries (matched_papers);
