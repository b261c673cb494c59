-- Up Migration

-- Which messages a rule has judged for a device: per ingest lane the number of the last one. A message that goes through the flow
-- again after a crash is judged only when it is newer.
alter table rule_states add column judged jsonb not null default '[]';
-- The unit of the last reading, for a decision that a timer makes.
alter table rule_states add column last_unit text;

-- A rule judges from here on: the moment it was first deployed, or deployed again after it had been removed.
alter table rules add column started_at timestamptz not null default now();

-- Transitions of one transaction share created_at; their number keeps the order in which they were decided.
alter table rule_transitions add column transition_no bigint generated always as identity;
drop index rule_transitions_unconsumed;
create index rule_transitions_unconsumed on rule_transitions (rule_id, transition_no) where consumed_at is null;
create index rule_transitions_device on rule_transitions (rule_id, device_id, transition_no);

-- Closing the alerts of a removed device.
create index alerts_open_device on alerts (device_id) where status <> 'resolved';
