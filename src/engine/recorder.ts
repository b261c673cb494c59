import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import type { RuleTransition } from '../contracts/rules.ts';
import { messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { isPassing, isRefusal } from '../storage/database.ts';
import type { Database } from '../storage/database.ts';
import { countRaised, insertTransitions, saveRuleStates } from '../storage/repositories/rule-states.ts';
import type { DeviceRun } from './device-run.ts';
import type { RuleRun } from './rule-run.ts';

/** A decision that waits to be recorded. */
interface Decided {
  device: DeviceRun;
  transition: RuleTransition;
}

/** What a recorder works with. */
export interface RecorderOptions {
  db: Database;
  tenantId: string;
  logger: Logger;
  /** Aborted when the engine stops: nothing is retried any more. */
  signal: AbortSignal;
  /** Called once for each transition, in order, after it was recorded. */
  onRecorded: (transition: RuleTransition) => void;
  onError: (error: Error) => void;
  /** The state of a device, or what was decided of it, cannot be stored, whatever is done. */
  onRefused: (device: DeviceRun) => void;
}

/** States written in one statement: what is decided meanwhile waits for it. */
const STATES_AT_ONCE = 400;
const RETRY_MS = { first: 100, longest: 2_000, defect: 5_000 };

/**
 * Writes what the rules of a set decide: transitions at once, together with the states that they left, in one transaction; states that only
 * moved on at the next checkpoint. One write at a time, and each takes all that is waiting, so that a stored state never contains a
 * decision that is not stored, and decisions keep their order.
 */
export class RuleRecorder {
  private readonly options: RecorderOptions;
  private readonly dirty = new Set<DeviceRun>();
  private queue: Decided[] = [];
  private lastWrite: Promise<void> = Promise.resolve();
  private pumping = false;

  constructor(options: RecorderOptions) {
    this.options = options;
  }

  /** Notes that the state of a device has moved on. On the hot path. */
  touch(device: DeviceRun): void {
    if (device.dirty) return;
    device.dirty = true;
    this.dirty.add(device);
  }

  /** Records a decision as soon as possible; while the database is away it waits and tries again. */
  add(device: DeviceRun, transition: RuleTransition): void {
    this.queue.push({ device, transition });
    this.touch(device);
    if (!this.pumping) void this.pump();
  }

  /** Writes everything that is waiting now, some at a time. Rejects when it could not; nothing is lost then. */
  async checkpoint(): Promise<void> {
    const waiting = [...this.dirty];
    do await this.inTurn(() => this.write(waiting.splice(0, STATES_AT_ONCE).filter(({ dirty }) => dirty)));
    while (waiting.length > 0);
  }

  /** What an earlier version of a rule decided and is not recorded yet goes on with the devices of the new one. */
  handOver(before: RuleRun, after: RuleRun): void {
    for (const entry of this.queue) {
      if (entry.device.run === before) entry.device = after.devices.get(entry.device.deviceId) ?? entry.device;
    }
  }

  /**
   * Forgets what is waiting of a rule that ends, and does what `ending` does about the rest after all that is being written and before anything
   * that is decided from now on.
   */
  abandon(ruleId: string, ending: () => Promise<void>): Promise<void> {
    this.queue = this.queue.filter(({ transition }) => transition.rule_id !== ruleId);
    for (const device of this.dirty) if (device.run.rule.rule_id === ruleId) this.settle(device);
    return this.inTurn(ending);
  }

  /** Does something after all that is being written and before anything that is decided from now on. */
  alone(work: () => Promise<void>): Promise<void> {
    return this.inTurn(work);
  }

  /** Resolves when nothing of devices that are gone is being written any more. */
  settled(): Promise<void> {
    return this.lastWrite;
  }

  private async pump(): Promise<void> {
    this.pumping = true;
    let waitMs = RETRY_MS.first;
    await nextTurn(); // What the rest of this message decides goes into the same transaction.
    while (this.queue.length > 0 && !this.options.signal.aborted) {
      try {
        await this.inTurn(() => this.write([...new Set(this.queue.map(({ device }) => device))]));
        waitMs = RETRY_MS.first;
      } catch (error) {
        await delay(this.report(error) ? waitMs : RETRY_MS.defect, undefined, { ref: false });
        waitMs = Math.min(waitMs * 2, RETRY_MS.longest);
      }
    }
    this.pumping = false;
  }

  /** True when the failure passes by itself; any other is told to the node. */
  private report(error: unknown): boolean {
    const passing = isPassing(error);
    if (!passing) {
      this.options.onError(error instanceof Error ? error : new Error(messageOf(error)));
      this.options.logger.error(
        { part: 'rules', ruleIds: [...new Set(this.queue.map(({ transition }) => transition.rule_id))], error: messageOf(error) },
        'A decision of a rule could not be recorded.',
      );
    }
    return passing;
  }

  private inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.lastWrite.then(work, work);
    // A failure belongs to the one who asked; whoever comes next starts afresh.
    this.lastWrite = turn.catch(() => undefined);
    return turn;
  }

  private async write(devices: readonly DeviceRun[]): Promise<void> {
    const decided = this.queue.slice();
    const writing = [...new Set([...devices, ...decided.map(({ device }) => device)])];
    if (writing.length === 0) return;
    try {
      await this.store(writing, decided);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      for (const device of writing)
        await this.storeApart(
          device,
          decided.filter((entry) => entry.device === device),
        );
    }
  }

  private async store(devices: readonly DeviceRun[], decided: readonly Decided[]): Promise<void> {
    const states = devices.filter((device) => !device.gone).map((device) => device.stored());
    for (const device of devices) this.settle(device);
    const transitions = decided.filter(({ device }) => !device.gone).map(({ transition }) => transition);
    try {
      await this.options.db.transaction(async (tx) => {
        const recorded = await insertTransitions(tx, transitions);
        await saveRuleStates(tx, this.options.tenantId, states);
        // When it was in doubt whether an earlier try had committed, they are there already, and counted.
        await countRaised(tx, recorded);
      });
    } catch (error) {
      for (const device of devices) this.touch(device);
      throw error;
    }
    this.takeOut(decided);
    for (const transition of transitions) {
      this.tell(transition);
      this.options.onRecorded(transition);
    }
  }

  private tell({ id, kind, rule_id, device_id, request_id }: RuleTransition): void {
    this.options.logger.debug({ part: 'rules', request_id, transition_id: id, kind, rule_id, device_id }, 'A rule decided.');
  }

  /** What the database refuses of one device must not hold up the others: it is told, and judging of that device begins anew. */
  private async storeApart(device: DeviceRun, own: readonly Decided[]): Promise<void> {
    try {
      await this.store([device], own);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      this.takeOut(own);
      this.settle(device);
      this.options.onRefused(device);
      const what = `What rule "${device.run.rule.name}" knows and decided of device "${device.deviceId}" cannot be stored; it begins anew there`;
      this.options.onError(new Error(`${what}: ${messageOf(error)}`, { cause: error }));
      const transitions = own.map(({ transition }) => transition);
      this.options.logger.error(
        { part: 'rules', ruleId: device.run.rule.rule_id, deviceId: device.deviceId, transitions, error: messageOf(error) },
        what,
      );
    }
  }

  /** A new list: a long one has more entries than a call may have arguments. A rule that ended meanwhile took its own out. */
  private takeOut(decided: readonly Decided[]): void {
    const written = new Set(decided);
    this.queue = this.queue.filter((entry) => !written.has(entry));
  }

  private settle(device: DeviceRun): void {
    device.dirty = false;
    this.dirty.delete(device);
  }
}
