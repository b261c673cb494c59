-- Up Migration

-- Deviations are taken from an origin, one of the values themselves: the sums that PostgreSQL keeps of 21.3 again and again are otherwise not those of a
-- constant, because 21.3 is no binary number, and small deviations of large values lose their digits. A minute or bucket of equal readings has their value
-- as its mean for the same reason.

create or replace function statistics_of_series(wanted int, from_time timestamptz, to_time timestamptz, fractions float8[], use_rollup boolean, bucket interval)
  returns table (n bigint, mean float8, stddev float8, min float8, max float8, percentiles float8[])
  language plpgsql stable security definer set search_path = public, pg_temp set jit = off set work_mem = '64MB'
as $$
declare
  origin float8;
begin
  if not exists (select from series s where s.series_id = wanted and s.tenant_id = insa_current_tenant() and s.kind <> 'text') then
    return;
  elsif bucket is not null then
    return query
      with b as materialized (
        select case when a.min = a.max then insa_summable(a.min) else a.sum / a.n end as mean
          from aggregates_of_series(array[wanted], from_time, to_time, bucket, null, use_rollup, false) a
      ), o as (select coalesce(nullif((select b.mean from b limit 1), 'NaN'), 0) as origin)
      select count(*), max(o.origin) + avg(b.mean - o.origin), stddev_samp(b.mean - o.origin), min(b.mean), max(b.mean),
             percentile_cont(fractions) within group (order by b.mean)
        from b cross join o;
  elsif use_rollup then
    return query
      with p as materialized (
        select p.n, p.sum, p.min, p.max, p.m2, case when p.min = p.max then insa_summable(p.min) else p.sum / p.n end as mean
          from parts_of_series(wanted, from_time, to_time, true) p
      ), a as (
        select coalesce(sum(p.n), 0)::bigint as n, sum(p.sum) / sum(p.n) as mean, insa_stddev_of_parts(array[p.n, p.sum, p.m2]) as stddev,
               min(p.min) as min, max(p.max) as max, percentile_cont(fractions) within group (order by p.mean) as percentiles
          from p
      )
      select a.n, case when a.min = a.max then insa_summable(a.min) else a.mean end,
             case when a.min = a.max and abs(a.max) <= 1e140 and a.n > 1 then 0 else a.stddev end, a.min, a.max, a.percentiles
        from a;
  else
    origin := coalesce(nullif((select insa_summable(t.value) from telemetry t
                                where t.series_id = wanted and t.time >= from_time and t.time < to_time order by t.time desc limit 1), 'NaN'), 0);
    return query
      select count(*), origin + avg(insa_summable(t.value) - origin), stddev_samp(insa_summable(t.value) - origin), min(t.value), max(t.value),
             percentile_cont(fractions) within group (order by t.value)
        from telemetry t where t.series_id = wanted and t.time >= from_time and t.time < to_time;
  end if;
end $$;

drop function line_of_series;

-- What a least-squares line through the readings needs, or through the means of buckets when `bucket` is given; x in minutes since `from_time`. Minutes
-- weigh as many readings as they have; minutes and buckets are in their middle. `steps`: of how many readings, minutes or buckets it is computed.
create function line_of_series(wanted int, from_time timestamptz, to_time timestamptz, use_rollup boolean, bucket interval)
  returns table (n float8, mean_x float8, mean_y float8, sxx float8, syy float8, sxy float8, min float8, max float8, steps float8)
  language plpgsql stable security definer set search_path = public, pg_temp set jit = off set work_mem = '64MB'
as $$
declare
  origin float8;
begin
  if not exists (select from series s where s.series_id = wanted and s.tenant_id = insa_current_tenant() and s.kind <> 'text') then
    return;
  elsif bucket is not null then
    return query
      with b as materialized (
        select date_part('epoch', a.start + bucket / 2 - from_time) / 60 as x, case when a.min = a.max then insa_summable(a.min) else a.sum / a.n end as y
          from aggregates_of_series(array[wanted], from_time, to_time, bucket, null, use_rollup, false) a
      ), d as (
        select b.x, b.y, o.origin, b.y - o.origin as dy
          from b cross join (select coalesce(nullif((select b.y from b limit 1), 'NaN'), 0) as origin) o
      )
      select regr_count(d.dy, d.x)::float8, regr_avgx(d.dy, d.x), max(d.origin) + regr_avgy(d.dy, d.x), regr_sxx(d.dy, d.x), regr_syy(d.dy, d.x),
             regr_sxy(d.dy, d.x), min(d.y), max(d.y), count(*)::float8
        from d having count(*) > 0;
  elsif use_rollup then
    return query
      with p as materialized (
        select date_part('epoch', p.at - from_time) / 60 as x, p.n, p.min, p.max, case when p.min = p.max then 0 else p.m2 end as m2,
               case when p.min = p.max then insa_summable(p.min) else p.sum / p.n end as y
          from parts_of_series(wanted, from_time, to_time, true) p
      ), o as (
        select coalesce(nullif((select p.y from p limit 1), 'NaN'), 0) as origin
      ), m as (
        select sum(p.n) as n, sum(p.n * p.x) / sum(p.n) as x, sum(p.n * (p.y - o.origin)) / sum(p.n) as dy, min(p.min) as min, max(p.max) as max,
               count(*)::float8 as steps
          from p cross join o
      )
      select m.n, m.x, o.origin + m.dy, s.sxx, s.syy, s.sxy, m.min, m.max, m.steps
        from m cross join o cross join (
          select sum(p.n * (p.x - m.x) ^ 2) as sxx, sum(p.m2 + p.n * (p.y - o.origin - m.dy) ^ 2) as syy,
                 sum(p.n * (p.x - m.x) * (p.y - o.origin - m.dy)) as sxy
            from p, m, o
        ) s
       where m.n > 0;
  else
    origin := coalesce(nullif((select insa_summable(t.value) from telemetry t
                                where t.series_id = wanted and t.time >= from_time and t.time < to_time order by t.time desc limit 1), 'NaN'), 0);
    return query
      select regr_count(r.dy, r.x)::float8, regr_avgx(r.dy, r.x), origin + regr_avgy(r.dy, r.x), regr_sxx(r.dy, r.x), regr_syy(r.dy, r.x),
             regr_sxy(r.dy, r.x), min(r.value), max(r.value), count(*)::float8
        from (select date_part('epoch', t.time - from_time) / 60 as x, insa_summable(t.value) - origin as dy, t.value
                from telemetry t where t.series_id = wanted and t.time >= from_time and t.time < to_time) r
      having count(*) > 0;
  end if;
end $$;

drop function pace_of_series;

-- The usual distance of the newest readings, microseconds (the median of at most 1,000; null for fewer than two), how many were looked at, the
-- microseconds from the first reading of the period to the last, and when that was.
create function pace_of_series(wanted int, from_time timestamptz, to_time timestamptz)
  returns table (pace float8, looked_at bigint, lasts float8, newest timestamptz)
  language sql stable security definer set search_path = public, pg_temp set jit = off
as $$
  select percentile_disc(0.5) within group (order by d.distance), count(*),
         date_part('epoch', max(d.time) - (select t.time from telemetry t where t.series_id = wanted and t.time >= from_time and t.time < to_time
                                            order by t.time limit 1)) * 1e6,
         max(d.time)
    from (
      select t.time, date_part('epoch', t.time - lag(t.time) over (order by t.time)) * 1e6 as distance
        from (select t.time from series s join telemetry t using (series_id)
               where s.series_id = wanted and s.tenant_id = insa_current_tenant() and s.kind <> 'text' and t.time >= from_time and t.time < to_time
               order by t.time desc limit 1000) t
    ) d
$$;

create or replace function page_source_of_series(wanted int, from_time timestamptz, to_time timestamptz, after timestamptz, points int, span interval, page int,
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
        from (select a.start, case when a.min = a.max then insa_summable(a.min) else a.sum / a.n end as mean
                from aggregates_of_series(array[wanted], from_time, to_time, bucket, null, use_rollup, false) a) b
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

drop function newest_of_series;

-- The newest readings of a period, at most `wanted_count`, newest first, in one row: `times` are microseconds since 2000, `numbers` doubles, both big-endian,
-- in base64: as bytes they would be sent in hexadecimal, which takes half as long again. In the order of the index read backwards, so that nothing is
-- sorted.
create function newest_of_series(wanted int, from_time timestamptz, to_time timestamptz, wanted_count int)
  returns table (times text, numbers text)
  language sql stable security definer set search_path = public, pg_temp set jit = off
as $$
  select encode(string_agg(timestamptz_send(c.time), ''), 'base64'), encode(string_agg(float8send(c.value), ''), 'base64')
    from (select t.time, t.value from series s join telemetry t using (series_id)
           where s.series_id = wanted and s.tenant_id = insa_current_tenant() and s.kind <> 'text' and t.time >= from_time and t.time < to_time
           order by t.time desc limit wanted_count) c
$$;

revoke execute on function line_of_series, pace_of_series, newest_of_series from public;
do $$
begin
  if insa_role_exists('insa_ingest') then
    grant execute on function line_of_series, pace_of_series, newest_of_series to insa_ingest;
  end if;
  if insa_role_exists('insa_api') then
    grant execute on function line_of_series, pace_of_series, newest_of_series to insa_api;
  end if;
end $$;
