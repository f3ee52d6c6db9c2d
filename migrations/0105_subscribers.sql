-- Readers, what they want and what they thought of it.
--
-- Readers stand in 64 buckets, and what is owned by a reader begins with the reader's bucket, so that work is taken bucket by
-- bucket and the tables can be spread over several servers by it. The last six bits of a reader's id are the bucket: that of the
-- address they signed up with.

-- The bucket of an address, from the octets of its key; see Platform/Buckets.cs, which computes the same.
create function bucket_of_address(address_key text) returns smallint
    language sql immutable strict parallel safe
    return (get_byte(sha256(convert_to(address_key, 'UTF8')), 0) & 63)::smallint;

-- Ids leave room for the bucket.
create sequence subscriber_ids increment by 64 minvalue 64;

create table subscribers (
    bucket smallint not null,
    id bigint not null default nextval('subscriber_ids'),
    address text not null,
    address_key text not null,
    state text not null check (state in ('pending', 'active', 'paused', 'unsubscribed', 'suppressed')),
    language text not null default 'en',
    zone text not null default 'UTC',
    -- PostgreSQL's time of day knows 24:00, which is no hour of a day.
    send_at time not null default '07:00' check (send_at < '24:00'),
    frequency text not null default 'daily' check (frequency in ('daily', 'weekdays', 'weekly')),
    weekly_on smallint not null default 1 check (weekly_on between 1 and 7),
    max_items smallint not null default 10 check (max_items between 1 and 50),
    outside_topics smallint check (outside_topics between 0 and 20),
    empty_day text check (empty_day in ('skip', 'trending', 'note')),
    muted_words text[] not null default '{}',
    -- The sentence that a machine wrote, in place of the abstract.
    prefers_in_short boolean not null default false,
    paused_until date,
    next_due_at timestamptz,
    next_due_on date,
    last_digest_on date,
    link_version integer not null default 1,
    consent jsonb not null default '{}',
    -- Papers that somebody named when they signed up. They become likes when the address is confirmed: until then whoever typed
    -- the address may be a stranger, and a like of theirs would teach the ranking.
    first_likes bigint[],
    -- Mails that answered a sign-up with this address since it was last confirmed, and when the latest went out:
    -- each one makes the wait for the next longer, so that nobody can fill a stranger's inbox through the form.
    sign_up_mails integer not null default 0,
    sign_up_mailed_at timestamptz,
    list_id bigint,
    created_at timestamptz not null,
    confirmed_at timestamptz,
    ended_at timestamptz,
    check (state <> 'active' or next_due_at is not null),
    check ((next_due_at is null) = (next_due_on is null)),
    -- A pause with a day has its first digest after it already due; one without waits for the reader.
    check (state <> 'paused' or (paused_until is null) = (next_due_at is null)),
    check (bucket = (id & 63)),
    primary key (bucket, id)
)
-- Planning moves each reader's next hour. Half of each page is left for that: the row that replaces another is then written
-- beside it, which takes a third of the log and no search for a page with room.
with (fillfactor = 50);

create index subscribers_due on subscribers (bucket, next_due_at) where state in ('active', 'paused');
-- What is older than its retention setting: sign-ups that nobody confirmed, readers who left long ago.
create index subscribers_pending on subscribers (bucket, created_at) where state = 'pending';
create index subscribers_left on subscribers (bucket, ended_at) where state = 'unsubscribed';
create index subscribers_list_id on subscribers (list_id) where list_id is not null;

-- Whose address it is. An address is unique within its bucket, and so everywhere; a reader who has moved to another address
-- has it in another bucket than their own.
create table subscriber_addresses (
    bucket smallint not null check (bucket = bucket_of_address(address_key)),
    address_key text not null,
    subscriber_bucket smallint not null,
    subscriber_id bigint not null,
    primary key (bucket, address_key),
    check (subscriber_bucket = (subscriber_id & 63)),
    foreign key (subscriber_bucket, subscriber_id) references subscribers (bucket, id) on delete cascade deferrable initially deferred
);

create index subscriber_addresses_subscriber on subscriber_addresses (subscriber_bucket, subscriber_id);

-- A topic of the catalogue, or a query of the reader's own (topic_id is null).
create table preferences (
    bucket smallint not null,
    subscriber_id bigint not null,
    query_id bigint not null references queries (id),
    topic_id bigint references topics (id),
    text text,
    -- What a reader calls a query of their own; their digest says the name in place of the words.
    name text check (char_length(name) between 1 and 60),
    weight real not null default 1 check (weight > 0 and weight <= 5),
    muted boolean not null default false,
    check ((topic_id is null) <> (text is null)),
    check (bucket = (subscriber_id & 63)),
    primary key (bucket, subscriber_id, query_id),
    foreign key (bucket, subscriber_id) references subscribers (bucket, id) on delete cascade
);

create index preferences_query_id on preferences (query_id);

-- What a reader thought of a paper: at most one verdict (like or less), and saved or not.
create table feedback (
    bucket smallint not null,
    subscriber_id bigint not null,
    paper_id bigint not null references papers (id) on delete cascade,
    kind text not null check (kind in ('like', 'less', 'save')),
    given_from text not null check (given_from in ('mail', 'web', 'api', 'operator')),
    given_at timestamptz not null,
    check (bucket = (subscriber_id & 63)),
    primary key (bucket, subscriber_id, paper_id, kind),
    foreign key (bucket, subscriber_id) references subscribers (bucket, id) on delete cascade
);

-- Likes of some papers, without reading everybody's.
create index feedback_paper_id on feedback (paper_id, kind, subscriber_id);
-- Whether likes were given since somebody's taste was last learnt.
create index feedback_given_at on feedback (given_at);

-- What readers thought of papers that are hidden, so that it comes back with them. It goes with its reader.
create table hidden_feedback (
    bucket smallint not null,
    subscriber_id bigint not null,
    paper_id bigint not null references hidden_papers (id) on delete cascade,
    kind text not null check (kind in ('like', 'less', 'save')),
    given_from text not null,
    given_at timestamptz not null,
    check (bucket = (subscriber_id & 63)),
    primary key (bucket, subscriber_id, paper_id, kind),
    foreign key (bucket, subscriber_id) references subscribers (bucket, id) on delete cascade
);

create index hidden_feedback_paper_id on hidden_feedback (paper_id);

-- A reader's wish to have their digests at another address, until that address agrees.
create table address_changes (
    bucket smallint not null,
    subscriber_id bigint not null,
    address text not null,
    address_key text not null,
    asked_at timestamptz not null,
    -- Wishes within a day, so that nobody mails strangers from the preferences page.
    asks integer not null default 1,
    -- The wish ends with the links of its time: voiding them voids it.
    link_version integer not null default 1,
    check (bucket = (subscriber_id & 63)),
    primary key (bucket, subscriber_id),
    foreign key (bucket, subscriber_id) references subscribers (bucket, id) on delete cascade
);

create index address_changes_asked_at on address_changes (asked_at);
create index address_changes_address_key on address_changes (address_key);

-- Which row a reader had before they were erased. Links in mails name the row: when the reader comes back under a new
-- one, an old unsubscribe link still has to end the present subscription. It holds no address, only its keyed hash.
create table former_subscribers (
    subscriber_id bigint primary key,
    address_hash bytea not null,
    present_id bigint
);

create index former_subscribers_address_hash on former_subscribers (address_hash);
create index former_subscribers_present_id on former_subscribers (present_id) where present_id is not null;

-- Several addresses under one digest. One reader leads: their settings, topics, queries and verdicts are the list's. The
-- others have state, digests, mails and links of their own.

create table lists (
    id bigint generated always as identity primary key,
    name text not null check (name = btrim(name) and char_length(name) between 1 and 60),
    leader_id bigint not null unique,
    created_at timestamptz not null
);

create unique index lists_name on lists (lower(name));

alter table subscribers add foreign key (list_id) references lists (id) on delete set null;

-- Gives a list to another of its readers, with what it is about; the one before keeps a copy.
create function hand_list_on(list bigint, from_reader bigint, to_reader bigint) returns void language plpgsql as $$
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
    delete from hidden_feedback own
    using hidden_feedback of_list
    where own.bucket = to_reader & 63
      and own.subscriber_id = to_reader
      and of_list.bucket = from_reader & 63
      and of_list.subscriber_id = from_reader
      and of_list.paper_id = own.paper_id;
    insert into hidden_feedback (bucket, subscriber_id, paper_id, kind, given_from, given_at)
    select to_reader & 63, to_reader, paper_id, kind, given_from, given_at
    from hidden_feedback
    where bucket = from_reader & 63
      and subscriber_id = from_reader;
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

create trigger keep_list_led after update of state, list_id on subscribers
    for each row when (
        (old.list_id is not null or new.list_id is not null)
        and (old.state is distinct from new.state or old.list_id is distinct from new.list_id))
    execute function keep_list_led();
create trigger keep_list_led_before_delete before delete on subscribers
    for each row when (old.list_id is not null)
    execute function keep_list_led();

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

-- A program from before 1.0.0 that still runs names no buckets.
create function add_bucket() returns trigger language plpgsql as $$
begin
    new.bucket := new.subscriber_id & 63;
    return new;
end
$$;

create trigger add_bucket before insert on preferences for each row when (new.bucket is null) execute function add_bucket();
create trigger add_bucket before insert on feedback for each row when (new.bucket is null) execute function add_bucket();
create trigger add_bucket before insert on hidden_feedback for each row when (new.bucket is null) execute function add_bucket();
create trigger add_bucket before insert on address_changes for each row when (new.bucket is null) execute function add_bucket();

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
