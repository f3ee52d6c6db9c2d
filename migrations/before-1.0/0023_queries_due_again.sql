-- A query that is to be matched again, because its meaning is known now, is a change of what digests are chosen from.

create trigger candidates_changed_again after update of matched_at on queries
    for each row when (new.matched_at is null and old.matched_at is not null)
    execute function note_candidate_change();
