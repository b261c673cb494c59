import type { AuthoredRule, RuleDefinition } from '../../contracts/rules.ts';
import type { Queryable } from '../database.ts';

/** A wired rule as it is deployed now; identity and version follow from the node and from what is stored. */
export type WiredRule = AuthoredRule;

/** What registering a wired rule found out. */
export interface RegisteredRule {
  version: number;
  /** The rule judges what was received from this instant on, epoch milliseconds. */
  startedAtMs: number;
}

interface RuleRow {
  version: number;
  removed: boolean;
  started_ms: number;
}

const STARTED_MS = `(extract(epoch from started_at) * 1000)::float8`;

/**
 * Writes down that a rule is wired: a first version when it is new, another one when its definition changed. A rule that had been
 * removed starts anew. `nowMs` becomes its start. Two deploys of one node at the same time wait for each other.
 */
export async function registerWiredRule(
  tx: Queryable,
  rule: { ruleId: string; tenantId: string; nodeId: string; definition: WiredRule },
  nowMs: number,
): Promise<RegisteredRule> {
  await tx.query(
    `insert into rules (rule_id, tenant_id, origin, node_id, version, started_at) values ($1, $2, 'flow', $3, 0, $4)
     on conflict (rule_id) do nothing`,
    [rule.ruleId, rule.tenantId, rule.nodeId, new Date(nowMs)],
  );
  const { rows } = await tx.query<RuleRow>(
    `select version, removed_at is not null as removed, ${STARTED_MS} as started_ms from rules where rule_id = $1 and tenant_id = $2 for update`,
    [rule.ruleId, rule.tenantId],
  );
  const found = rows[0];
  if (found === undefined) throw new Error(`Rule ${rule.ruleId} of node ${rule.nodeId} belongs to another tenant than ${rule.tenantId}.`);
  const version = await writeVersion(tx, rule, found);
  await tx.query(
    `update rules set version = $2, enabled = true, removed_at = null, updated_at = now(), started_at = case when $3 then $4 else started_at end
      where rule_id = $1`,
    [rule.ruleId, version, found.removed, new Date(nowMs)],
  );
  return {
    version,
    startedAtMs: found.removed || found.version === 0 ? nowMs : found.started_ms,
  };
}

/** A new version if jsonb, which ignores spelling and order, finds the definition to differ. */
async function writeVersion(
  tx: Queryable,
  rule: { ruleId: string; tenantId: string; definition: WiredRule },
  found: RuleRow,
): Promise<number> {
  const definition = JSON.stringify(rule.definition);
  const same = await tx.query('select 1 from rule_versions where rule_id = $1 and version = $2 and definition = $3::jsonb', [
    rule.ruleId,
    found.version,
    definition,
  ]);
  if (same.rows.length > 0) return found.version;
  await tx.query('insert into rule_versions (rule_id, version, tenant_id, definition) values ($1, $2, $3, $4::jsonb)', [
    rule.ruleId,
    found.version + 1,
    rule.tenantId,
    definition,
  ]);
  return found.version + 1;
}

/** Marks a rule as gone; its versions stay, because alerts name them. */
export async function removeRule(tx: Queryable, ruleId: string): Promise<void> {
  await tx.query('update rules set removed_at = now(), enabled = false, updated_at = now() where rule_id = $1', [ruleId]);
}

/** Wired rules that are not marked as removed: id, node and tenant. */
export async function wiredRules(db: Queryable): Promise<{ ruleId: string; nodeId: string; tenantId: string }[]> {
  const { rows } = await db.query<{ ruleId: string; nodeId: string; tenantId: string }>(
    `select rule_id as "ruleId", node_id as "nodeId", tenant_id as "tenantId" from rules where origin = 'flow' and removed_at is null`,
  );
  return rows;
}

/** A stored rule as the engine runs it. */
export interface RunnableRule {
  definition: RuleDefinition;
  priority: number;
  startedAtMs: number;
}

/** A stored rule as it is now. */
export interface StoredRuleRow extends RunnableRule {
  enabled: boolean;
  removed: boolean;
}

interface StoredRow {
  rule_id: string;
  version: number;
  definition: AuthoredRule;
  priority: number;
  enabled: boolean;
  removed: boolean;
  started_ms: number;
}

const STORED = `select r.rule_id, r.version, v.definition, r.priority, r.enabled, r.removed_at is not null as removed,
         ${STARTED_MS} as started_ms
    from rules r join rule_versions v on v.rule_id = r.rule_id and v.version = r.version
   where r.origin = 'stored' and r.tenant_id = $1`;

/** Every stored rule of a tenant that is switched on. */
export async function enabledStoredRules(db: Queryable, tenantId: string): Promise<StoredRuleRow[]> {
  const { rows } = await db.query<StoredRow>(`${STORED} and r.enabled and r.removed_at is null order by r.priority, r.created_at`, [
    tenantId,
  ]);
  return rows.map(storedRow);
}

/** One stored rule, removed or not; undefined when there never was one. */
export async function storedRule(db: Queryable, tenantId: string, ruleId: string): Promise<StoredRuleRow | undefined> {
  const { rows } = await db.query<StoredRow>(`${STORED} and r.rule_id = $2`, [tenantId, ruleId]);
  return rows.map(storedRow)[0];
}

/** What some versions of rules said. */
export async function ruleDefinitions(
  db: Queryable,
  versions: readonly { ruleId: string; version: number }[],
): Promise<{ ruleId: string; version: number; definition: AuthoredRule }[]> {
  if (versions.length === 0) return [];
  const { rows } = await db.query<{ ruleId: string; version: number; definition: AuthoredRule }>(
    `select rule_id as "ruleId", version, definition from rule_versions
      where (rule_id, version) in (select * from unnest($1::uuid[], $2::int[]))`,
    [versions.map(({ ruleId }) => ruleId), versions.map(({ version }) => version)],
  );
  return rows;
}

/** Stored rules of a tenant that are switched off or removed, but whose states or alerts are still there. */
export async function unendedStoredRules(db: Queryable, tenantId: string): Promise<{ ruleId: string; removed: boolean }[]> {
  const { rows } = await db.query<{ ruleId: string; removed: boolean }>(
    `select rule_id as "ruleId", removed_at is not null as removed from rules r
      where origin = 'stored' and tenant_id = $1 and (not enabled or removed_at is not null)
        and (exists (select 1 from rule_states s where s.rule_id = r.rule_id)
          or exists (select 1 from alerts a where a.rule_id = r.rule_id and a.status <> 'resolved'))`,
    [tenantId],
  );
  return rows;
}

/** A rule judges what is received from this instant on. */
export async function restartRule(tx: Queryable, ruleId: string, nowMs: number): Promise<void> {
  await tx.query('update rules set started_at = $2 where rule_id = $1', [ruleId, new Date(nowMs)]);
}

/** The states and timers of a rule go. */
export async function endRule(tx: Queryable, ruleId: string): Promise<void> {
  await tx.query('delete from rule_states where rule_id = $1', [ruleId]);
}

function storedRow(row: StoredRow): StoredRuleRow {
  const { rule_id, version, definition, priority, enabled, removed, started_ms: startedAtMs } = row;
  return { definition: { ...definition, rule_id, version }, priority, enabled, removed, startedAtMs };
}
