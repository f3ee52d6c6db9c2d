-- From here on the schema is that of 0101 to 0109.

update papers set keywords = '{}' where keywords is null;
alter table papers alter column keywords set not null;

alter table deliveries validate constraint deliveries_priority_check;
