-- Answers are counted in the outbox, where those of the same transaction stand too.

drop index inbound_messages_answered;
