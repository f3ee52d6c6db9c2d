-- What the pages ask for: papers by category.

create index papers_categories on papers using gin (categories);

-- A reader's wish to have their digests at another address, until that address agrees.
create table address_changes (
    subscriber_id bigint primary key references subscribers (id) on delete cascade,
    address text not null,
    address_key text not null,
    asked_at timestamptz not null,
    -- Wishes within a day, so that nobody mails strangers from the preferences page.
    asks integer not null default 1
);
