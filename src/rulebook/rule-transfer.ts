import type { ImportConflict, RuleExport, RuleImport, RuleInput, RuleView, RunningState } from '../contracts/stored-rules.ts';
import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import type { NewId } from '../core/ids.ts';
import type { Database, Queryable } from '../storage/database.ts';
import { insertStoredRule, lockImports, storedRules } from '../storage/repositories/rulebook.ts';
import type { RuleChange, RuleRow } from '../storage/repositories/rulebook.ts';
import { definitionOf, inputOf } from './definition.ts';
import { masked } from './header-values.ts';
import { rewriteRule } from './rule-book.ts';
import type { Author, RuleBook, RuleDeed } from './rule-book.ts';

/** What bringing rules in and out works with. */
export interface RuleTransferDeps {
  db: Database;
  clock: Clock;
  newId: NewId;
  book: Pick<RuleBook, 'assertStorable' | 'record' | 'rowAfter' | 'sealed' | 'takeOver'>;
}

type Imported = Pick<RuleView, 'id' | 'name' | 'version'>;

interface Written extends Imported {
  runningState: RunningState;
}

/** Stored rules as JSON, out of this installation and into another one. */
export class RuleTransfer {
  private readonly deps: RuleTransferDeps;

  constructor(deps: RuleTransferDeps) {
    this.deps = deps;
  }

  /** All stored rules of a tenant, in the order in which they judge; values of headers are masked. */
  async export(tenantId: string): Promise<RuleExport> {
    const { db, clock } = this.deps;
    const rows = await db.asTenant(tenantId, (tx) => storedRules(tx, tenantId));
    const rules = rows.map(({ definition, ...row }) => inputOf({ ...row, definition: masked(definition) }));
    return { format: 'insa-rules', version: 1, exported_at: new Date(clock.nowMs()).toISOString(), rules };
  }

  /**
   * Takes all rules in, or none. INVALID_REQUEST for a device that does not exist, or two rules of one name; CONFLICT that names them when stored
   * rules have the same names and `onConflict` is `error` (or when `replace` cannot tell which one is meant).
   */
  async import(author: Author, { rules }: RuleExport, onConflict: ImportConflict): Promise<RuleImport> {
    assertNamesDiffer(rules.map(({ name }) => name));
    const { tenantId } = author;
    const outcome = await this.deps.db.asTenant(tenantId, async (tx) => {
      await lockImports(tx, tenantId);
      await this.deps.book.assertStorable(
        tx,
        tenantId,
        rules.map((input, i) => ({ prefix: `rules.${String(i)}.`, input })),
      );
      const names = rules.map(({ name }) => name);
      const there = Map.groupBy(await storedRules(tx, tenantId, names), ({ definition }) => definition.name);
      assertConflictsAreSettled(there, onConflict);
      return this.write(tx, author, { rules, there, onConflict });
    });
    await this.tell(author, outcome);
    return { created: outcome.created.map(shown), replaced: outcome.replaced.map(shown), skipped: outcome.skipped };
  }

  private async write(
    tx: Queryable,
    author: Author,
    work: { rules: RuleExport['rules']; there: ReadonlyMap<string, readonly RuleRow[]>; onConflict: ImportConflict },
  ): Promise<{ created: Written[]; replaced: Written[]; skipped: Imported[] }> {
    const done: { created: Written[]; replaced: Written[]; skipped: Imported[] } = { created: [], replaced: [], skipped: [] };
    const sealed = (input: RuleInput, i: number, held: readonly unknown[]): RuleInput =>
      this.deps.book.sealed(author.tenantId, { prefix: `rules.${String(i)}.`, input }, held);
    for (const [i, given] of work.rules.entries()) {
      const row = work.there.get(given.name)?.[0];
      const id = row?.rule_id ?? this.deps.newId();
      const change: RuleChange = { ...author, ruleId: id, nowMs: this.deps.clock.nowMs() };
      const { name } = given;
      if (row === undefined) {
        const input = sealed(given, i, []);
        await insertStoredRule(tx, change, { definition: definitionOf(input), enabled: input.enabled ?? true });
        await this.record(tx, { author, change }, { action: 'rule.create', before: undefined, runningState: 'reset' });
        done.created.push({ id, name, version: 1, runningState: 'reset' });
      } else if (work.onConflict === 'skip') {
        done.skipped.push({ id, name, version: row.version });
      } else {
        const input = sealed(given, i, row.definition.actions ?? []);
        const written = await rewriteRule(tx, change, { row, input, runningState: undefined });
        if (written === undefined) done.skipped.push({ id, name, version: row.version });
        else {
          await this.record(tx, { author, change }, { action: 'rule.replace', before: row, runningState: written.runningState });
          done.replaced.push({ id, name, ...written });
        }
      }
    }
    return done;
  }

  private async record(
    tx: Queryable,
    { author, change }: { author: Author; change: RuleChange },
    deed: Pick<RuleDeed, 'action' | 'before' | 'runningState'>,
  ): Promise<void> {
    const { book } = this.deps;
    await book.record(tx, author, { ...deed, ruleId: change.ruleId, after: await book.rowAfter(tx, change) });
  }

  /** One that does not run does not keep the others from running; the first failure is told. */
  private async tell(author: Author, { created, replaced }: { created: readonly Written[]; replaced: readonly Written[] }): Promise<void> {
    const failures: unknown[] = [];
    for (const rule of [...created, ...replaced]) {
      await this.deps.book.takeOver(author, rule, rule.runningState).catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
  }
}

function shown({ id, name, version }: Imported): Imported {
  return { id, name, version };
}

function assertNamesDiffer(names: readonly string[]): void {
  const errors = names.flatMap((name, i) => {
    const first = names.indexOf(name);
    if (first === i) return [];
    const field = `rules.${String(i)}.name`;
    return [{ field, message: `"${field}" is "${name}", as "rules.${String(first)}.name" is; give each rule of an import its own name.` }];
  });
  const [first] = errors;
  if (first !== undefined) throw new AppError('INVALID_REQUEST', first.message, { errors: errors.slice(0, 50) });
}

function assertConflictsAreSettled(there: ReadonlyMap<string, readonly RuleRow[]>, onConflict: ImportConflict): void {
  const names = [...there.keys()];
  const refused =
    onConflict === 'error' ? names : onConflict === 'replace' ? names.filter((name) => (there.get(name)?.length ?? 0) > 1) : [];
  if (refused.length === 0) return;
  const list = refused
    .slice(0, 20)
    .map((name) => `"${name}"`)
    .join(', ');
  const more = refused.length > 20 ? ` and ${String(refused.length - 20)} more` : '';
  const message =
    onConflict === 'error'
      ? `Stored rules have these names already: ${list}${more}. Nothing was imported; send "?on_conflict=skip" to leave them as they are or "?on_conflict=replace" to overwrite them.`
      : `Several stored rules have each of these names, so it is not clear which one to replace: ${list}${more}. Nothing was imported; give them different names first.`;
  throw new AppError('CONFLICT', message, { details: { names: refused } });
}
