-- What a reader calls a query of their own; their digest says the name in place of the words.

alter table preferences add column name text check (char_length(name) between 1 and 60);

-- The pages that show topics are kept until something changes.
create trigger candidates_changed after insert or update or delete or truncate on topics
    for each statement execute function note_candidate_change();
