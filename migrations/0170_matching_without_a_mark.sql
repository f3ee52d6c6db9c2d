-- What waits to be matched stands in unmatched_papers since before 1.0.0, whose programs neither read nor write this column. No row
-- is written anew.
alter table papers drop column matched_version;
