-- Up Migration

-- What failed ends like what was delivered: the oldest of both are looked for together.
create index notifications_ended on notifications (finished_at) where status <> 'pending';
drop index notifications_delivered;
