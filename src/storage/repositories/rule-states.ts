import type { RuleTransition } from '../../contracts/rules.ts';
import type { Queryable } from '../database.ts';
import { epochUs, fromEpochUs } from './columns.ts';

/** The state of one rule for one device, as it is stored. */
export interface StoredRuleState {
  ruleId: string;
  deviceId: string;
  /** The reducer's own JSON. */
  state: unknown;
  /** Per ingest lane, the number of the last message judged. */
  judged: number[];
  /** The unit of the last reading judged. */
  unit: string | null;
  /** When its timer is due, epoch milliseconds. */
  dueAtMs: number | null;
  /** Readings that came too late to be judged: how many, and the newest of them, epoch microseconds as text. */
  lateCount: number;
  lateLastUs: string | null;
  /** The version of the rule that left it, and the start of that rule, epoch milliseconds; null in what older programs stored. */
  version: number | null;
  startedAtMs: number | null;
}

/** All states of some rules. */
export async function loadRuleStates(db: Queryable, ruleIds: readonly string[]): Promise<StoredRuleState[]> {
  const { rows } = await db.query<StoredRuleState>(
    `select rule_id as "ruleId", device_id as "deviceId", state, judged, last_unit as unit,
            (extract(epoch from due_at) * 1000)::float8 as "dueAtMs", late_count::float8 as "lateCount", ${epochUs('late_last')} as "lateLastUs",
            rule_version as version, (extract(epoch from rule_started) * 1000)::float8 as "startedAtMs"
       from rule_states where rule_id = any($1)`,
    [ruleIds],
  );
  return rows;
}

/** Writes the states of many rules and devices in one statement. Devices that were removed meanwhile are left out. */
export async function saveRuleStates(db: Queryable, tenantId: string, states: readonly StoredRuleState[]): Promise<void> {
  if (states.length === 0) return;
  // Every second; what is told of states in answers is how many readings came late. That begins anew with a change of the rule, which is a write to it.
  const says = states.every(({ lateCount }) => lateCount === 0) ? '/* writes only rule_states.state */ ' : '';
  await db.query(
    `${says}insert into rule_states (rule_id, tenant_id, device_id, state, judged, last_unit, due_at, late_count, late_last, rule_version, rule_started)
     select u.rule_id, $1, u.device_id, u.state::jsonb, u.judged::jsonb, u.unit, to_timestamp(u.due_ms / 1000.0), u.late_count,
            ${fromEpochUs('u.late_us')}, u.version, to_timestamp(u.started_ms / 1000.0)
       from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::float8[], $8::bigint[], $9::text[], $10::int[], $11::float8[])
         as u (rule_id, device_id, state, judged, unit, due_ms, late_count, late_us, version, started_ms)
       join devices d on d.device_id = u.device_id and d.tenant_id = $1
      order by u.rule_id, u.device_id
     on conflict (rule_id, device_id)
     do update set state = excluded.state, judged = excluded.judged, last_unit = excluded.last_unit, due_at = excluded.due_at,
       late_count = excluded.late_count, late_last = excluded.late_last, rule_version = excluded.rule_version,
       rule_started = excluded.rule_started, updated_at = now()`,
    [
      tenantId,
      states.map((state) => state.ruleId),
      states.map((state) => state.deviceId),
      states.map((state) => JSON.stringify(state.state)),
      states.map((state) => JSON.stringify(state.judged)),
      states.map((state) => state.unit),
      states.map((state) => state.dueAtMs),
      states.map((state) => state.lateCount),
      states.map((state) => state.lateLastUs),
      states.map((state) => state.version),
      states.map((state) => state.startedAtMs),
    ],
  );
}

/** Counts raises at their rules, with the time of the newest. */
export async function countRaised(tx: Queryable, transitions: readonly RuleTransition[]): Promise<void> {
  const raised = transitions.filter(({ kind }) => kind === 'raised');
  if (raised.length === 0) return;
  await tx.query(
    `/* writes only rules.trigger_count */ update rules r set trigger_count = trigger_count + u.n, last_triggered = greatest(last_triggered, u.at)
       from (select rule_id, count(*) as n, max(at) as at from unnest($1::uuid[], $2::timestamptz[]) as t (rule_id, at) group by rule_id) u
      where r.rule_id = u.rule_id`,
    [raised.map(({ rule_id: ruleId }) => ruleId), raised.map(({ at }) => at)],
  );
}

/** Forgets the states of some devices of a rule. */
export async function deleteRuleStates(db: Queryable, ruleId: string, deviceIds: readonly string[]): Promise<void> {
  if (deviceIds.length === 0) return;
  await db.query('delete from rule_states where rule_id = $1 and device_id = any($2)', [ruleId, deviceIds]);
}

/** Nothing is sent or applied any more that a rule decided, about some devices or (undefined) about any, and nobody has applied yet. */
export async function silenceRule(db: Queryable, ruleId: string, deviceIds?: readonly string[]): Promise<void> {
  await db.query(
    'update rule_transitions set consumed_at = now() where rule_id = $1 and consumed_at is null and ($2::text[] is null or device_id = any($2))',
    [ruleId, deviceIds ?? null],
  );
}

/** The same for what any rule decided about a device. */
export async function silenceDevice(db: Queryable, tenantId: string, deviceId: string): Promise<void> {
  await db.query('update rule_transitions set consumed_at = now() where tenant_id = $1 and device_id = $2 and consumed_at is null', [
    tenantId,
    deviceId,
  ]);
}

/** Records decisions in the order in which they were made; answers those that were not recorded before. */
export async function insertTransitions(tx: Queryable, transitions: readonly RuleTransition[]): Promise<readonly RuleTransition[]> {
  if (transitions.length === 0) return [];
  const { rows } = await tx.query<{ id: string }>(
    `/* writes only rule_transitions.new */ insert into rule_transitions (transition_id, tenant_id, rule_id, device_id, kind, body)
     select u.transition_id, u.tenant_id, u.rule_id, u.device_id, u.kind, u.body::jsonb
       from unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::text[]) with ordinality
         as u (transition_id, tenant_id, rule_id, device_id, kind, body, place)
      order by u.place
     on conflict (transition_id) do nothing returning transition_id as id`,
    [
      transitions.map((transition) => transition.id),
      transitions.map((transition) => transition.tenant_id),
      transitions.map((transition) => transition.rule_id),
      transitions.map((transition) => transition.device_id),
      transitions.map((transition) => transition.kind),
      transitions.map((transition) => JSON.stringify(transition)),
    ],
  );
  const recorded = new Set(rows.map(({ id }) => id));
  return transitions.filter(({ id }) => recorded.has(id));
}

/** What some rules decided and nobody has applied yet, in order. */
export async function unconsumedTransitions(db: Queryable, ruleIds: readonly string[]): Promise<RuleTransition[]> {
  const { rows } = await db.query<{ body: RuleTransition }>(
    'select body from rule_transitions where rule_id = any($1) and consumed_at is null order by transition_no',
    [ruleIds],
  );
  return rows.map((row) => row.body);
}

/** The recorded identity of a transition that was just taken. */
export interface TakenTransition {
  tenantId: string;
  ruleId: string;
  deviceId: string;
  kind: RuleTransition['kind'];
  /** True when a later `cleared` of the same rule and device was applied before this one. */
  overtaken: boolean;
}

/** Marks a transition as applied; undefined when it was before, or was never recorded. Holds its row until the transaction ends. */
export async function takeTransition(tx: Queryable, transitionId: string): Promise<TakenTransition | undefined> {
  const { rows } = await tx.query<TakenTransition>(
    `/* writes only rule_transitions.consumed_at */ update rule_transitions t set consumed_at = now() where transition_id = $1 and consumed_at is null
     returning tenant_id as "tenantId", rule_id as "ruleId", device_id as "deviceId", kind,
       exists (select 1 from rule_transitions later where later.rule_id = t.rule_id and later.device_id = t.device_id
                and later.transition_no > t.transition_no and later.kind = 'cleared' and later.consumed_at is not null) as overtaken`,
    [transitionId],
  );
  return rows[0];
}

/**
 * Housekeeping of some rules: transitions that were sent and that nobody applied for `ageSeconds` (no alert node behind the rule) are
 * not sent again, and reports of repeats are dropped a day after they were applied.
 */
export async function tidyTransitions(db: Queryable, ruleIds: readonly string[], ageSeconds: number): Promise<void> {
  await db.query(
    `/* writes only rule_transitions.consumed_at */ update rule_transitions set consumed_at = now()
      where rule_id = any($1) and consumed_at is null and created_at < now() - $2::float8 * interval '1 second'`,
    [ruleIds, ageSeconds],
  );
  await db.query(
    `/* writes only rule_transitions.repeated */
     delete from rule_transitions where rule_id = any($1) and kind = 'repeated' and consumed_at < now() - interval '1 day'`,
    [ruleIds],
  );
}
