-- Up Migration

-- Readings by the minute: what charts and figures over days are computed from. Numbers and booleans (0 and 1); texts have none. Partitioned
-- by day like the readings themselves, so that retention drops whole days. `m2` is the sum of squared differences from the mean of
-- the minute; together with n and sum it merges exactly (Chan, Golub, LeVeque 1979), which sums of squares do not.
-- A minute with a value beyond 1e140, whose square no double holds, has NaN for sum and m2.
create table telemetry_1m (
  time      timestamptz not null,
  sum       float8 not null,
  min       float8 not null,
  max       float8 not null,
  m2        float8 not null,
  series_id int not null,
  n         int not null,
  primary key (series_id, time)
) partition by range (time);

-- Minutes that were rolled up and have got another reading since, written with that reading in one transaction. Nothing is unique here: a
-- reading that marks its minute never waits for the roll-up that is working on it.
create table rollup_dirty (
  dirty_id  bigint generated always as identity primary key,
  series_id int not null,
  time      timestamptz not null
);
create index rollup_dirty_minute on rollup_dirty (series_id, time);

-- Minutes from `complete_from` on and before `closed_until` are rolled up, but for those in rollup_dirty. One row, made when the roll-up first starts.
create table rollup_state (
  only_row      boolean primary key default true check (only_row),
  complete_from timestamptz not null,
  closed_until  timestamptz not null
);

-- Merges (n, sum, m2) of parts to the standard deviation of the sample, with what PostgreSQL itself merges the parts of parallel workers with.
create aggregate insa_stddev_of_parts(float8[]) (
  sfunc = float8_combine, stype = float8[], initcond = '{0,0,0}', finalfunc = float8_stddev_samp, combinefunc = float8_combine, parallel = safe
);

-- A value as sums take it: those whose square no double holds become NaN, which goes through sums where an overflow would be an error.
create function insa_summable(value float8) returns float8 language sql immutable parallel safe as
  $$ select case when value between -1e140 and 1e140 then value else 'NaN'::float8 end $$;

-- Buckets of some series, from `from_time` on and before `to_time`: from the roll-up where it is complete, from readings for the rest (the
-- newest minutes, minutes at the edges that are wanted in part, marked ones, days before the roll-up). All of it is one snapshot, so a reading is
-- counted exactly once. Buckets are multiples of `bucket` since 1970 in UTC, or the days of `zone` when that is given; they must begin at whole
-- minutes unless `use_rollup` is false. Runs as the owner and therefore asks the tenant of each series itself.
create function aggregates_of_series(ids int[], from_time timestamptz, to_time timestamptz, bucket interval, zone text, use_rollup boolean, with_stddev boolean)
  returns table (series_id int, start timestamptz, n bigint, sum float8, min float8, max float8, stddev float8)
  language plpgsql stable security definer set search_path = public, pg_temp set jit = off
as $$
#variable_conflict use_column
declare
  own int[];
  lower_bound timestamptz;
  upper_bound timestamptz;
begin
  select array_agg(s.series_id) into own from series s
   where s.series_id = any (ids) and s.tenant_id = insa_current_tenant() and s.kind <> 'text';
  select greatest(date_bin('1 minute', from_time + interval '59.999999 seconds', 'epoch'), complete_from),
         least(date_bin('1 minute', to_time, 'epoch'), closed_until)
    into lower_bound, upper_bound from rollup_state where use_rollup;
  if lower_bound is null or lower_bound >= upper_bound then
    lower_bound := to_time;
    upper_bound := to_time;
  end if;
  return query
  select p.series_id, case when zone is null then date_bin(bucket, p.time, 'epoch') else date_trunc('day', p.time, zone) end,
         sum(p.n)::bigint, sum(p.sum), min(p.min), max(p.max), insa_stddev_of_parts(array[p.n, p.sum, p.m2]) filter (where with_stddev)
    from (
      select m.series_id, m.time, m.n::float8, m.sum, m.min, m.max, m.m2 from telemetry_1m m
       where m.series_id = any (own) and m.time >= lower_bound and m.time < upper_bound
         and not exists (select from rollup_dirty d where d.series_id = m.series_id and d.time = m.time)
      union all
      select t.series_id, t.time, 1, insa_summable(t.value), t.value, t.value, 0 from telemetry t
       where t.series_id = any (own) and t.time >= from_time and t.time < lower_bound
      union all
      select t.series_id, t.time, 1, insa_summable(t.value), t.value, t.value, 0 from telemetry t
       where t.series_id = any (own) and t.time >= upper_bound and t.time < to_time
      union all
      select t.series_id, t.time, 1, insa_summable(t.value), t.value, t.value, 0
        from (select distinct d.series_id, d.time from rollup_dirty d
               where d.series_id = any (own) and d.time >= lower_bound and d.time < upper_bound) d
        join telemetry t on t.series_id = d.series_id and t.time >= d.time and t.time < d.time + interval '1 minute'
       where t.time >= lower_bound and t.time < upper_bound
    ) p (series_id, time, n, sum, min, max, m2)
   group by 1, 2;
end $$;

-- The next readings of one series, oldest first, in one row: what a driver does for each row costs more than reading it. `times` are
-- microseconds since 2000, `numbers` doubles, `qualities` shorts, all big-endian and of one length; texts are a JSON array.
create function chunk_of_series(wanted_series int, from_time timestamptz, to_time timestamptz, wanted int)
  returns table (times bytea, numbers bytea, qualities bytea, texts json)
  language sql stable security definer set search_path = public, pg_temp set jit = off
as $$
  select string_agg(timestamptz_send(c.time), ''), string_agg(float8send(c.value), ''), string_agg(int2send(c.quality), ''),
         json_agg(c.text_value) filter (where c.text_value is not null)
    from series s
   cross join lateral (
     (select t.time, t.value, null::text as text_value, t.quality from telemetry t
       where s.kind <> 'text' and t.series_id = wanted_series and t.time >= from_time and t.time < to_time order by t.time limit wanted)
     union all
     (select t.time, null, t.value, t.quality from telemetry_text t
       where s.kind = 'text' and t.series_id = wanted_series and t.time >= from_time and t.time < to_time order by t.time limit wanted)
   ) c
   where s.series_id = wanted_series and s.tenant_id = insa_current_tenant()
$$;

revoke execute on function aggregates_of_series, chunk_of_series from public;
do $$
begin
  if insa_role_exists('insa_ingest') then
    grant select, insert, update, delete on telemetry_1m, rollup_dirty, rollup_state to insa_ingest;
    grant execute on function aggregates_of_series, chunk_of_series to insa_ingest;
  end if;
  if insa_role_exists('insa_api') then
    grant execute on function aggregates_of_series, chunk_of_series to insa_api;
  end if;
end $$;
