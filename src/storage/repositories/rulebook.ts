import type { AuthoredRule, RuleType, Severity } from '../../contracts/rules.ts';
import type { RuleAction, RuleVersion } from '../../contracts/stored-rules.ts';
import type { Queryable } from '../database.ts';
import { isoMs } from './columns.ts';

/** What a version of a stored rule says. Versions of wired rules have neither priority nor actions. */
export type StoredDefinition = AuthoredRule & { priority: number; actions: RuleAction[] };

/** A rule with its present version. */
export interface RuleRow {
  rule_id: string;
  origin: 'stored' | 'flow';
  node_id: string | null;
  version: number;
  enabled: boolean;
  priority: number;
  trigger_count: number;
  last_triggered: string | null;
  created_at: string;
  updated_at: string;
  updated_by: string | null;
  removed_at: string | null;
  definition: AuthoredRule & { priority?: number; actions?: RuleAction[] };
}

const COLUMNS = `r.rule_id, r.origin, r.node_id, r.version, r.enabled, r.priority, r.trigger_count::float8 as trigger_count,
  ${isoMs('r.last_triggered')} as last_triggered, ${isoMs('r.created_at')} as created_at, ${isoMs('r.updated_at')} as updated_at, r.updated_by,
  ${isoMs('r.removed_at')} as removed_at, v.definition`;
const FROM = `from rules r join rule_versions v on v.rule_id = r.rule_id and v.version = r.version`;

/** Which rules to list, in the order of priority, name and id, after the cursor. Absent filters take all. */
export interface RuleQuery {
  tenantId: string;
  ruleType: RuleType | undefined;
  severity: Severity | undefined;
  enabled: boolean | undefined;
  origin: 'stored' | 'flow' | undefined;
  /** Found in the name. */
  search: string | undefined;
  /** Rules that judge this device. */
  device: { deviceId: string; type: string; location: string } | undefined;
  after: { priority: number; name: string; ruleId: string } | undefined;
  limit: number;
}

/** Rules that are not removed, stored and wired. */
export async function listRules(db: Queryable, query: RuleQuery): Promise<RuleRow[]> {
  const { device, after, search } = query;
  const { rows } = await db.query<RuleRow>(
    `select ${COLUMNS} ${FROM}
      where r.tenant_id = $1 and r.removed_at is null
        and ($2::text is null or v.definition ->> 'rule_type' = $2) and ($3::boolean is null or r.enabled = $3)
        and ($4::text is null or r.origin = $4) and ($5::text is null or v.definition ->> 'name' ilike $5)
        and ($6::text is null
             or (coalesce(v.definition -> 'scope' ->> 'device_id', '') in ('', $6)
                 and coalesce(v.definition -> 'scope' ->> 'device_type', '') in ('', $7)
                 and coalesce(v.definition -> 'scope' ->> 'location', '') in ('', $8)
                 and coalesce(v.definition -> 'conditions' -> 'left' ->> 'device_id', '') in ('', $6)))
        and ($9::int is null or (r.priority, v.definition ->> 'name', r.rule_id) > ($9::int, $10::text, $11::uuid))
        and ($13::text is null or v.definition ->> 'severity' = $13)
      order by r.priority, v.definition ->> 'name', r.rule_id limit $12`,
    [
      query.tenantId,
      query.ruleType ?? null,
      query.enabled ?? null,
      query.origin ?? null,
      search === undefined ? null : `%${search.replace(/[\\%_]/g, '\\$&')}%`,
      device?.deviceId ?? null,
      device?.type ?? null,
      device?.location ?? null,
      after?.priority ?? null,
      after?.name ?? null,
      after?.ruleId ?? null,
      query.limit,
      query.severity ?? null,
    ],
  );
  return rows;
}

/** One rule of a tenant, removed ones too. */
export async function findRule(db: Queryable, tenantId: string, ruleId: string): Promise<RuleRow | undefined> {
  const { rows } = await db.query<RuleRow>(`select ${COLUMNS} ${FROM} where r.tenant_id = $1 and r.rule_id = $2`, [tenantId, ruleId]);
  return rows[0];
}

/** The same, locked until the transaction ends, so that changes at the same time wait for each other. */
export async function lockRule(tx: Queryable, tenantId: string, ruleId: string): Promise<RuleRow | undefined> {
  // First the lock alone: a join that had to wait would still show the version from before it.
  await tx.query('select 1 from rules where tenant_id = $1 and rule_id = $2 for update', [tenantId, ruleId]);
  return findRule(tx, tenantId, ruleId);
}

/** The stored rules of a tenant in the order in which they judge; of these names only when given, then locked. */
export async function storedRules(db: Queryable, tenantId: string, names?: readonly string[]): Promise<RuleRow[]> {
  const { rows } = await db.query<RuleRow>(
    `select ${COLUMNS} ${FROM}
      where r.tenant_id = $1 and r.origin = 'stored' and r.removed_at is null and ($2::text[] is null or v.definition ->> 'name' = any($2))
      order by r.priority, v.definition ->> 'name', r.rule_id ${names === undefined ? '' : 'for update of r'}`,
    [tenantId, names ?? null],
  );
  return rows;
}

/** Lets one import of a tenant at a time look for names, until the transaction ends. */
export async function lockImports(tx: Queryable, tenantId: string): Promise<void> {
  await tx.query(`select pg_advisory_xact_lock(hashtextextended('rule import ' || $1, 0))`, [tenantId]);
}

/** The actions of a version of a rule as they are stored, of whatever age; none when it has none. */
export async function actionsOfVersion(db: Queryable, of: { tenantId: string; ruleId: string; version: number }): Promise<unknown[]> {
  const { rows } = await db.query<{ actions: unknown[] }>(
    `select coalesce(definition -> 'actions', '[]') as actions from rule_versions where tenant_id = $1 and rule_id = $2 and version = $3`,
    [of.tenantId, of.ruleId, of.version],
  );
  return rows[0]?.actions ?? [];
}

/** How many stored rules of a tenant are switched on. */
export async function countEnabledStoredRules(db: Queryable, tenantId: string): Promise<number> {
  const { rows } = await db.query<{ n: number }>(
    `select count(*)::int as n from rules where tenant_id = $1 and origin = 'stored' and removed_at is null and enabled`,
    [tenantId],
  );
  return rows[0]?.n ?? 0;
}

/** A change of a stored rule: who makes it, and when by the platform's clock. */
export interface RuleChange {
  tenantId: string;
  ruleId: string;
  actor: string;
  nowMs: number;
}

/** Adds a stored rule with its first version. */
export async function insertStoredRule(
  tx: Queryable,
  change: RuleChange,
  rule: { definition: StoredDefinition; enabled: boolean },
): Promise<void> {
  const { tenantId, ruleId, actor, nowMs } = change;
  const { definition, enabled } = rule;
  await tx.query(
    `insert into rules (rule_id, tenant_id, origin, version, enabled, priority, updated_by, started_at) values ($1, $2, 'stored', 1, $3, $4, $5, $6)`,
    [ruleId, tenantId, enabled, definition.priority, actor, new Date(nowMs)],
  );
  await insertVersion(tx, change, 1, definition);
}

/**
 * Writes what a stored rule says from now on: another version if jsonb, which ignores spelling and order, finds the definition to differ. It
 * judges what is received from `nowMs` on when it is switched on or `restarts`. Answers its version.
 */
export async function writeStoredRule(
  tx: Queryable,
  change: RuleChange,
  rule: { version: number; definition: StoredDefinition; enabled: boolean; restarts: boolean },
): Promise<number> {
  const { ruleId, actor, nowMs } = change;
  const { definition, enabled } = rule;
  const same = await tx.query('select 1 from rule_versions where rule_id = $1 and version = $2 and definition = $3::jsonb', [
    ruleId,
    rule.version,
    JSON.stringify(definition),
  ]);
  const version = same.rows.length > 0 ? rule.version : rule.version + 1;
  if (version !== rule.version) await insertVersion(tx, change, version, definition);
  await tx.query(
    `update rules set version = $2, enabled = $3, priority = $4, updated_by = $5, updated_at = now(),
            started_at = case when $6 or (not enabled and $3) then $7 else started_at end
      where rule_id = $1`,
    [ruleId, version, enabled, definition.priority, actor, rule.restarts, new Date(nowMs)],
  );
  return version;
}

/** Switches a stored rule on or off; its version stays. */
export async function switchStoredRule(tx: Queryable, change: RuleChange, enabled: boolean): Promise<void> {
  await tx.query(
    `update rules set enabled = $2, updated_by = $3, updated_at = now(), started_at = case when not enabled and $2 then $4 else started_at end
      where rule_id = $1`,
    [change.ruleId, enabled, change.actor, new Date(change.nowMs)],
  );
}

/** Marks a stored rule as removed; the row and its versions stay, because alerts name them. */
export async function removeStoredRule(tx: Queryable, change: RuleChange): Promise<void> {
  await tx.query('update rules set removed_at = now(), enabled = false, updated_by = $2, updated_at = now() where rule_id = $1', [
    change.ruleId,
    change.actor,
  ]);
}

async function insertVersion(tx: Queryable, change: RuleChange, version: number, definition: StoredDefinition): Promise<void> {
  await tx.query('insert into rule_versions (rule_id, version, tenant_id, definition, created_by) values ($1, $2, $3, $4::jsonb, $5)', [
    change.ruleId,
    version,
    change.tenantId,
    JSON.stringify(definition),
    change.actor,
  ]);
}

const VERSION_COLUMNS = `version, ${isoMs('created_at')} as created_at, created_by, definition`;

/** The versions of a rule, newest first, before the cursor. */
export async function listVersions(
  db: Queryable,
  query: { tenantId: string; ruleId: string; beforeVersion: number | undefined; limit: number },
): Promise<RuleVersion[]> {
  const { rows } = await db.query<RuleVersion>(
    `select ${VERSION_COLUMNS} from rule_versions where tenant_id = $1 and rule_id = $2 and ($3::int is null or version < $3)
      order by rule_versions.version desc limit $4`,
    [query.tenantId, query.ruleId, query.beforeVersion ?? null, query.limit],
  );
  return rows;
}

/** One version of a rule. */
export async function findVersion(
  db: Queryable,
  of: { tenantId: string; ruleId: string; version: number },
): Promise<RuleVersion | undefined> {
  const { rows } = await db.query<RuleVersion>(
    `select ${VERSION_COLUMNS} from rule_versions where tenant_id = $1 and rule_id = $2 and version = $3`,
    [of.tenantId, of.ruleId, of.version],
  );
  return rows[0];
}

/** Which of these devices a tenant has. */
export async function registeredDevices(db: Queryable, tenantId: string, deviceIds: readonly string[]): Promise<Set<string>> {
  if (deviceIds.length === 0) return new Set();
  const { rows } = await db.query<{ device_id: string }>('select device_id from devices where tenant_id = $1 and device_id = any($2)', [
    tenantId,
    deviceIds,
  ]);
  return new Set(rows.map((row) => row.device_id));
}
