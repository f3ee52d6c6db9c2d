-- How many mails answered sign-ups and asked for links in each hour, whoever asked: a bound on what strangers make us send.

create table sign_up_hours (
    hour timestamptz primary key,
    mails integer not null
);
