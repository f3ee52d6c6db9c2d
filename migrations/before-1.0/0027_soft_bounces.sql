-- A mailbox that refuses for weeks is given up: only bounces that speak of the mailbox itself, or of the way to its server,
-- count for that. What is said of us or of one mail never does.

alter table bounces add column is_of_mailbox boolean not null default false;
