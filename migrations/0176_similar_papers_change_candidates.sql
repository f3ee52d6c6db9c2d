-- Which papers tell the same is found some seconds after they are matched. A process that loaded its candidates in between kept
-- two that are one, or a result its reader had before, for up to an hour.
create trigger candidates_changed after insert or delete or truncate on similar_papers
    for each statement execute function note_candidate_change();
