-- One digest a subscriber and nominal local day, and why it held what it held.

create table digests (
    bucket smallint not null,
    subscriber_id bigint not null,
    digest_on date not null,
    due_at timestamptz not null,
    -- failed: it could not be made, three times. undelivered: its mail never arrived, so its papers may come again.
    outcome text not null check (outcome in
        ('planned', 'queued', 'undelivered', 'empty', 'skipped', 'suppressed', 'expired', 'failed')),
    reasons jsonb not null default '[]',
    candidates integer not null default 0,
    -- The list, in the order of the ranking. Papers as they were numbered when the digest was made; merged_papers leads from a
    -- merged number to the paper that stayed.
    papers bigint[] not null default '{}',
    scores real[] not null default '{}',
    -- JSON, a list of reasons for each paper; see Digests/EntryReasons.cs.
    entry_reasons text,
    -- What was cut, as codes and numbers; see Digests/CutAccount.cs. Digests from before have it in words, in "cut", and how many
    -- papers were cut for each reason in "cut_counts".
    cut_codes text,
    cut jsonb not null default '[]',
    cut_counts jsonb not null default '{}',
    delivery_id bigint,
    attempts smallint not null default 0,
    -- Why the last attempt to make it failed; null once it was made.
    fault text,
    planned_at timestamptz not null,
    composed_at timestamptz,
    check (bucket = (subscriber_id & 63)),
    primary key (bucket, subscriber_id, digest_on),
    foreign key (bucket, subscriber_id) references subscribers (bucket, id) on delete cascade
);

create index digests_planned on digests (bucket, due_at) where outcome = 'planned';
-- The nominal days that wait are found by hopping from day to day, however many readers wait for each.
create index digests_planned_days on digests (bucket, digest_on, due_at) where outcome = 'planned';
create index digests_faulty on digests (digest_on) where fault is not null;
create index digests_digest_on on digests (bucket, digest_on);
-- The table grows in the order of these moments.
create index digests_planned_at on digests using brin (planned_at) with (pages_per_range = 32, autosummarize = on);

-- A reader is of one bucket. By itself the planner takes the two for independent, and expects a sixty-fourth of the digests that a
-- reader has.
create statistics digests_reader (dependencies) on bucket, subscriber_id from digests;

-- Digest days the operator has stopped: what is still unsent of them ends as suppressed.
create table killed_digests (
    digest_on date primary key,
    killed_at timestamptz not null default now()
);

-- What readers had in digests that are kept no more.
create table earlier_papers (
    bucket smallint not null,
    subscriber_id bigint not null,
    paper_id bigint not null,
    check (bucket = (subscriber_id & 63)),
    primary key (bucket, subscriber_id, paper_id),
    foreign key (bucket, subscriber_id) references subscribers (bucket, id) on delete cascade
);

create index earlier_papers_paper_id on earlier_papers (paper_id);

-- The lists, a row an entry. Reasons that stand in words are shown so; others are codes, and read from the digest's row.
create view digest_items as
select d.subscriber_id, d.digest_on, e.position::smallint as position,
       coalesce(m.paper_id, e.paper_id) as paper_id,
       d.scores[e.position] as score,
       case when d.entry_reasons::jsonb -> (e.position::int - 1) @> any (array['[[8]]', '[{"kind": "outside"}]']::jsonb[])
           then 'outside' else 'topics' end as section,
       case when jsonb_typeof(d.entry_reasons::jsonb #> array[(e.position - 1)::text, '0']) = 'object'
           then d.entry_reasons::jsonb -> (e.position::int - 1) else '[]'::jsonb end as reasons,
       d.bucket
from digests d
cross join lateral unnest(d.papers) with ordinality as e (paper_id, position)
left join merged_papers m on m.merged_id = e.paper_id;

-- What each reader has had and is not to get again.
create view seen_papers as
select d.subscriber_id, coalesce(m.paper_id, e.paper_id) as paper_id, d.bucket
from digests d
cross join lateral unnest(d.papers) as e (paper_id)
left join merged_papers m on m.merged_id = e.paper_id
where d.outcome = 'queued'
union
select subscriber_id, paper_id, bucket
from earlier_papers;

-- Whoever writes an entry by itself, as programs from before 1.0.0 did, writes it into the digest's row.
create function store_digest_item() returns trigger language plpgsql as $$
begin
    update digests
    set papers = papers || new.paper_id,
        scores = scores || new.score,
        entry_reasons = (coalesce(entry_reasons, '[]')::jsonb || jsonb_build_array(new.reasons))::text
    where bucket = new.subscriber_id & 63
      and subscriber_id = new.subscriber_id
      and digest_on = new.digest_on;
    return new;
end
$$;

create trigger store_digest_item instead of insert on digest_items
    for each row execute function store_digest_item();

-- It deletes entries together with their digest, and remembers or forgets papers together with a digest's list.
create function leave_to_digests() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' then
        return old;
    end if;
    return new;
end
$$;

create trigger leave_to_digests instead of update or delete on digest_items
    for each row execute function leave_to_digests();
create trigger leave_to_digests instead of insert or delete on seen_papers
    for each row execute function leave_to_digests();

-- As in 0105_subscribers.sql.
create trigger add_bucket before insert on earlier_papers for each row when (new.bucket is null) execute function add_bucket();
create trigger add_bucket before insert on digests for each row when (new.bucket is null) execute function add_bucket();
