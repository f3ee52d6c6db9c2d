-- What only programs from before the first release needed goes; from here on the schema is that of 0101 to 0109.

drop trigger store_digest_item on digest_items;
drop trigger leave_to_digests on digest_items;
drop trigger leave_to_digests on seen_papers;
drop function store_digest_item();
drop function leave_to_digests();

update papers set keywords = '{}' where keywords is null;
alter table papers alter column keywords set not null;

alter table deliveries validate constraint deliveries_priority_check;
