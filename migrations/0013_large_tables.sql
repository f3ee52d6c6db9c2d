-- Indexes for what is read from tables that grow with readers and days.

-- Likes of some papers, without reading everybody's.
create index feedback_paper_id on feedback (paper_id, kind, subscriber_id);
