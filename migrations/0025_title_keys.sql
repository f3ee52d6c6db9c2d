-- Titles with & and + had keys without those signs. They get the ones that they have now ('&' is "and"), so that a source that
-- writes "and" meets them as well; the former keys stay.

insert into paper_keys (key, paper_id)
select 'title:' || lower(regexp_replace(replace(p.title, '&', 'and'), '[^A-Za-z0-9+]', '', 'g')) || substr(k.key, strpos(k.key, '|')), p.id
from papers p
join paper_keys k on k.paper_id = p.id and k.key like 'title:%'
where p.title ~ '[&+]'
  and p.title ~ '^[ -~]*$'
  and p.title !~ '[#=<>*!]'
  and length(p.title) <= 200
order by p.id
on conflict (key) do nothing;
