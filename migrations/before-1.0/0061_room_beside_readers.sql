-- Planning moves each reader's next hour. Half of each page is left for that: the row that replaces another is then written
-- beside it, which takes a third of the log and no search for a page with room. Rows that stand already find such room as
-- they are moved.
alter table subscribers set (fillfactor = 50);
