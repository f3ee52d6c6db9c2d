-- Why a digest holds what it holds, and what was cut from it, as octets; see Digests/WhyWriter.cs. Rows from before keep
-- "entry_reasons" and "cut_codes", which say the same as JSON.
alter table digests add column why bytea;

-- The list stands in the row: what is dense already gains nothing by being compressed, and less by being stored beside it.
alter table digests set (toast_tuple_target = 8160);

-- Octet 1 of "why" is the number of entries, and those behind it say of each whether it is from outside.
create or replace view digest_items as
select d.subscriber_id, d.digest_on, e.position::smallint as position,
       coalesce(m.paper_id, e.paper_id) as paper_id,
       d.scores[e.position] as score,
       case
           when d.why is not null
               then case when e.position <= get_byte(d.why, 1) and get_byte(d.why, 1 + e.position::int) = 1 then 'outside' else 'topics' end
           when d.entry_reasons::jsonb -> (e.position::int - 1) @> any (array['[[8]]', '[{"kind": "outside"}]']::jsonb[])
               then 'outside'
           else 'topics'
       end as section,
       case when jsonb_typeof(d.entry_reasons::jsonb #> array[(e.position - 1)::text, '0']) = 'object'
           then d.entry_reasons::jsonb -> (e.position::int - 1) else '[]'::jsonb end as reasons,
       d.bucket
from digests d
cross join lateral unnest(d.papers) with ordinality as e (paper_id, position)
left join merged_papers m on m.merged_id = e.paper_id;
