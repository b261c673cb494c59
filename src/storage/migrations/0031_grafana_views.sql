-- Up Migration

-- Who may read for reports, and whose data: a login role of the server reads one tenant. The views below ask for the role that logged in, which a
-- reader cannot change; a setting, which it could, is asked nowhere. Rows are written by the command grafana-reader alone.
create table grafana_readers (
  role_name    name primary key,
  tenant_id    text not null references tenants,
  platform_url text not null,
  created_at   timestamptz not null default now(),
  rotated_at   timestamptz
);
select insa_protect('grafana_readers', '');

-- Changes of alerts by their time. A summary of blocks: lines of repeats that grow stay as cheap to write as before.
create index alert_history_time on alert_history using brin (at) with (autosummarize = on);

-- Views for Grafana and other tools that read SQL. Each is a wall of its own (security_barrier): no function of a query sees a row before it is
-- known to be of the reader's tenant. Filters on time reach the partitions, filters on device and key the series.

create view grafana_platform with (security_barrier) as
  select r.tenant_id, t.name as tenant_name, r.platform_url, r.role_name::text as reader
    from grafana_readers r join tenants t using (tenant_id)
   where r.role_name = session_user;
comment on view grafana_platform is 'One row: whose data this reader sees, and where the platform is.';
comment on column grafana_platform.tenant_id is 'Tenant that the reader sees.';
comment on column grafana_platform.tenant_name is 'Name of the tenant.';
comment on column grafana_platform.platform_url is 'Address of the web app without a slash at its end, for links.';
comment on column grafana_platform.reader is 'Database role that logged in.';

create view grafana_devices with (security_barrier) as
  select d.device_id, d.name as device_name, d.type, d.location, d.area, d.status, d.status_at, d.last_seen_at,
         date_part('epoch', now() - d.last_seen_at) as silent_seconds, d.offline_seconds, d.gateway,
         coalesce(a.open_alerts, 0) as open_alerts, coalesce(a.unacknowledged_alerts, 0) as unacknowledged_alerts, a.worst_severity,
         d.created_at as registered_at
    from devices d
    left join (
      select o.device_id, count(*) as open_alerts, count(*) filter (where o.status = 'active') as unacknowledged_alerts,
             (array['info', 'warning', 'critical'])[max(case o.severity when 'critical' then 3 when 'warning' then 2 else 1 end)] as worst_severity
        from alerts o
       where o.tenant_id = (select r.tenant_id from grafana_readers r where r.role_name = session_user) and o.status <> 'resolved'
       group by o.device_id
    ) a using (device_id)
   where d.tenant_id = (select r.tenant_id from grafana_readers r where r.role_name = session_user);
comment on view grafana_devices is 'One row for each device: what it is, whether it is online, and its open alerts.';
comment on column grafana_devices.device_id is 'Id of the device, unique in the installation.';
comment on column grafana_devices.device_name is 'Name for people.';
comment on column grafana_devices.type is 'Kind of device, as people wrote it; may be empty.';
comment on column grafana_devices.location is 'Where it is; may be empty.';
comment on column grafana_devices.area is 'Part of the plant; may be empty.';
comment on column grafana_devices.status is 'unknown (never heard of), online, offline or error.';
comment on column grafana_devices.status_at is 'Since when it has this status.';
comment on column grafana_devices.last_seen_at is 'When it was heard of last; null: never.';
comment on column grafana_devices.silent_seconds is 'Seconds since then; null: never heard of.';
comment on column grafana_devices.offline_seconds is 'Seconds of silence after which it counts as offline; null: nobody watches it.';
comment on column grafana_devices.gateway is 'Gateway that it spoke through last; null: it speaks for itself.';
comment on column grafana_devices.open_alerts is 'Alerts that are not resolved.';
comment on column grafana_devices.unacknowledged_alerts is 'Open alerts that nobody has acknowledged.';
comment on column grafana_devices.worst_severity is 'Highest severity among the open alerts: info, warning or critical; null: none is open.';
comment on column grafana_devices.registered_at is 'When it was registered.';

create view grafana_series with (security_barrier) as
  select s.series_id, s.device_id, d.name as device_name, s.key, coalesce(s.display_name, s.key) as series_name, s.kind, s.unit, s.decimals,
         s.lower_limit, s.upper_limit
    from series s join devices d using (device_id)
   where s.tenant_id = (select r.tenant_id from grafana_readers r where r.role_name = session_user);
comment on view grafana_series is 'One row for each quantity that a device has sent.';
comment on column grafana_series.series_id is 'Number of the series.';
comment on column grafana_series.device_id is 'Device that sends it.';
comment on column grafana_series.device_name is 'Name of the device.';
comment on column grafana_series.key is 'Name of the quantity, as the device sends it.';
comment on column grafana_series.series_name is 'Name for people; the key where nobody gave one.';
comment on column grafana_series.kind is 'number, boolean (stored as 0 and 1) or text.';
comment on column grafana_series.unit is 'Unit of the values; null: none is known.';
comment on column grafana_series.decimals is 'Decimals to show; null: as they come.';
comment on column grafana_series.lower_limit is 'Lowest expected value, in the unit; null: none was set.';
comment on column grafana_series.upper_limit is 'Highest expected value, in the unit; null: none was set.';

create view grafana_telemetry with (security_barrier) as
  select t.time, s.device_id, d.name as device_name, s.key, coalesce(s.display_name, s.key) as series_name, s.unit, t.value, t.quality, s.series_id
    from series s join devices d using (device_id) join telemetry t using (series_id)
   where s.tenant_id = (select r.tenant_id from grafana_readers r where r.role_name = session_user);
comment on view grafana_telemetry is 'Every reading that is a number or a boolean. Always filter by time; for more than an hour or two read grafana_telemetry_minutes.';
comment on column grafana_telemetry.time is 'Time of the reading, to the microsecond.';
comment on column grafana_telemetry.device_id is 'Device that sent it.';
comment on column grafana_telemetry.device_name is 'Name of the device.';
comment on column grafana_telemetry.key is 'Name of the quantity, as the device sends it.';
comment on column grafana_telemetry.series_name is 'Name of the quantity for people.';
comment on column grafana_telemetry.unit is 'Unit of the value; null: none is known.';
comment on column grafana_telemetry.value is 'The value, in the unit; booleans are 0 and 1.';
comment on column grafana_telemetry.quality is '100 is good, less is doubtful, as the device says.';
comment on column grafana_telemetry.series_id is 'Number of the series.';

create view grafana_telemetry_text with (security_barrier) as
  select t.time, s.device_id, d.name as device_name, s.key, coalesce(s.display_name, s.key) as series_name, t.value, t.quality, s.series_id
    from series s join devices d using (device_id) join telemetry_text t using (series_id)
   where s.tenant_id = (select r.tenant_id from grafana_readers r where r.role_name = session_user);
comment on view grafana_telemetry_text is 'Every reading that is a text, such as the state of a machine. Always filter by time.';
comment on column grafana_telemetry_text.time is 'Time of the reading, to the microsecond.';
comment on column grafana_telemetry_text.device_id is 'Device that sent it.';
comment on column grafana_telemetry_text.device_name is 'Name of the device.';
comment on column grafana_telemetry_text.key is 'Name of the quantity, as the device sends it.';
comment on column grafana_telemetry_text.series_name is 'Name of the quantity for people.';
comment on column grafana_telemetry_text.value is 'The text.';
comment on column grafana_telemetry_text.quality is '100 is good, less is doubtful, as the device says.';
comment on column grafana_telemetry_text.series_id is 'Number of the series.';

-- The newest minutes are not rolled up yet; their readings stand here each as a row of its own. Grouping them here would keep filters on time from
-- reaching the partitions. Each part joins its series itself: one join of both would read every series of the period.
create view grafana_telemetry_minutes with (security_barrier) as
  select m.time, s.device_id, d.name as device_name, s.key, coalesce(s.display_name, s.key) as series_name, s.unit, m.n, m.sum, m.min, m.max, s.series_id
    from series s join devices d using (device_id) join telemetry_1m m using (series_id)
   where s.tenant_id = (select r.tenant_id from grafana_readers r where r.role_name = session_user)
     and m.time < (select closed_until from rollup_state)
  union all
  select t.time, s.device_id, d.name, s.key, coalesce(s.display_name, s.key), s.unit, 1, insa_summable(t.value), t.value, t.value, s.series_id
    from series s join devices d using (device_id) join telemetry t using (series_id)
   where s.tenant_id = (select r.tenant_id from grafana_readers r where r.role_name = session_user)
     and t.time >= coalesce((select closed_until from rollup_state), '-infinity');
comment on view grafana_telemetry_minutes is
  'Readings by the minute, for long periods: one row for each series and minute, and one for each reading of the newest minutes, which are not rolled up yet. The mean of a period is sum(sum) / sum(n). A minute that gets a late reading shows it after some seconds.';
comment on column grafana_telemetry_minutes.time is 'Start of the minute; of the newest minutes the time of the reading.';
comment on column grafana_telemetry_minutes.device_id is 'Device that sent them.';
comment on column grafana_telemetry_minutes.device_name is 'Name of the device.';
comment on column grafana_telemetry_minutes.key is 'Name of the quantity, as the device sends it.';
comment on column grafana_telemetry_minutes.series_name is 'Name of the quantity for people.';
comment on column grafana_telemetry_minutes.unit is 'Unit of sum, min and max; null: none is known.';
comment on column grafana_telemetry_minutes.n is 'Readings in the row.';
comment on column grafana_telemetry_minutes.sum is 'Their sum, in the unit; NaN when a value is beyond 1e140.';
comment on column grafana_telemetry_minutes.min is 'The lowest, in the unit.';
comment on column grafana_telemetry_minutes.max is 'The highest, in the unit.';
comment on column grafana_telemetry_minutes.series_id is 'Number of the series.';

create view grafana_latest_readings with (security_barrier) as
  select s.device_id, d.name as device_name, s.key, coalesce(s.display_name, s.key) as series_name, s.unit, l.time, l.value, l.text_value,
         l.quality, date_part('epoch', now() - l.time) as age_seconds, s.lower_limit, s.upper_limit,
         l.value < s.lower_limit or l.value > s.upper_limit as outside_limits, s.series_id
    from series s join devices d using (device_id) join telemetry_latest l using (series_id)
   where s.tenant_id = (select r.tenant_id from grafana_readers r where r.role_name = session_user);
comment on view grafana_latest_readings is 'The newest reading of each series, at most a second or two behind.';
comment on column grafana_latest_readings.device_id is 'Device that sent it.';
comment on column grafana_latest_readings.device_name is 'Name of the device.';
comment on column grafana_latest_readings.key is 'Name of the quantity, as the device sends it.';
comment on column grafana_latest_readings.series_name is 'Name of the quantity for people.';
comment on column grafana_latest_readings.unit is 'Unit of the value; null: none is known.';
comment on column grafana_latest_readings.time is 'Time of the reading.';
comment on column grafana_latest_readings.value is 'The value, in the unit (booleans are 0 and 1); null for texts.';
comment on column grafana_latest_readings.text_value is 'The text; null for numbers.';
comment on column grafana_latest_readings.quality is '100 is good, less is doubtful, as the device says.';
comment on column grafana_latest_readings.age_seconds is 'Seconds since the reading.';
comment on column grafana_latest_readings.lower_limit is 'Lowest expected value, in the unit; null: none was set.';
comment on column grafana_latest_readings.upper_limit is 'Highest expected value, in the unit; null: none was set.';
comment on column grafana_latest_readings.outside_limits is 'Whether the value is beyond a limit; null: there is none, or the reading is a text.';
comment on column grafana_latest_readings.series_id is 'Number of the series.';

create view grafana_alerts with (security_barrier) as
  select a.alert_id, a.rule_id, a.rule_name, a.device_id, coalesce((select d.name from devices d where d.device_id = a.device_id and d.tenant_id = a.tenant_id), a.device_id) as device_name, a.key, a.severity,
         case a.severity when 'critical' then 3 when 'warning' then 2 else 1 end as severity_rank, a.status, a.message,
         case when jsonb_typeof(a.value) = 'number' then (a.value)::float8 end as value, a.threshold, a.unit, a.occurrences,
         a.raised_at, a.known_at, a.last_at, a.acknowledged_by, a.acknowledged_at, a.resolved_by, a.resolved_at,
         date_part('epoch', a.acknowledged_at - a.known_at) as acknowledged_after_seconds,
         date_part('epoch', coalesce(a.resolved_at, now()) - a.raised_at) as open_seconds
    from alerts a
   where a.tenant_id = (select r.tenant_id from grafana_readers r where r.role_name = session_user);
comment on view grafana_alerts is 'Every alert, open or not. Filter by known_at: that is what it is indexed by.';
comment on column grafana_alerts.alert_id is 'Id of the alert.';
comment on column grafana_alerts.rule_id is 'Rule that raised it; the rule may be gone since.';
comment on column grafana_alerts.rule_name is 'Name of the rule when it raised the alert.';
comment on column grafana_alerts.device_id is 'Device that it is about; gateway:<name> for a gateway.';
comment on column grafana_alerts.device_name is 'Name of the device; its id when it is gone.';
comment on column grafana_alerts.key is 'Name of the quantity that the rule looks at.';
comment on column grafana_alerts.severity is 'info, warning or critical.';
comment on column grafana_alerts.severity_rank is '1 info, 2 warning, 3 critical: for sorting.';
comment on column grafana_alerts.status is 'active, acknowledged or resolved; open are the first two.';
comment on column grafana_alerts.message is 'What it says to people.';
comment on column grafana_alerts.value is 'Value that raised it, in the unit; null when that is no number.';
comment on column grafana_alerts.threshold is 'Limit that was crossed, in the unit; null for rules without one.';
comment on column grafana_alerts.unit is 'Unit of value and threshold; null: none is known.';
comment on column grafana_alerts.occurrences is 'How often its condition was met while it is open.';
comment on column grafana_alerts.raised_at is 'Time of the reading that raised it.';
comment on column grafana_alerts.known_at is 'When the platform raised it; later than raised_at for readings that came late.';
comment on column grafana_alerts.last_at is 'Time of the newest reading that met its condition.';
comment on column grafana_alerts.acknowledged_by is 'Who acknowledged it; null: nobody.';
comment on column grafana_alerts.acknowledged_at is 'When; null: it was not.';
comment on column grafana_alerts.resolved_by is 'Who resolved it, or what; null: it is open.';
comment on column grafana_alerts.resolved_at is 'When; null: it is open.';
comment on column grafana_alerts.acknowledged_after_seconds is 'Seconds from known_at until it was acknowledged; null: it was not.';
comment on column grafana_alerts.open_seconds is 'Seconds from raised_at until it was resolved, or until now.';

create view grafana_alert_history with (security_barrier) as
  select h.at as time, h.alert_id, h.change, h.actor, h.note, a.severity, a.rule_name, a.device_id, coalesce((select d.name from devices d where d.device_id = a.device_id and d.tenant_id = a.tenant_id), a.device_id) as device_name
    from alert_history h join alerts a using (alert_id)
   where h.tenant_id = (select r.tenant_id from grafana_readers r where r.role_name = session_user);
comment on view grafana_alert_history is 'Every change of every alert. Always filter by time.';
comment on column grafana_alert_history.time is 'When it changed.';
comment on column grafana_alert_history.alert_id is 'Alert that changed.';
comment on column grafana_alert_history.change is 'raised, repeated, severity, cleared, corrected, acknowledged, resolved or note.';
comment on column grafana_alert_history.actor is 'Who or what changed it.';
comment on column grafana_alert_history.note is 'What a person wrote; null: nothing.';
comment on column grafana_alert_history.severity is 'Severity of the alert now: info, warning or critical.';
comment on column grafana_alert_history.rule_name is 'Name of its rule.';
comment on column grafana_alert_history.device_id is 'Device that it is about.';
comment on column grafana_alert_history.device_name is 'Name of the device; its id when it is gone.';

create view grafana_rules with (security_barrier) as
  select r.rule_id, v.definition ->> 'name' as rule_name, v.definition ->> 'rule_type' as rule_type, v.definition ->> 'severity' as severity,
         r.origin, r.enabled, r.priority, r.version, r.trigger_count, r.last_triggered as last_triggered_at, coalesce(a.open_alerts, 0) as open_alerts,
         r.created_at, r.updated_at
    from rules r join rule_versions v on v.rule_id = r.rule_id and v.version = r.version
    left join (
      select o.rule_id, count(*) as open_alerts from alerts o
       where o.tenant_id = (select g.tenant_id from grafana_readers g where g.role_name = session_user) and o.status <> 'resolved'
       group by o.rule_id
    ) a on a.rule_id = r.rule_id
   where r.tenant_id = (select g.tenant_id from grafana_readers g where g.role_name = session_user) and r.removed_at is null;
comment on view grafana_rules is 'One row for each rule there is, as it is now.';
comment on column grafana_rules.rule_id is 'Id of the rule.';
comment on column grafana_rules.rule_name is 'Name for people.';
comment on column grafana_rules.rule_type is 'What kind of rule it is, such as threshold.';
comment on column grafana_rules.severity is 'Severity of its alerts: info, warning or critical.';
comment on column grafana_rules.origin is 'stored (made in the web app or the API) or flow (wired in the editor).';
comment on column grafana_rules.enabled is 'Whether it judges.';
comment on column grafana_rules.priority is 'Lower numbers come first in lists.';
comment on column grafana_rules.version is 'How often it was changed, counting its making.';
comment on column grafana_rules.trigger_count is 'How often it raised an alert since it was made.';
comment on column grafana_rules.last_triggered_at is 'When it did so last; null: never.';
comment on column grafana_rules.open_alerts is 'Its alerts that are not resolved.';
comment on column grafana_rules.created_at is 'When it was made.';
comment on column grafana_rules.updated_at is 'When it was changed last.';

-- Gives the role of all readers, where the server has it, what it may read: these views and nothing else. Run again by the command that makes the role.
create function insa_grant_grafana() returns void language plpgsql as $$
declare
  view_name text;
begin
  if insa_role_exists('insa_grafana') then
    execute format('grant usage on schema %I to insa_grafana', current_schema());
    for view_name in select c.relname from pg_class c where c.relnamespace = current_schema()::regnamespace and c.relkind = 'v' and c.relname like 'grafana\_%' loop
      execute format('grant select on %I to insa_grafana', view_name);
    end loop;
  end if;
end $$;
revoke execute on function insa_grant_grafana from public;
select insa_grant_grafana();
