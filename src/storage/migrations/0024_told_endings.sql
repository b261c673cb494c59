-- Up Migration

-- The alert node that applied the raise or the last repeat of an alert. An alert that ends otherwise than by its rule's decision (a person resolves it; its
-- rule is removed) is told by that node, to the nodes behind it.
alter table alerts add column told_by text;

-- Such endings, kept as `rule_transitions.resend_by` keeps decisions: what is on its way to action nodes when the program ends is lost otherwise. Holds the last
-- minute or two.
create table alert_endings (
  ending_no bigint generated always as identity primary key,
  tenant_id text not null references tenants,
  alert_id  uuid not null references alerts on delete cascade,
  node_id   text not null,
  body      jsonb not null,
  at        timestamptz not null default now()
);
create index alert_endings_node on alert_endings (node_id, ending_no);
create index alert_endings_alert on alert_endings (alert_id);
select insa_protect('alert_endings', 'insert');

-- A table is emptied without a look at its rows: the history of alerts stays in spite of that, too.
create function insa_keep_all_history() returns trigger language plpgsql as $$
begin
  raise exception 'The history of alerts is append-only: % is refused.', tg_op using errcode = 'insufficient_privilege';
end $$;
create trigger alert_history_not_emptied before truncate on alert_history for each statement execute function insa_keep_all_history();
