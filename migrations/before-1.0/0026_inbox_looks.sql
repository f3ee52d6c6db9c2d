-- When each inbox was last looked into and what hinders it, written by whoever reads it, for the doctor, /readyz, /metrics
-- and the operator's pages.

create table inbox_looks (
    -- Which inbox: imap with account, host and folder, or maildir with its path.
    inbox text primary key,
    -- The last look that worked.
    looked_at timestamptz,
    -- The last one that found mail.
    read_at timestamptz,
    failing_since timestamptz,
    error text,
    -- What should be mended though mail is read.
    warning text
);
