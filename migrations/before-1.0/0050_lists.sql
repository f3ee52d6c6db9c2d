-- Several addresses under one digest. One reader leads: their settings, topics, queries and verdicts are the list's. The
-- others have state, digests, mails and links of their own.

create table lists (
    id bigint generated always as identity primary key,
    name text not null check (name = btrim(name) and char_length(name) between 1 and 60),
    leader_id bigint not null unique references subscribers (id) on delete cascade,
    created_at timestamptz not null
);

create unique index lists_name on lists (lower(name));

alter table subscribers add column list_id bigint references lists (id) on delete set null;
create index subscribers_list_id on subscribers (list_id) where list_id is not null;

-- Gives a list to another of its readers, with what it is about; the one before keeps a copy.
create function hand_list_on(list bigint, from_reader bigint, to_reader bigint) returns void language plpgsql as $$
begin
    delete from preferences
    where subscriber_id = to_reader;
    insert into preferences (subscriber_id, query_id, topic_id, text, name, weight, muted)
    select to_reader, query_id, topic_id, text, name, weight, muted
    from preferences
    where subscriber_id = from_reader;
    delete from feedback own
    using feedback of_list
    where own.subscriber_id = to_reader
      and of_list.subscriber_id = from_reader
      and of_list.paper_id = own.paper_id;
    insert into feedback (subscriber_id, paper_id, kind, given_from, given_at)
    select to_reader, paper_id, kind, given_from, given_at
    from feedback
    where subscriber_id = from_reader;
    update lists
    set leader_id = to_reader
    where id = list;
end
$$;

-- Whatever ends the leader's part in a list, the reader who has been active in it for the longest leads on. Where nobody is
-- left, a list stays with a leader who may still take the leaving back, and goes with the row of one who is erased.
create function keep_list_led() returns trigger language plpgsql as $$
declare
    led bigint;
    leader bigint;
    successor bigint;
begin
    if tg_op = 'UPDATE' and new.list_id is not null and new.state = 'active' then
        select l.leader_id into leader
        from lists l
        join subscribers s on s.id = l.leader_id
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

create trigger keep_list_led after update of state, list_id on subscribers
    for each row when (
        (old.list_id is not null or new.list_id is not null)
        and (old.state is distinct from new.state or old.list_id is distinct from new.list_id))
    execute function keep_list_led();
create trigger keep_list_led_before_delete before delete on subscribers
    for each row when (old.list_id is not null)
    execute function keep_list_led();
