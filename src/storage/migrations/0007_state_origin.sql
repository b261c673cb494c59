-- Up Migration

-- Which run of a rule left a state: its version, and since when it judged. A state that another version left, or that was left before the rule
-- was started anew, is told from one that may simply go on, also when the platform ended in the middle of the change. Null: unknown.
alter table rule_states add column rule_version int;
alter table rule_states add column rule_started timestamptz;
