-- Up Migration

-- Rules kept through the API stand in the same table as wired ones; what they say is in rule_versions.
alter table rules add column priority smallint not null default 5;
alter table rules add column trigger_count bigint not null default 0;
alter table rules add column last_triggered timestamptz;
alter table rules add column updated_by text;
alter table rule_versions add column created_by text;

-- Readings that came too late to be judged, per rule and device: how many, and the newest of them.
alter table rule_states add column late_count bigint not null default 0;
alter table rule_states add column late_last timestamptz;

-- Late readings put the past right; the history of an alert tells of it.
alter table rule_transitions drop constraint rule_transitions_kind_check;
alter table rule_transitions add constraint rule_transitions_kind_check check (kind in ('raised', 'repeated', 'cleared', 'corrected'));
alter table alert_history drop constraint alert_history_change_check;
alter table alert_history add constraint alert_history_change_check
  check (change in ('raised', 'repeated', 'cleared', 'corrected', 'acknowledged', 'resolved', 'note'));
-- Late readings are about an alert by when it was raised.
create index alerts_rule_device on alerts (rule_id, device_id, raised_at);
