import type { AuthoredRule } from '../../contracts/rules.ts';
import type { RuleInput } from '../../contracts/stored-rules.ts';
import type { Queryable } from '../database.ts';

/** A version of a rule as it is kept, wired or stored, of a rule that is not removed; undefined: there is none. `version` undefined: as it is now. */
export async function keptRule(
  db: Queryable,
  of: { tenantId: string; ruleId: string; version: number | undefined },
): Promise<AuthoredRule | RuleInput | undefined> {
  const { rows } = await db.query<{ definition: AuthoredRule | RuleInput }>(
    `select v.definition from rules r join rule_versions v on v.rule_id = r.rule_id and v.version = coalesce($3::int, r.version)
      where r.rule_id = $1 and r.tenant_id = $2 and r.removed_at is null`,
    [of.ruleId, of.tenantId, of.version ?? null],
  );
  return rows[0]?.definition;
}
