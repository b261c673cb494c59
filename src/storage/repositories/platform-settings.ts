import type { Queryable } from '../database.ts';

/** A setting of a tenant as it was stored; undefined when it never was. */
export async function readSetting(db: Queryable, tenantId: string, name: string): Promise<unknown> {
  const { rows } = await db.query<{ value: unknown }>('select value from platform_settings where tenant_id = $1 and name = $2', [
    tenantId,
    name,
  ]);
  return rows[0]?.value;
}

/** Stores a setting of a tenant, whatever it was before. */
export async function writeSetting(db: Queryable, tenantId: string, setting: { name: string; value: unknown }): Promise<void> {
  await db.query(
    `insert into platform_settings (tenant_id, name, value) values ($1, $2, $3::jsonb)
     on conflict (tenant_id, name) do update set value = excluded.value`,
    [tenantId, setting.name, JSON.stringify(setting.value)],
  );
}
