-- Up Migration

-- How far apart the readings of some series usually are, in seconds: the median of the distances of the newest nine, within a week of the last
-- one; without a row where there are fewer than three. For each series a short walk backwards through (series_id, time), as in
-- `readings_of_series`, but for all series at once: a call for each would open every partition again. It runs as the owner and therefore asks
-- the tenant of each series itself.
create function usual_distances(ids int[]) returns table (series_id int, seconds float8)
  language sql stable security definer set search_path = public, pg_temp
as $$
  select d.series_id, percentile_disc(0.5) within group (order by d.distance)
    from (select s.series_id, extract(epoch from r.time - lead(r.time) over (partition by s.series_id order by r.time desc))::float8 as distance
            from series s
            join telemetry_latest l on l.series_id = s.series_id
           cross join lateral (
             (select t.time from telemetry t
               where s.kind <> 'text' and t.series_id = s.series_id and t.time > l.time - interval '7 days' order by t.time desc limit 9)
             union all
             (select t.time from telemetry_text t
               where s.kind = 'text' and t.series_id = s.series_id and t.time > l.time - interval '7 days' order by t.time desc limit 9)
           ) r
           where s.series_id = any (ids) and s.tenant_id = insa_current_tenant()) d
   group by d.series_id
  having count(d.distance) >= 2
$$;

revoke execute on function usual_distances from public;
do $$
begin
  if insa_role_exists('insa_ingest') then
    grant execute on function usual_distances to insa_ingest;
  end if;
  if insa_role_exists('insa_api') then
    grant execute on function usual_distances to insa_api;
  end if;
end $$;
