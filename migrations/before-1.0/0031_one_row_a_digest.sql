-- A digest's list stands on its own row: papers, scores and reasons in the order of the ranking. What a reader has had
-- is read from there.

alter table digests
    -- As they were numbered when the digest was made; merged_papers leads from a merged number to the paper that stayed.
    add column papers bigint[] not null default '{}',
    add column scores real[] not null default '{}',
    -- JSON, a list of reasons for each paper; see Digests/EntryReasons.cs.
    add column entry_reasons text;

update digests d
set papers = i.papers,
    scores = i.scores,
    entry_reasons = i.reasons
from (
    select subscriber_id, digest_on,
           array_agg(paper_id order by position) as papers,
           array_agg(score order by position) as scores,
           jsonb_agg(reasons order by position)::text as reasons
    from digest_items
    group by subscriber_id, digest_on) i
where d.subscriber_id = i.subscriber_id
  and d.digest_on = i.digest_on;

-- What readers had in digests that are kept no more.
create table earlier_papers (
    subscriber_id bigint not null references subscribers (id) on delete cascade,
    paper_id bigint not null,
    primary key (subscriber_id, paper_id)
);

insert into earlier_papers (subscriber_id, paper_id)
select s.subscriber_id, s.paper_id
from seen_papers s
where not exists (
    select
    from digest_items i
    where i.subscriber_id = s.subscriber_id
      and i.paper_id = s.paper_id);

create index earlier_papers_paper_id on earlier_papers (paper_id);

drop table seen_papers;
drop table digest_items;

-- The lists, a row an entry. Reasons are shown as the version before wrote them; later ones are read from the digest's row.
create view digest_items as
select d.subscriber_id, d.digest_on, e.position::smallint as position,
       coalesce(m.paper_id, e.paper_id) as paper_id,
       d.scores[e.position] as score,
       case when d.entry_reasons::jsonb -> (e.position::int - 1) @> any (array['[[8]]', '[{"kind": "outside"}]']::jsonb[])
           then 'outside' else 'topics' end as section,
       case when jsonb_typeof(d.entry_reasons::jsonb #> array[(e.position - 1)::text, '0']) = 'object'
           then d.entry_reasons::jsonb -> (e.position::int - 1) else '[]'::jsonb end as reasons
from digests d
cross join lateral unnest(d.papers) with ordinality as e (paper_id, position)
left join merged_papers m on m.merged_id = e.paper_id;

-- What each reader has had and is not to get again.
create view seen_papers as
select d.subscriber_id, coalesce(m.paper_id, e.paper_id) as paper_id
from digests d
cross join lateral unnest(d.papers) as e (paper_id)
left join merged_papers m on m.merged_id = e.paper_id
where d.outcome = 'queued'
union
select subscriber_id, paper_id
from earlier_papers;

-- A process of the version before that still runs writes rows of both; they become part of the digest's row.
create function store_digest_item() returns trigger language plpgsql as $$
begin
    update digests
    set papers = papers || new.paper_id,
        scores = scores || new.score,
        entry_reasons = (coalesce(entry_reasons, '[]')::jsonb || jsonb_build_array(new.reasons))::text
    where subscriber_id = new.subscriber_id
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
