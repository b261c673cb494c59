-- Up Migration

-- By which the way of a message is found in the log: of the one that raised an alert, and of the one that a notification tells of. Null for what no message
-- began, and for what older versions wrote.
alter table alerts add column request_id text;
alter table notifications add column request_id text;
