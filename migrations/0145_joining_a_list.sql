-- Who joins a list hears of what becomes of its saved papers from then on.
alter table subscribers
    add column joined_list_at timestamptz;

update subscribers s
set joined_list_at = greatest(l.created_at, s.confirmed_at)
from lists l
where l.id = s.list_id
  and l.leader_id <> s.id;
