-- Indexes for what is read from tables that grow with readers and days.

-- Likes of some papers, without reading everybody's.
create index feedback_paper_id on feedback (paper_id, kind, subscriber_id);

-- Whether likes were given since somebody's taste was last learnt.
create index feedback_given_at on feedback (given_at);

-- How sending has gone in the last hour. Rows finish in about the order in which they stand, so that a few pages tell.
create index deliveries_failed_at on deliveries (finished_at) where state = 'failed';
create index deliveries_finished_at on deliveries using brin (finished_at) with (pages_per_range = 32, autosummarize = on);

-- What a query is only near to, to be forgotten when it learns anew.
create index topic_matches_near on topic_matches (query_id) where is_near;
