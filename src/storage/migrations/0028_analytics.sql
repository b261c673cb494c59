-- Up Migration

-- What the analytics of one series are computed from, each over the readings from `from_time` on and before `to_time`. Numbers and booleans (0 and
-- 1); texts have nothing to compute. With `use_rollup` from whole minutes, which is what long periods need: exact for counts, means, extremes
-- and deviations; percentiles are then those of the means of the minutes. Like `aggregates_of_series` they run as the owner and ask the
-- tenant of the series themselves.

-- Readings, or minutes where the roll-up has them: parts that count, sum and spread.
create function parts_of_series(wanted int, from_time timestamptz, to_time timestamptz, use_rollup boolean)
  returns table (at timestamptz, n float8, sum float8, min float8, max float8, m2 float8)
  language plpgsql stable security definer set search_path = public, pg_temp set jit = off
as $$
#variable_conflict use_column
declare
  lower_bound timestamptz;
  upper_bound timestamptz;
begin
  if not exists (select from series s where s.series_id = wanted and s.tenant_id = insa_current_tenant() and s.kind <> 'text') then
    return;
  end if;
  select greatest(date_bin('1 minute', from_time + interval '59.999999 seconds', 'epoch'), complete_from),
         least(date_bin('1 minute', to_time, 'epoch'), closed_until)
    into lower_bound, upper_bound from rollup_state where use_rollup;
  if lower_bound is null or lower_bound >= upper_bound then
    lower_bound := to_time;
    upper_bound := to_time;
  end if;
  return query
    select m.time + interval '30 seconds', m.n::float8, m.sum, m.min, m.max, m.m2 from telemetry_1m m
     where m.series_id = wanted and m.time >= lower_bound and m.time < upper_bound
       and not exists (select from rollup_dirty d where d.series_id = m.series_id and d.time = m.time)
    union all
    select t.time, 1, insa_summable(t.value), t.value, t.value, 0 from telemetry t
     where t.series_id = wanted and t.time >= from_time and t.time < lower_bound
    union all
    select t.time, 1, insa_summable(t.value), t.value, t.value, 0 from telemetry t
     where t.series_id = wanted and t.time >= upper_bound and t.time < to_time
    union all
    select t.time, 1, insa_summable(t.value), t.value, t.value, 0
      from (select distinct d.time from rollup_dirty d where d.series_id = wanted and d.time >= lower_bound and d.time < upper_bound) d
      join telemetry t on t.series_id = wanted and t.time >= d.time and t.time < d.time + interval '1 minute';
end $$;

-- Count, mean, deviation (of the sample), extremes and percentiles: of the readings, or of the means of buckets when `bucket` is given.
create function statistics_of_series(wanted int, from_time timestamptz, to_time timestamptz, fractions float8[], use_rollup boolean, bucket interval)
  returns table (n bigint, mean float8, stddev float8, min float8, max float8, percentiles float8[])
  language plpgsql stable security definer set search_path = public, pg_temp set jit = off set work_mem = '64MB'
as $$
begin
  if not exists (select from series s where s.series_id = wanted and s.tenant_id = insa_current_tenant() and s.kind <> 'text') then
    return;
  elsif bucket is not null then
    return query
      select count(*), avg(b.mean), stddev_samp(b.mean), min(b.mean), max(b.mean), percentile_cont(fractions) within group (order by b.mean)
        from (select a.sum / a.n as mean from aggregates_of_series(array[wanted], from_time, to_time, bucket, null, use_rollup, false) a) b;
  elsif use_rollup then
    return query
      select coalesce(sum(p.n), 0)::bigint, sum(p.sum) / sum(p.n), insa_stddev_of_parts(array[p.n, p.sum, p.m2]), min(p.min), max(p.max),
             percentile_cont(fractions) within group (order by p.sum / p.n)
        from parts_of_series(wanted, from_time, to_time, true) p;
  else
    return query
      select count(*), avg(insa_summable(t.value)), stddev_samp(insa_summable(t.value)), min(t.value), max(t.value),
             percentile_cont(fractions) within group (order by t.value)
        from telemetry t where t.series_id = wanted and t.time >= from_time and t.time < to_time;
  end if;
end $$;

-- What a least-squares line through the readings needs, or through the means of buckets when `bucket` is given; x in minutes since `from_time`. Minutes
-- weigh as many readings as they have; minutes and buckets are in their middle.
create function line_of_series(wanted int, from_time timestamptz, to_time timestamptz, use_rollup boolean, bucket interval)
  returns table (n float8, mean_x float8, mean_y float8, sxx float8, syy float8, sxy float8, min float8, max float8)
  language plpgsql stable security definer set search_path = public, pg_temp set jit = off set work_mem = '64MB'
as $$
begin
  if not exists (select from series s where s.series_id = wanted and s.tenant_id = insa_current_tenant() and s.kind <> 'text') then
    return;
  elsif bucket is not null then
    return query
      select regr_count(b.y, b.x)::float8, regr_avgx(b.y, b.x), regr_avgy(b.y, b.x), regr_sxx(b.y, b.x), regr_syy(b.y, b.x), regr_sxy(b.y, b.x),
             min(b.y), max(b.y)
        from (select date_part('epoch', a.start + bucket / 2 - from_time) / 60 as x, a.sum / a.n as y
                from aggregates_of_series(array[wanted], from_time, to_time, bucket, null, use_rollup, false) a) b
      having count(*) > 0;
  elsif use_rollup then
    return query
      with p as materialized (
        select date_part('epoch', p.at - from_time) / 60 as x, p.n, p.sum / p.n as y, p.m2, p.min, p.max
          from parts_of_series(wanted, from_time, to_time, true) p
      ), m as (
        select sum(p.n) as n, sum(p.n * p.x) / sum(p.n) as x, sum(p.n * p.y) / sum(p.n) as y, min(p.min) as min, max(p.max) as max from p
      )
      select m.n, m.x, m.y, s.sxx, s.syy, s.sxy, m.min, m.max
        from m cross join (
          select sum(p.n * (p.x - m.x) ^ 2) as sxx, sum(p.m2 + p.n * (p.y - m.y) ^ 2) as syy, sum(p.n * (p.x - m.x) * (p.y - m.y)) as sxy from p, m
        ) s
       where m.n > 0;
  else
    return query
      select regr_count(r.y, r.x)::float8, regr_avgx(r.y, r.x), regr_avgy(r.y, r.x), regr_sxx(r.y, r.x), regr_syy(r.y, r.x), regr_sxy(r.y, r.x),
             min(r.value), max(r.value)
        from (select date_part('epoch', t.time - from_time) / 60 as x, insa_summable(t.value) as y, t.value
                from telemetry t where t.series_id = wanted and t.time >= from_time and t.time < to_time) r
      having count(*) > 0;
  end if;
end $$;

-- The usual distance of the newest readings, microseconds (the median of at most 1,000; null for fewer than two), how many were looked at, and the
-- microseconds from the first reading of the period to the last.
create function pace_of_series(wanted int, from_time timestamptz, to_time timestamptz)
  returns table (pace float8, looked_at bigint, lasts float8)
  language sql stable security definer set search_path = public, pg_temp set jit = off
as $$
  select percentile_disc(0.5) within group (order by d.distance), count(*),
         date_part('epoch', max(d.time) - (select t.time from telemetry t where t.series_id = wanted and t.time >= from_time and t.time < to_time
                                            order by t.time limit 1)) * 1e6
    from (
      select t.time, date_part('epoch', t.time - lag(t.time) over (order by t.time)) * 1e6 as distance
        from (select t.time from series s join telemetry t using (series_id)
               where s.series_id = wanted and s.tenant_id = insa_current_tenant() and s.kind <> 'text' and t.time >= from_time and t.time < to_time
               order by t.time desc limit 1000) t
    ) d
$$;

-- The newest readings of a period, at most `wanted_count`, newest first, in one row: `times` are microseconds since 2000, `numbers` doubles, both big-endian.
-- In the order of the index read backwards, so that nothing is sorted.
create function newest_of_series(wanted int, from_time timestamptz, to_time timestamptz, wanted_count int)
  returns table (times bytea, numbers bytea)
  language sql stable security definer set search_path = public, pg_temp set jit = off
as $$
  select string_agg(timestamptz_send(c.time), ''), string_agg(float8send(c.value), '')
    from (select t.time, t.value from series s join telemetry t using (series_id)
           where s.series_id = wanted and s.tenant_id = insa_current_tenant() and s.kind <> 'text' and t.time >= from_time and t.time < to_time
           order by t.time desc limit wanted_count) c
$$;

-- What a page of a time series is computed from: readings between two values, or (`bucket`) means of buckets between them. Of readings only those that
-- the page and its means need; of buckets all, for there are not many.
create function page_source_of_series(wanted int, from_time timestamptz, to_time timestamptz, after timestamptz, points int, span interval, page int,
                                      bucket interval, use_rollup boolean, lowest float8, highest float8)
  returns table (at timestamptz, value float8)
  language plpgsql stable security definer set search_path = public, pg_temp set jit = off
as $$
declare
  first_time timestamptz := from_time;
  last_time timestamptz;
begin
  if not exists (select from series s where s.series_id = wanted and s.tenant_id = insa_current_tenant() and s.kind <> 'text') then
    return;
  elsif bucket is not null then
    return query
      select b.start, b.mean
        from (select a.start, a.sum / a.n as mean from aggregates_of_series(array[wanted], from_time, to_time, bucket, null, use_rollup, false) a) b
       where b.mean between lowest and highest;
    return;
  end if;
  select max(p.time) into last_time
    from (select t.time from telemetry t
           where t.series_id = wanted and t.time >= from_time and t.time < to_time and (after is null or t.time > after)
             and t.value between lowest and highest
           order by t.time limit page + 1) p;
  if after is not null then
    select least(min(b.time), after) into first_time
      from (select t.time from telemetry t where t.series_id = wanted and t.time >= from_time and t.time <= after
               and (span is null or t.time >= after - span) and t.value between lowest and highest
             order by t.time desc limit case when span is null then points end) b;
  end if;
  return query
    select t.time, t.value from telemetry t
     where t.series_id = wanted and t.time >= first_time and t.time <= last_time and t.value between lowest and highest;
end $$;

-- Readings (or means of buckets) from `after` on (not itself, but for the first page, where it is null) with the mean of the newest ones at each: of the
-- last `points`, or of those within `span` before. Readings before `from_time` are in no mean. One more than `page` are answered, so that the end is known.
create function moving_of_series(wanted int, from_time timestamptz, to_time timestamptz, after timestamptz, points int, span interval, page int,
                                 bucket interval, use_rollup boolean, lowest float8, highest float8)
  returns table (at timestamptz, value float8, moving_average float8, previous_at timestamptz, previous_value float8)
  language plpgsql stable security definer set search_path = public, pg_temp set jit = off
as $$
begin
  if not exists (select from series s where s.series_id = wanted and s.tenant_id = insa_current_tenant() and s.kind <> 'text') then
    return;
  elsif span is null then
    return query
      select r.at, r.value, r.mean, r.before, r.was
        from (select p.at, p.value, avg(insa_summable(p.value)) over w as mean, lag(p.at) over o as before, lag(p.value) over o as was
                from page_source_of_series(wanted, from_time, to_time, after, points, span, page, bucket, use_rollup, lowest, highest) p
              window o as (order by p.at), w as (order by p.at rows between points - 1 preceding and current row)) r
       where after is null or r.at > after order by r.at limit page + 1;
  else
    return query
      select r.at, r.value, r.mean, r.before, r.was
        from (select p.at, p.value, avg(insa_summable(p.value)) over w as mean, lag(p.at) over o as before, lag(p.value) over o as was
                from page_source_of_series(wanted, from_time, to_time, after, points, span, page, bucket, use_rollup, lowest, highest) p
              window o as (order by p.at), w as (order by p.at range between span preceding and current row)) r
       where after is null or r.at > after order by r.at limit page + 1;
  end if;
end $$;

revoke execute on function parts_of_series, page_source_of_series, statistics_of_series, line_of_series, pace_of_series, newest_of_series, moving_of_series from public;
do $$
begin
  if insa_role_exists('insa_ingest') then
    grant execute on function statistics_of_series, line_of_series, pace_of_series, newest_of_series, moving_of_series to insa_ingest;
  end if;
  if insa_role_exists('insa_api') then
    grant execute on function statistics_of_series, line_of_series, pace_of_series, newest_of_series, moving_of_series to insa_api;
  end if;
end $$;
