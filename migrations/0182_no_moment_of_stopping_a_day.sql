-- When a day of digests was stopped was written and never read.
alter table killed_digests drop column killed_at;
