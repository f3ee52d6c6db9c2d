-- A process keeps the papers that digests are chosen from in memory, and loads them anew when they have changed. Each
-- statement that may have changed them leaves a row here, in its own transaction: whoever sees the change sees the row.

create table candidate_changes (
    id bigint generated always as identity primary key,
    changed_at timestamptz not null default now()
);

create function note_candidate_change() returns trigger language plpgsql as $$
begin
    insert into candidate_changes default values;
    return null;
end
$$;

create trigger candidates_changed after insert or update or delete or truncate on papers
    for each statement execute function note_candidate_change();
create trigger candidates_changed after insert or update or delete or truncate on votes
    for each statement execute function note_candidate_change();
create trigger candidates_changed after insert or update or delete or truncate on listings
    for each statement execute function note_candidate_change();
create trigger candidates_changed after insert or update or delete or truncate on listing_entries
    for each statement execute function note_candidate_change();
create trigger candidates_changed after insert or update or delete or truncate on topic_matches
    for each statement execute function note_candidate_change();

-- A new query is due to be matched; what matching itself writes down of a query changes no candidate.
create trigger candidates_changed after insert or delete or truncate on queries
    for each statement execute function note_candidate_change();
