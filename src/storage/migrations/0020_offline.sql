-- Up Migration

-- A device that is silent for so many seconds is offline, and people are told; null: nobody watches it.
alter table devices add column offline_seconds int check (offline_seconds between 5 and 2592000);
-- The name of the gateway that a watched device spoke through last; null when it speaks for itself.
alter table devices add column gateway text;
-- That people were told that it is offline: by an alert of its own, or by that of its gateway. Kept until it is back, so that nobody is told twice.
alter table devices add column offline_told text check (offline_told in ('device', 'gateway'));

-- Alerts that grow worse while they are open.
alter table alert_history drop constraint alert_history_change_check;
alter table alert_history add constraint alert_history_change_check
  check (change in ('raised', 'repeated', 'severity', 'cleared', 'corrected', 'acknowledged', 'resolved', 'note'));

-- History is appended to and never rewritten, whoever asks. The one entry that may grow is the last line of repeats, which counts on; entries go only with
-- their alert (a cascade).
create function insa_keep_history() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' then
    if old.change = 'repeated' and new.change = 'repeated'
       and (new.history_id, new.tenant_id, new.alert_id, new.actor) = (old.history_id, old.tenant_id, old.alert_id, old.actor)
       and new.note is not distinct from old.note
    then
      return new;
    end if;
  elsif pg_trigger_depth() > 1 then
    return old;
  end if;
  raise exception 'The history of alerts is append-only; entry % of alert % stays as it is.', old.history_id, old.alert_id
    using errcode = 'insufficient_privilege';
end $$;
create trigger alert_history_kept before update or delete on alert_history for each row execute function insa_keep_history();

do $$
begin
  if insa_role_exists('insa_ingest') then
    revoke delete on alert_history from insa_ingest;
  end if;
end $$;
