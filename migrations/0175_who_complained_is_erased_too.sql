-- Who called a mail spam has left for good: their row goes when its time is over, like that of whoever took the link to leave.
drop index subscribers_left;
create index subscribers_left on subscribers (bucket, ended_at) where state in ('unsubscribed', 'suppressed');
