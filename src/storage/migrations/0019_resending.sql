-- Up Migration

-- The alert node that sends an applied transition on once more if it starts again soon: what is on its way to action nodes when the program ends
-- is lost otherwise. Null for what nobody sends again; the index holds the last minute or two.
alter table rule_transitions add column resend_by text;
create index rule_transitions_resend on rule_transitions (resend_by, transition_no) where resend_by is not null;
