import type { TransactionalAudit } from '../auth/audit.ts';
import { changesOf } from '../auth/audit-changes.ts';
import type { RuleInput, RuleVersion, RuleView, RunningState } from '../contracts/stored-rules.ts';
import type { Clock } from '../core/clock.ts';
import { AppError, messageOf } from '../core/errors.ts';
import type { NewId } from '../core/ids.ts';
import type { Logger } from '../core/logger.ts';
import type { StoredRuleChanges } from '../engine/types.ts';
import type { HeaderSecrets } from '../notify/webhooks/header-secrets.ts';
import type { Database, Queryable } from '../storage/database.ts';
import { deviceForRule } from '../storage/repositories/rule-evidence.ts';
import {
  countEnabledStoredRules,
  findRule,
  findVersion,
  insertStoredRule,
  listRules,
  listVersions,
  lockRule,
  removeStoredRule,
  switchStoredRule,
  writeStoredRule,
} from '../storage/repositories/rulebook.ts';
import type { RuleChange, RuleQuery, RuleRow } from '../storage/repositories/rulebook.ts';
import { assertActionsCanBeDone } from './action-checks.ts';
import { definitionOf, inputOf, sameDefinition, usualRunningState } from './definition.ts';
import { masked, maskedAfter, sealedRule } from './header-values.ts';
import { assertDevicesExist, changedInTheEditor, changedMeanwhile, invalidField, noRule } from './refusals.ts';
import type { PlacedRule } from './refusals.ts';
import { ruleViewOf } from './view.ts';

/** What the keeper of rules works with. */
export interface RuleBookDeps {
  db: Database;
  clock: Clock;
  newId: NewId;
  audit: TransactionalAudit;
  logger: Logger;
  changes: StoredRuleChanges;
  /** Encrypts the values of headers. */
  secrets: HeaderSecrets;
  /** The first level or levels of the platform's own topics. */
  topicRoot: string;
  /** See `ActionSurroundings`. */
  neverReachable: (url: string) => string | undefined;
}

/** Who changes a rule, and from where. */
export interface Author {
  tenantId: string;
  actor: string;
  address: string;
}

/** How an edit is meant. */
export interface EditOptions {
  /** The version that the author has read; undefined: whatever is there. */
  expected: number | undefined;
  /** Undefined: kept when the condition is unchanged, reset otherwise. */
  runningState: RunningState | undefined;
}

/** Which rules to list: a device by its id. */
export type RuleListQuery = Omit<RuleQuery, 'device'> & { deviceId: string | undefined };

/** A list of rules with the place of each in its order. */
export interface ListedRule {
  view: RuleView;
  place: { priority: number; name: string; ruleId: string };
}

/** A change of a rule as the audit log tells it; no `before`: it is new, no `after`: it is removed. */
export interface RuleDeed {
  action: string;
  ruleId: string;
  before: RuleRow | undefined;
  after: RuleRow | undefined;
  runningState: RunningState;
}

/**
 * The keeper of stored rules. Each change is one transaction with the version it makes and its line in the audit log, then the engine takes it
 * over. Wired rules can be read here and are changed in the editor: CONFLICT.
 */
export class RuleBook {
  private readonly deps: RuleBookDeps;

  constructor(deps: RuleBookDeps) {
    this.deps = deps;
  }

  /** Rules in the order of priority and name. INVALID_REQUEST for a device that there is not. */
  list({ deviceId, ...query }: RuleListQuery): Promise<ListedRule[]> {
    return this.deps.db.asTenant(query.tenantId, async (tx) => {
      const device = deviceId === undefined ? undefined : await deviceForRule(tx, query.tenantId, deviceId);
      if (deviceId !== undefined && device === undefined) {
        throw invalidField(
          'device_id',
          `"device_id" is "${deviceId}". There is no such device; GET /api/v1/devices lists those that exist.`,
        );
      }
      const rows = await listRules(tx, { ...query, device });
      return rows.map((row) => ({
        view: ruleViewOf(row),
        place: { priority: row.priority, name: row.definition.name, ruleId: row.rule_id },
      }));
    });
  }

  /** One rule; NOT_FOUND. */
  get(tenantId: string, ruleId: string): Promise<RuleView> {
    return this.deps.db.asTenant(tenantId, async (tx) => ruleViewOf(present(await findRule(tx, tenantId, ruleId), ruleId)));
  }

  /** How many stored rules are switched on. */
  countEnabled(tenantId: string): Promise<number> {
    return this.deps.db.asTenant(tenantId, (tx) => countEnabledStoredRules(tx, tenantId));
  }

  /** Keeps a new rule. INVALID_REQUEST for a device that does not exist. */
  async create(author: Author, input: RuleInput): Promise<RuleView> {
    const { db, newId } = this.deps;
    const change = this.changeOf(author, newId());
    const view = await db.asTenant(author.tenantId, async (tx) => {
      await this.assertStorable(tx, author.tenantId, [{ prefix: '', input }]);
      const sealed = this.sealed(author.tenantId, { prefix: '', input }, []);
      await insertStoredRule(tx, change, { definition: definitionOf(sealed), enabled: input.enabled ?? true });
      const row = await this.rowAfter(tx, change);
      await this.record(tx, author, { action: 'rule.create', ruleId: change.ruleId, before: undefined, after: row, runningState: 'reset' });
      return ruleViewOf(row);
    });
    await this.takeOver(author, view, 'reset');
    return view;
  }

  /**
   * Changes a rule to what `change` makes of it, which may throw to refuse. A field `enabled` that is not given leaves the rule switched as it
   * is. NOT_FOUND, CONFLICT for a wired rule or another version than `expected`, INVALID_REQUEST for a device that does not exist.
   */
  async edit(
    author: Author & { action: 'rule.replace' | 'rule.change' },
    ruleId: string,
    options: EditOptions,
    change: (rule: RuleInput) => RuleInput,
  ): Promise<RuleView> {
    return this.rewrite(author, ruleId, options, (_tx, { definition, ...row }) =>
      Promise.resolve({ input: change(inputOf({ ...row, definition: masked(definition) })), held: definition.actions ?? [] }),
    );
  }

  /** Makes an earlier version the newest one; `check` refuses what is not allowed any more. As `edit`, and NOT_FOUND for the version. */
  async restore(
    author: Author,
    target: { ruleId: string; version: number },
    options: EditOptions,
    check: (rule: unknown) => RuleInput,
  ): Promise<RuleView> {
    const { ruleId } = target;
    return this.rewrite({ ...author, action: 'rule.restore' }, ruleId, options, async (tx, row) => {
      const version = found(await findVersion(tx, { ...target, tenantId: author.tenantId }), target);
      const definition = version.definition as unknown as RuleRow['definition'];
      const said = { definition: masked(definition), enabled: row.enabled, priority: definition.priority ?? row.priority };
      return { input: check(inputOf(said)), held: definition.actions ?? [] };
    });
  }

  /** Switches a rule on or off; `enabled` undefined: over. Its version stays. NOT_FOUND, CONFLICT as above. */
  async toggle(author: Author, ruleId: string, enabled: boolean | undefined, expected: number | undefined): Promise<RuleView> {
    const change = this.changeOf(author, ruleId);
    const { view, isChanged } = await this.deps.db.asTenant(author.tenantId, async (tx) => {
      const row = await this.lockForChange(tx, change, expected);
      const wanted = enabled ?? !row.enabled;
      if (wanted === row.enabled) return { view: ruleViewOf(row), isChanged: false };
      await switchStoredRule(tx, change, wanted);
      const after = await this.rowAfter(tx, change);
      await this.record(tx, author, { action: wanted ? 'rule.enable' : 'rule.disable', ruleId, before: row, after, runningState: 'reset' });
      return { view: ruleViewOf(after), isChanged: true };
    });
    if (isChanged) await this.takeOver(author, view, 'reset');
    return view;
  }

  /** Deletes a rule; its versions stay. NOT_FOUND, CONFLICT as above. */
  async remove(author: Author, ruleId: string, expected: number | undefined): Promise<void> {
    const change = this.changeOf(author, ruleId);
    const view = await this.deps.db.asTenant(author.tenantId, async (tx) => {
      const row = await this.lockForChange(tx, change, expected);
      await removeStoredRule(tx, change);
      await this.record(tx, author, { action: 'rule.remove', ruleId, before: row, after: undefined, runningState: 'reset' });
      return ruleViewOf(row);
    });
    await this.takeOver(author, view, 'reset');
  }

  /** The versions of a rule, newest first; of a deleted one too. NOT_FOUND. */
  versions(query: { tenantId: string; ruleId: string; beforeVersion: number | undefined; limit: number }): Promise<RuleVersion[]> {
    return this.deps.db.asTenant(query.tenantId, async (tx) => {
      if ((await findRule(tx, query.tenantId, query.ruleId)) === undefined) throw noRule(query.ruleId);
      return (await listVersions(tx, query)).map(shownVersion);
    });
  }

  /** One version of a rule; NOT_FOUND. */
  version(target: { tenantId: string; ruleId: string; version: number }): Promise<RuleVersion> {
    return this.deps.db.asTenant(target.tenantId, async (tx) => {
      if ((await findRule(tx, target.tenantId, target.ruleId)) === undefined) throw noRule(target.ruleId);
      return shownVersion(found(await findVersion(tx, target), target));
    });
  }

  /** Refuses devices that do not exist and actions that cannot be done, with INVALID_REQUEST that names the fields. */
  async assertStorable(tx: Queryable, tenantId: string, rules: readonly PlacedRule[]): Promise<void> {
    await assertDevicesExist(tx, tenantId, rules);
    await assertActionsCanBeDone(tx, { tenantId, topicRoot: this.deps.topicRoot, neverReachable: this.deps.neverReachable }, rules);
  }

  /** A rule with the values of headers encrypted; `held` are the actions whose values a mask keeps. INVALID_REQUEST. */
  sealed(tenantId: string, rule: PlacedRule, held: readonly unknown[]): RuleInput {
    return sealedRule(rule, { secrets: this.deps.secrets, tenantId, held });
  }

  /** Writes into the log what was done to a rule, within the transaction that does it. */
  record(tx: Queryable, { tenantId, actor, address }: Author, { action, ruleId, before, after, runningState }: RuleDeed): Promise<void> {
    const row = after ?? before;
    const details = {
      name: row?.definition.name,
      version: row?.version,
      running_state: runningState,
      ...changesOf(configured(before, undefined), configured(after, before)),
    };
    return this.deps.audit.recordIn(tx, { tenantId, actor, action, target: ruleId, outcome: 'ok', address, details });
  }

  /** Has the engine take a change over that is committed. */
  async takeOver(
    { tenantId }: Author,
    { id, name, version }: Pick<RuleView, 'id' | 'name' | 'version'>,
    runningState: RunningState,
  ): Promise<void> {
    const { changes, logger } = this.deps;
    try {
      await changes.storedRuleChanged(tenantId, id, runningState);
    } catch (error) {
      logger.error({ part: 'rulebook', rule_id: id, reason: messageOf(error) }, 'The engine could not take over a stored rule.');
      // Whoever asked must not believe that nothing was changed, nor that everything is well.
      throw new AppError(
        'INTERNAL',
        `The change of the rule "${name}" is stored, but it does not run yet. Deploy or restart, or change the rule again; the log tells why.`,
        { details: { id, version }, cause: error },
      );
    }
  }

  private async rewrite(
    author: Author & { action: string },
    ruleId: string,
    options: EditOptions,
    make: (tx: Queryable, row: RuleRow) => Promise<{ input: RuleInput; held: readonly unknown[] }>,
  ): Promise<RuleView> {
    const change = this.changeOf(author, ruleId);
    const { view, written } = await this.deps.db.asTenant(author.tenantId, async (tx) => {
      const row = await this.lockForChange(tx, change, options.expected);
      const { input: made, held } = await make(tx, row);
      await this.assertStorable(tx, author.tenantId, [{ prefix: '', input: made }]);
      const input = this.sealed(author.tenantId, { prefix: '', input: made }, held);
      const outcome = await rewriteRule(tx, change, { row, input, runningState: options.runningState });
      const after = await this.rowAfter(tx, change);
      if (outcome !== undefined) await this.record(tx, author, { action: author.action, ruleId, before: row, after, ...outcome });
      return { view: ruleViewOf(after), written: outcome };
    });
    if (written !== undefined) await this.takeOver(author, view, written.runningState);
    return view;
  }

  private async lockForChange(tx: Queryable, { tenantId, ruleId }: RuleChange, expected: number | undefined): Promise<RuleRow> {
    const row = present(await lockRule(tx, tenantId, ruleId), ruleId);
    if (row.origin === 'flow') throw changedInTheEditor(row);
    if (expected !== undefined && expected !== row.version) throw changedMeanwhile(row, expected);
    return row;
  }

  /** A rule as it is now, within the transaction that changes it. */
  async rowAfter(tx: Queryable, { tenantId, ruleId }: RuleChange): Promise<RuleRow> {
    return present(await findRule(tx, tenantId, ruleId), ruleId);
  }

  private changeOf({ tenantId, actor }: Author, ruleId: string): RuleChange {
    return { tenantId, actor, ruleId, nowMs: this.deps.clock.nowMs() };
  }
}

/**
 * Writes what a rule that is locked says from now on; answers its version and what becomes of its running state, or undefined when nothing is
 * different: then the engine must not hear of it, because it would take the version before for the one that was edited.
 */
export async function rewriteRule(
  tx: Queryable,
  change: RuleChange,
  { row, input, runningState: wanted }: { row: RuleRow; input: RuleInput; runningState: RunningState | undefined },
): Promise<{ version: number; runningState: RunningState } | undefined> {
  const definition = definitionOf(input);
  const enabled = input.enabled ?? row.enabled;
  const isSwitchedOn = enabled && !row.enabled;
  const runningState = isSwitchedOn ? 'reset' : (wanted ?? usualRunningState(row.definition, definition));
  const isSame = enabled === row.enabled && wanted !== 'reset' && sameDefinition(row.definition, definition);
  if (isSame) return undefined;
  const version = await writeStoredRule(tx, change, { version: row.version, definition, enabled, restarts: runningState === 'reset' });
  return { version, runningState };
}

/** What somebody configured of a rule, without the values of headers; with the row before, which of them are others now. */
function configured(row: RuleRow | undefined, before: RuleRow | undefined): object | undefined {
  if (row === undefined) return undefined;
  return { ...maskedAfter(row.definition, before?.definition), priority: row.priority, enabled: row.enabled };
}

function shownVersion(version: RuleVersion): RuleVersion {
  return { ...version, definition: masked(version.definition) };
}

function present(row: RuleRow | undefined, ruleId: string): RuleRow {
  if (row === undefined) throw noRule(ruleId);
  if (row.removed_at !== null) throw noRule(ruleId, row.removed_at);
  return row;
}

function found(version: RuleVersion | undefined, target: { ruleId: string; version: number }): RuleVersion {
  if (version !== undefined) return version;
  const { ruleId } = target;
  throw new AppError(
    'NOT_FOUND',
    `The rule ${ruleId} has no version ${String(target.version)}. GET /api/v1/rules/${ruleId}/versions lists those it has.`,
  );
}
