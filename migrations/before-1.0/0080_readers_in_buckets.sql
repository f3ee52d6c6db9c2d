-- Readers stand in 64 buckets, and what is owned by a reader begins with the reader's bucket, so that work is taken bucket by
-- bucket and the tables can be spread over several servers by it. The last six bits of a reader's id are the bucket. New
-- readers get the bucket of the address they sign up with and keep it; readers from before keep their ids.

-- Whoever is at work on these tables finishes first.
lock table digests, preferences, feedback, hidden_feedback, earlier_papers, address_changes, former_subscribers, lists, bounces, inbound_messages, subscribers
    in access exclusive mode;

-- The bucket of an address, from the octets of its key; see Platform/Buckets.cs, which computes the same.
create function bucket_of_address(address_key text) returns smallint
    language sql immutable strict parallel safe
    return (get_byte(sha256(convert_to(address_key, 'UTF8')), 0) & 63)::smallint;

-- Ids leave room for the bucket.
create sequence subscriber_ids increment by 64 minvalue 64;
select setval('subscriber_ids', max(id) / 64 * 64 + 64) from subscribers having max(id) is not null;
alter table subscribers alter column id drop identity;
alter table subscribers alter column id set default nextval('subscriber_ids');

-- Keys and references as they were; what they are from now on follows below.
alter table preferences drop constraint preferences_subscriber_id_fkey, drop constraint preferences_pkey;
alter table feedback drop constraint feedback_subscriber_id_fkey, drop constraint feedback_pkey;
alter table hidden_feedback drop constraint hidden_feedback_subscriber_id_fkey, drop constraint hidden_feedback_pkey;
alter table earlier_papers drop constraint earlier_papers_subscriber_id_fkey, drop constraint earlier_papers_pkey;
alter table digests drop constraint digests_subscriber_id_fkey, drop constraint digests_pkey;
alter table address_changes drop constraint address_changes_subscriber_id_fkey, drop constraint address_changes_pkey;
-- A table that is not spread over servers does not refer to one that is: who deletes a reader deletes these rows.
alter table lists drop constraint lists_leader_id_fkey;
alter table bounces drop constraint bounces_subscriber_id_fkey;
alter table inbound_messages drop constraint inbound_messages_subscriber_id_fkey;
alter table former_subscribers drop constraint former_subscribers_present_id_fkey;
alter table subscribers drop constraint subscribers_pkey;

-- One rewrite of each table fills the column in; afterwards it is a column like any other, as one to distribute by has to be.
alter table subscribers add column bucket smallint not null generated always as ((id & 63)::smallint) stored;
alter table preferences add column bucket smallint not null generated always as ((subscriber_id & 63)::smallint) stored;
alter table feedback add column bucket smallint not null generated always as ((subscriber_id & 63)::smallint) stored;
alter table hidden_feedback add column bucket smallint not null generated always as ((subscriber_id & 63)::smallint) stored;
alter table earlier_papers add column bucket smallint not null generated always as ((subscriber_id & 63)::smallint) stored;
alter table address_changes add column bucket smallint not null generated always as ((subscriber_id & 63)::smallint) stored;

-- The indexes of a large table are made once it is rewritten.
drop index digests_planned;
drop index digests_planned_days;
drop index digests_digest_on;
alter table digests add column bucket smallint not null generated always as ((subscriber_id & 63)::smallint) stored;

alter table subscribers alter column bucket drop expression, add check (bucket = (id & 63)), add primary key (bucket, id);
alter table preferences alter column bucket drop expression, add check (bucket = (subscriber_id & 63)),
    add primary key (bucket, subscriber_id, query_id),
    add foreign key (bucket, subscriber_id) references subscribers (bucket, id) on delete cascade;
alter table feedback alter column bucket drop expression, add check (bucket = (subscriber_id & 63)),
    add primary key (bucket, subscriber_id, paper_id, kind),
    add foreign key (bucket, subscriber_id) references subscribers (bucket, id) on delete cascade;
alter table hidden_feedback alter column bucket drop expression, add check (bucket = (subscriber_id & 63)),
    add primary key (bucket, subscriber_id, paper_id, kind),
    add foreign key (bucket, subscriber_id) references subscribers (bucket, id) on delete cascade;
alter table earlier_papers alter column bucket drop expression, add check (bucket = (subscriber_id & 63)),
    add primary key (bucket, subscriber_id, paper_id),
    add foreign key (bucket, subscriber_id) references subscribers (bucket, id) on delete cascade;
alter table address_changes alter column bucket drop expression, add check (bucket = (subscriber_id & 63)),
    add primary key (bucket, subscriber_id),
    add foreign key (bucket, subscriber_id) references subscribers (bucket, id) on delete cascade;
alter table digests alter column bucket drop expression, add check (bucket = (subscriber_id & 63)),
    add primary key (bucket, subscriber_id, digest_on),
    add foreign key (bucket, subscriber_id) references subscribers (bucket, id) on delete cascade;

create index digests_planned on digests (bucket, due_at) where outcome = 'planned';
create index digests_planned_days on digests (bucket, digest_on, due_at) where outcome = 'planned';
create index digests_digest_on on digests (bucket, digest_on);

drop index subscribers_due;
drop index subscribers_pending;
drop index subscribers_left;
create index subscribers_due on subscribers (bucket, next_due_at) where state in ('active', 'paused');
create index subscribers_pending on subscribers (bucket, created_at) where state = 'pending';
create index subscribers_left on subscribers (bucket, ended_at) where state = 'unsubscribed';

-- Whose address it is. An address is unique within its bucket, and so everywhere; a reader who has moved to another address
-- has it in another bucket than their own.
create table subscriber_addresses (
    bucket smallint not null check (bucket = bucket_of_address(address_key)),
    address_key text not null,
    subscriber_bucket smallint not null,
    subscriber_id bigint not null,
    primary key (bucket, address_key),
    check (subscriber_bucket = (subscriber_id & 63))
);

insert into subscriber_addresses (bucket, address_key, subscriber_bucket, subscriber_id)
select bucket_of_address(address_key), address_key, bucket, id
from subscribers
order by 1, 2;

create index subscriber_addresses_subscriber on subscriber_addresses (subscriber_bucket, subscriber_id);
alter table subscriber_addresses
    add foreign key (subscriber_bucket, subscriber_id) references subscribers (bucket, id) on delete cascade deferrable initially deferred;
alter table subscribers drop constraint subscribers_address_key_key;

-- A program of the version before that still runs names no buckets.
create function add_bucket() returns trigger language plpgsql as $$
begin
    new.bucket := new.subscriber_id & 63;
    return new;
end
$$;

create trigger add_bucket before insert on preferences for each row when (new.bucket is null) execute function add_bucket();
create trigger add_bucket before insert on feedback for each row when (new.bucket is null) execute function add_bucket();
create trigger add_bucket before insert on hidden_feedback for each row when (new.bucket is null) execute function add_bucket();
create trigger add_bucket before insert on earlier_papers for each row when (new.bucket is null) execute function add_bucket();
create trigger add_bucket before insert on address_changes for each row when (new.bucket is null) execute function add_bucket();
create trigger add_bucket before insert on digests for each row when (new.bucket is null) execute function add_bucket();

create function add_reader_bucket() returns trigger language plpgsql as $$
begin
    new.id := (new.id & ~63::bigint) | bucket_of_address(new.address_key);
    new.bucket := new.id & 63;
    insert into subscriber_addresses (bucket, address_key, subscriber_bucket, subscriber_id)
    values (new.bucket, new.address_key, new.bucket, new.id);
    return new;
end
$$;

create trigger add_reader_bucket before insert on subscribers
    for each row when (new.bucket is null) execute function add_reader_bucket();

-- As before, with the bucket.
create or replace view digest_items as
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

create or replace view seen_papers as
select d.subscriber_id, coalesce(m.paper_id, e.paper_id) as paper_id, d.bucket
from digests d
cross join lateral unnest(d.papers) as e (paper_id)
left join merged_papers m on m.merged_id = e.paper_id
where d.outcome = 'queued'
union
select subscriber_id, paper_id, bucket
from earlier_papers;

create or replace function store_digest_item() returns trigger language plpgsql as $$
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

create or replace function hand_list_on(list bigint, from_reader bigint, to_reader bigint) returns void language plpgsql as $$
begin
    delete from preferences
    where bucket = to_reader & 63
      and subscriber_id = to_reader;
    insert into preferences (bucket, subscriber_id, query_id, topic_id, text, name, weight, muted)
    select to_reader & 63, to_reader, query_id, topic_id, text, name, weight, muted
    from preferences
    where bucket = from_reader & 63
      and subscriber_id = from_reader;
    delete from feedback own
    using feedback of_list
    where own.bucket = to_reader & 63
      and own.subscriber_id = to_reader
      and of_list.bucket = from_reader & 63
      and of_list.subscriber_id = from_reader
      and of_list.paper_id = own.paper_id;
    insert into feedback (bucket, subscriber_id, paper_id, kind, given_from, given_at)
    select to_reader & 63, to_reader, paper_id, kind, given_from, given_at
    from feedback
    where bucket = from_reader & 63
      and subscriber_id = from_reader;
    update lists
    set leader_id = to_reader
    where id = list;
end
$$;

-- As before, with the bucket.
create or replace function keep_list_led() returns trigger language plpgsql as $$
declare
    led bigint;
    leader bigint;
    successor bigint;
begin
    if tg_op = 'UPDATE' and new.list_id is not null and new.state = 'active' then
        select l.leader_id into leader
        from lists l
        join subscribers s on s.bucket = l.leader_id & 63 and s.id = l.leader_id
        where l.id = new.list_id
          and s.id <> new.id
          and s.state in ('unsubscribed', 'suppressed')
        for update of l;
        if found then
            perform hand_list_on(new.list_id, leader, new.id);
        end if;
        if new.list_id = old.list_id then
            return null;
        end if;
    end if;
    select id into led
    from lists
    where id = old.list_id
      and leader_id = old.id
    for update;
    if found and (tg_op = 'DELETE' or new.list_id is distinct from old.list_id or new.state in ('unsubscribed', 'suppressed')) then
        select id into successor
        from subscribers
        where list_id = led
          and id <> old.id
          and (state in ('active', 'paused')
               or state = 'pending' and (tg_op = 'DELETE' or new.list_id is distinct from old.list_id))
        order by state = 'active' desc, state = 'paused' desc, confirmed_at, id
        limit 1
        for no key update;
        if found then
            perform hand_list_on(led, old.id, successor);
        elsif tg_op = 'UPDATE' and new.list_id is distinct from old.list_id then
            delete from lists
            where id = led;
        end if;
    end if;
    return case when tg_op = 'DELETE' then old end;
end
$$;

-- A list goes with the row of a leader who leaves nobody behind.
create function forget_list() returns trigger language plpgsql as $$
begin
    delete from lists
    where leader_id = old.id;
    return null;
end
$$;

create trigger forget_list after delete on subscribers
    for each row when (old.list_id is not null)
    execute function forget_list();
