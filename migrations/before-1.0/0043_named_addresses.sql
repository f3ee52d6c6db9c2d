-- A wish for another address ends with the links of its time: voiding them voids it.
alter table address_changes add column link_version integer not null default 1;

update address_changes c
set link_version = s.link_version
from subscribers s
where s.id = c.subscriber_id;

-- Keyed hashes of the addresses that a mail names, so that erasing a reader finds the mails that others wrote about them
-- without reading all. Null where they were not looked for: such mails are read.
alter table inbound_messages add column named bytea[];

create index inbound_messages_named on inbound_messages using gin (named);
create index inbound_messages_unread on inbound_messages (id) where named is null and (raw is not null or subject is not null or excerpt is not null);
