-- What the leader of a list thought of papers that are hidden goes on with the list as well.
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
