import type { FlowVersion } from '../contracts/flows.ts';
import type { AuditLog } from '../auth/audit.ts';
import type { Clock } from '../core/clock.ts';
import { AppError, messageOf } from '../core/errors.ts';
import type { NewId } from '../core/ids.ts';
import type { Logger } from '../core/logger.ts';
import { isPassing } from '../storage/database.ts';
import type { Database } from '../storage/database.ts';
import {
  findFlowVersion,
  flowsOfNumber,
  insertFlowVersion,
  listFlowVersions,
  lockNewestVersion,
} from '../storage/repositories/flow-versions.ts';
import type { StoredFlowVersion } from '../storage/repositories/flow-versions.ts';
import { differenceOf, isEmpty } from './difference.ts';
import type { FlowNode } from './flow-node.ts';
import type { Deployment } from './types.ts';

/** What the history of versions works with. */
export interface VersionHistoryDeps {
  database: Database;
  audit: AuditLog;
  clock: Clock;
  logger: Logger;
  newId: NewId;
  /** The tenant whose flows run here. */
  tenantId: string;
}

/** So many versions are kept. */
const KEPT_VERSIONS = 200;
/** So many deployments wait for the database; what older ones changed then shows in the next version. */
const MAX_WAITING = 20;
const RETRY_MS = 5_000;
/** So many names stand in the audit log. */
const AUDITED_NAMES = 20;

type Waiting = Deployment & { atMs: number };

/**
 * Keeps every deployment as a version, and writes it down in the audit log. The flows themselves are Node-RED's files: a deployment stands
 * without the database, its version is written when the database answers again. What changed while nobody could write (or by hand in the
 * files) is found at the next start.
 */
export class VersionHistory {
  private readonly deps: VersionHistoryDeps;
  private readonly waiting: Waiting[] = [];
  private known: readonly FlowNode[] | undefined;
  private newest: number | null = null;
  private writing: Promise<void> | undefined;
  private retry: NodeJS.Timeout | undefined;

  constructor(deps: VersionHistoryDeps) {
    this.deps = deps;
  }

  /** What is still waiting has one more chance. */
  async stop(): Promise<void> {
    await this.written();
    clearTimeout(this.retry);
  }

  /** Somebody deployed. Never throws. */
  deployed(deployment: Deployment): void {
    const difference = differenceOf(this.known ?? [], deployment.nodes);
    const { author, origin, address, note } = deployment;
    const { tenantId, audit } = this.deps;
    const named = Object.fromEntries(
      (['added', 'removed', 'changed', 'moved'] as const)
        .filter((kind) => difference[kind].length > 0)
        .map((kind) => [kind, difference[kind].slice(0, AUDITED_NAMES).map(({ name, type, tab }) => ({ name, type, tab }))]),
    );
    const details = { summary: difference.summary, origin, ...(note === undefined ? {} : { note }), ...named, tabs: difference.tabs };
    void audit.record({ tenantId, actor: author, action: 'flows.deploy', outcome: 'ok', address, details });
    this.keep(deployment);
  }

  /** These flows are deployed: at the start, or after they were read from their files again. Nobody is known to have changed them. */
  found(nodes: readonly FlowNode[]): void {
    if (this.known !== undefined && isEmpty(differenceOf(this.known, nodes))) return;
    this.keep({ nodes, author: 'platform', origin: 'platform' });
  }

  /** Resolves when everything that can be written is, with the number of the newest version; null when some still waits. */
  async written(): Promise<number | null> {
    await (this.writing ?? this.write());
    // One that came in the moment between the last look and the end of the writing.
    while (this.waiting.length > 0 && this.retry === undefined) await (this.writing ?? this.write());
    return this.waiting.length === 0 ? this.newest : null;
  }

  /** Newest first. */
  list(query: { tenantId: string; beforeNumber: number | undefined; limit: number }): Promise<FlowVersion[]> {
    return this.deps.database.asTenant(query.tenantId, (tx) => listFlowVersions(tx, query));
  }

  /** One version, and the flows of the one before while that is kept. Fails with NOT_FOUND. */
  async get(tenantId: string, id: string): Promise<{ version: StoredFlowVersion; before: FlowNode[] | undefined }> {
    const found = await this.deps.database.asTenant(tenantId, async (tx) => {
      const version = await findFlowVersion(tx, tenantId, id);
      if (version === undefined) return undefined;
      const before = version.number === 1 ? [] : await flowsOfNumber(tx, tenantId, version.number - 1);
      return { version, before };
    });
    if (found !== undefined) return found;
    throw new AppError('NOT_FOUND', `There is no version ${id} of the flows; the newest ${String(KEPT_VERSIONS)} are kept.`);
  }

  private keep(deployment: Deployment): void {
    this.known = deployment.nodes;
    this.waiting.push({ ...deployment, atMs: this.deps.clock.nowMs() });
    if (this.waiting.length > MAX_WAITING) this.waiting.shift();
    void this.written();
  }

  private write(): Promise<void> {
    this.writing = this.writeAll().finally(() => {
      this.writing = undefined;
    });
    return this.writing;
  }

  private async writeAll(): Promise<void> {
    clearTimeout(this.retry);
    this.retry = undefined;
    for (let [next] = this.waiting; next !== undefined; [next] = this.waiting) {
      try {
        this.newest = await this.insert(next);
      } catch (error) {
        this.deps.logger.warn(
          { part: 'flows', reason: messageOf(error) },
          'A version of the flows could not be written; the flows run all the same.',
        );
        if (isPassing(error)) {
          this.retry = setTimeout(() => void this.written(), RETRY_MS).unref();
          return;
        }
      }
      const at = this.waiting.indexOf(next);
      if (at >= 0) this.waiting.splice(at, 1);
    }
  }

  /** The number of the version that says this: a new one when something differs. */
  private insert({ nodes, atMs, ...deployer }: Waiting): Promise<number> {
    const { database, tenantId, newId } = this.deps;
    return database.transaction(async (tx) => {
      const newest = await lockNewestVersion(tx, tenantId);
      const difference = differenceOf(newest?.flows ?? [], nodes);
      if (newest !== undefined && isEmpty(difference)) return newest.number;
      const number = (newest?.number ?? 0) + 1;
      const { author, origin, note, rolledBackFrom } = deployer;
      const said = { author, origin, note, rolledBackFrom, summary: difference.summary };
      await insertFlowVersion(tx, { id: newId(), tenantId, createdAtMs: atMs, ...said, flows: nodes }, { number, keep: KEPT_VERSIONS });
      return number;
    });
  }
}
