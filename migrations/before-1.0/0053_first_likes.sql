-- Papers that somebody named when they signed up. They become likes when the address is confirmed: until then whoever typed
-- the address may be a stranger, and a like of theirs would teach the ranking.
alter table subscribers add column first_likes bigint[];
