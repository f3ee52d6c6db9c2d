-- A graver reason takes the place of the owner's own (unsubscribed, erased) and may be lifted again, by the operator or because
-- the relay was at fault. What the owner said stands beside it, so that it is what remains then.
alter table suppressions add column wish text check (wish in ('unsubscribed', 'erased'));

update suppressions set wish = reason where reason in ('unsubscribed', 'erased');
