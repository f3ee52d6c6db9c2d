-- The rows that turned out to be a hidden paper's work: links to them, and what readers have had, follow it again when it is put back.
alter table hidden_papers add column merged jsonb not null default '[]';
