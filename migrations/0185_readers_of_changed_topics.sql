-- A release that gave a topic another query left those who followed the topic with the former one.
update preferences p
set query_id = t.query_id
from topics t
where t.id = p.topic_id
  and p.query_id <> t.query_id
  and not exists (
      select from preferences own
      where own.bucket = p.bucket
        and own.subscriber_id = p.subscriber_id
        and own.query_id = t.query_id);
