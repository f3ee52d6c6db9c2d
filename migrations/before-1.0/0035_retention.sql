-- What is older than its retention setting is looked up by these: sign-ups that nobody confirmed, readers who left long ago,
-- and wishes for another address that nobody agreed to.

create index subscribers_pending on subscribers (created_at) where state = 'pending';
create index subscribers_left on subscribers (ended_at) where state = 'unsubscribed';
create index address_changes_asked_at on address_changes (asked_at);
create index address_changes_address_key on address_changes (address_key);
