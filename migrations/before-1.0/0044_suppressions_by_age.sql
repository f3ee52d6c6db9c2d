-- The operator's page shows suppressions by their age, a page at a time. The index by ranges could not order them, and what
-- it served this one serves.
create index suppressions_by_age on suppressions (created_at, address_hash);
drop index suppressions_created_at;
