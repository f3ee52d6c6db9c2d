-- What readers wish for and what papers match refer to queries, topics and papers without foreign keys: PostgreSQL checks those row
-- by row, which took more than half of the time of an import of readers and of the writing of a day's matches. In their place
--
--   whoever writes such rows first holds the queries and papers they name (for key share), all of a batch in one statement, and
--   writes rows of those alone that were found;
--   whoever deletes a query or a paper first holds it (for update), and in a later statement deletes it and its matches, a query
--   only if nobody wishes for it then.
--
-- The second waits for the first, and sees what the first has written. Topics are never deleted. A test knows every statement that
-- deletes from these tables, and another races them.
alter table preferences
    drop constraint preferences_query_id_fkey,
    drop constraint preferences_topic_id_fkey;

alter table topic_matches
    drop constraint topic_matches_query_id_fkey,
    drop constraint topic_matches_paper_id_fkey;

-- As in 0105_subscribers.sql, with the queries held.
create or replace function hand_list_on(list bigint, from_reader bigint, to_reader bigint) returns void language plpgsql as $$
begin
    delete from preferences
    where bucket = to_reader & 63
      and subscriber_id = to_reader;
    insert into preferences (bucket, subscriber_id, query_id, topic_id, text, name, weight, muted)
    select to_reader & 63, to_reader, p.query_id, p.topic_id, p.text, p.name, p.weight, p.muted
    from preferences p
    join queries q on q.id = p.query_id
    where p.bucket = from_reader & 63
      and p.subscriber_id = from_reader
    for key share of q;
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
