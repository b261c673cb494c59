-- Up Migration

-- What a search in alerts looks at, in small letters: it takes a third of the time of `ilike` over the four columns, and needs no
-- extension (pg_trgm is not in every PostgreSQL, and must be allowed by its administrator).
alter table alerts add column search_text text collate "C"
  generated always as (lower(message || E'\n' || rule_name || E'\n' || device_id || E'\n' || key)) stored;
