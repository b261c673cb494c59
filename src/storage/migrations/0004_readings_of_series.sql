-- Up Migration

-- Readings of some series, newest first, `wanted` at most, before the cursor (last_time, last_series). The union view cannot be read in
-- the order of the index and stop after a page; this can: for each series a walk backwards through (series_id, time), partition by
-- partition, that ends after `wanted` rows. It runs as the owner and therefore asks the tenant of each series itself.
create function readings_of_series(ids int[], from_time timestamptz, to_time timestamptz, last_time timestamptz, last_series int, wanted int)
  returns table (series_id int, "time" timestamptz, value float8, text_value text, quality smallint)
  language sql stable security definer set search_path = public, pg_temp
as $$
  select r.series_id, r.time, r.value, r.text_value, r.quality
    from series s
   cross join lateral (
     (select t.series_id, t.time, t.value, null::text as text_value, t.quality
        from telemetry t
       where s.kind <> 'text' and t.series_id = s.series_id
         and t.time >= coalesce(from_time, '-infinity') and t.time < coalesce(to_time, 'infinity') and t.time <= coalesce(last_time, 'infinity')
         and (last_time is null or t.time < last_time or s.series_id < last_series)
       order by t.time desc limit wanted)
     union all
     (select t.series_id, t.time, null, t.value, t.quality
        from telemetry_text t
       where s.kind = 'text' and t.series_id = s.series_id
         and t.time >= coalesce(from_time, '-infinity') and t.time < coalesce(to_time, 'infinity') and t.time <= coalesce(last_time, 'infinity')
         and (last_time is null or t.time < last_time or s.series_id < last_series)
       order by t.time desc limit wanted)
   ) r
   where s.series_id = any (ids) and s.tenant_id = insa_current_tenant()
   order by r.time desc, r.series_id desc limit wanted
$$;

revoke execute on function readings_of_series from public;
do $$
begin
  if insa_role_exists('insa_ingest') then
    grant execute on function readings_of_series to insa_ingest;
  end if;
  if insa_role_exists('insa_api') then
    grant execute on function readings_of_series to insa_api;
  end if;
end $$;
