-- Up Migration

-- Lists of open alerts come in the order of this index, however many alerts there have been.
create index alerts_open_known on alerts (tenant_id, known_at desc, alert_id desc) where status <> 'resolved';
drop index alerts_open_tenant;
