-- A reader is of one bucket. By itself the planner takes the two for independent, and expects a sixty-fourth of the digests that a
-- reader has.
create statistics digests_reader (dependencies) on bucket, subscriber_id from digests;
analyze digests;
