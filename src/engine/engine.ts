import type { StoredTelemetry } from '../contracts/telemetry.ts';
import { messageOf } from '../core/errors.ts';
import { uuidOfName } from '../core/ids.ts';
import { removeRule, wiredRules } from '../storage/repositories/rules.ts';
import { tidyTransitions } from '../storage/repositories/rule-states.ts';
import { DeviceChanges } from './device-changes.ts';
import { loadRule } from './open-rule.ts';
import type { OpenedRule } from './open-rule.ts';
import { patiently } from './patience.ts';
import type { EngineOptions } from './ports.ts';
import { primeRule } from './prime.ts';
import { RuleRun } from './rule-run.ts';
import { TransitionSender } from './sender.ts';
import type { RuleSlot } from './slot.ts';
import { StoredBatches } from './stored-batches.ts';
import { RuleTimers } from './timers.ts';
import type { RuleEngine, RuleSession } from './types.ts';

type OpenOptions = Parameters<RuleEngine['open']>[0];

/** What resolves the alerts of a rule whose node is gone. */
export const RULE_REMOVED = 'rule removed';
/** What resolves the alerts of devices that a changed rule is not for any more. */
export const RULE_CHANGED = 'rule changed';

const CHECKPOINT_MS = 1_000;
/** Once in so many checkpoints, transitions that nobody applies are given up. */
const TIDY_EVERY = 300;
const UNCLAIMED_SECONDS = 600;
/** How long replayed messages may still travel through the flow before overdue timers run. */
const REPLAY_SETTLE_MS = 200;

/**
 * Runs the wired rules: judges at once in memory, records decisions with the state they left, checkpoints the rest once a second, and
 * says which stored batches have been judged.
 *
 * Order of calls: `start()` before the ingest service commits anything; then flows open their rules; `replay()` once they run;
 * `stop()` after they have closed.
 */
export class WiredRuleEngine implements RuleEngine {
  private readonly options: EngineOptions;
  private readonly slots = new Map<string, RuleSlot>();
  /** The last unfinished open or close of a rule: a deploy closes and opens the same node. */
  private readonly turns = new Map<string, Promise<unknown>>();
  private readonly stopping = new AbortController();
  private readonly batches: StoredBatches;
  private readonly timers: RuleTimers;
  private readonly deviceChanges: DeviceChanges;
  private cycles = 0;
  private beat: NodeJS.Timeout | undefined;
  private cycle: Promise<void> | undefined;
  private failing = false;

  constructor(options: EngineOptions) {
    this.options = options;
    this.batches = new StoredBatches(options, this.stopping.signal);
    this.timers = new RuleTimers(options.clock, (run) => this.slots.get(run.rule.rule_id)?.sender.isOpen === true);
    this.deviceChanges = new DeviceChanges(options, this.slots, this.timers, this.stopping.signal);
  }

  /** Notes what an earlier run left unjudged and begins to checkpoint. */
  async start(): Promise<void> {
    if (await this.batches.load()) this.timers.hold();
    this.deviceChanges.start();
    this.beat = setInterval(() => void this.checkpoint(), CHECKPOINT_MS);
    this.beat.unref();
  }

  /** Writes what is not yet written and ends every timer. May be called twice, or after a failed start. */
  async stop(): Promise<void> {
    clearInterval(this.beat);
    this.deviceChanges.stop();
    this.timers.stop();
    this.stopping.abort();
    await this.cycle;
    await this.checkpoint();
  }

  /** See `RuleEngine.open`. Waits while the database is away. */
  open(options: OpenOptions): Promise<RuleSession> {
    const ruleId = uuidOfName(options.nodeId);
    return this.inTurn(ruleId, () => this.openNow(ruleId, options));
  }

  /** The ingest service says that it has handed a batch to the flow; every batch, in the order of its lane, replayed ones excepted. */
  batchEmitted(lane: number, batch: number, atMs: number): void {
    this.batches.noteEmitted(lane, batch, atMs);
  }

  /**
   * What was stored and may not have been judged, one batch at a time in the order of each lane, marked as replay; to be sent through
   * the flow once it runs. Called again after a deploy it gives what was under way when the old flow ended. Rules skip what they have
   * judged. Until it has been read to its end once, nothing is deleted and no overdue timer runs.
   */
  async *replay(): AsyncGenerator<StoredTelemetry[]> {
    yield* this.batches.replay();
    setTimeout(() => this.timers.release(), REPLAY_SETTLE_MS).unref();
  }

  /**
   * Removes the wired rules of a tenant whose node is not in the flows any more, because they were changed while the platform was
   * down, and resolves their alerts. A node that is there but could not open its rule (its configuration is not valid) keeps both.
   */
  async removeGone(tenantId: string, deployedNodeIds: ReadonlySet<string>): Promise<void> {
    for (const rule of await wiredRules(this.options.db.system)) {
      if (rule.tenantId !== tenantId || deployedNodeIds.has(rule.nodeId) || this.slots.has(rule.ruleId)) continue;
      await this.inTurn(rule.ruleId, () => this.remove(rule));
    }
  }

  /** Runs the timers that are due by the clock; they run by themselves too. */
  runTimers(): void {
    this.timers.run();
  }

  /** Writes every state that moved on, then deletes the batches that are judged. Never rejects: it tries again a second later. */
  checkpoint(): Promise<void> {
    this.cycle ??= this.checkpointNow().finally(() => {
      this.cycle = undefined;
    });
    return this.cycle;
  }

  private async checkpointNow(): Promise<void> {
    const { logger } = this.options;
    const through = this.batches.judgedThrough();
    try {
      for (const { run } of this.slots.values()) await run.recorder.checkpoint();
      // While a rule is being opened its node holds messages back that are not judged yet.
      if (this.turns.size === 0) await this.batches.deleteJudged(through);
      this.cycles += 1;
      if (this.cycles % TIDY_EVERY === 0) await this.tidy();
      if (this.failing) logger.info({ part: 'rules' }, 'The state of rules is being written again.');
      this.failing = false;
    } catch (error) {
      if (!this.failing)
        logger.warn({ part: 'rules', error: messageOf(error) }, 'The state of rules could not be written; it is kept in memory.');
      this.failing = true;
    }
  }

  private async tidy(): Promise<void> {
    const { db, clock } = this.options;
    for (const [ruleId, { openedAtMs }] of this.slots) {
      const openSeconds = (clock.nowMs() - openedAtMs) / 1_000;
      if (openSeconds > UNCLAIMED_SECONDS) await tidyTransitions(db.system, ruleId, UNCLAIMED_SECONDS);
    }
  }

  private async openNow(ruleId: string, options: OpenOptions): Promise<RuleSession> {
    const { nodeId, tenantId, rule: definition } = options;
    const signal = this.stopping.signal;
    const before = this.slots.get(ruleId);
    before?.sender.close();
    if (before !== undefined) await patiently(() => before.run.recorder.checkpoint(), signal);
    const opened = await patiently(() => loadRule(this.options, { ruleId, tenantId, nodeId, definition }), signal);
    for (const deviceId of opened.dropped) {
      await patiently(() => this.options.alerts.closeOpen({ tenantId, ruleId, deviceId }, RULE_CHANGED), signal);
    }
    const slot = this.put(ruleId, options, opened);
    await primeRule(slot.run, this.options, signal);
    return {
      // What reaches a closed node is judged by its successor, when the batch is replayed after the deploy.
      judge: (telemetry) => {
        if (slot.sender.isOpen) slot.run.judge(telemetry);
      },
      summary: () => slot.run.summary(),
      close: (removed) => this.inTurn(ruleId, () => this.close(slot, removed)),
    };
  }

  /** Puts an opened rule to work in place of the one before. */
  private put(ruleId: string, options: OpenOptions, opened: OpenedRule): RuleSlot {
    const { tenantId, onError } = options;
    const sender = new TransitionSender(options.onTransition, opened.unsent);
    const run: RuleRun = new RuleRun({
      ...this.options,
      rule: opened.rule,
      tenantId,
      startedAtMs: opened.startedAtMs,
      signal: this.stopping.signal,
      arm: (device) => this.timers.arm(run, device),
      onTransition: (transition) => sender.deliver(transition),
      onError,
    });
    const slot: RuleSlot = { run, sender, openedAtMs: this.options.clock.nowMs() };
    for (const device of this.slots.get(ruleId)?.run.devices.values() ?? []) device.gone = true;
    this.slots.set(ruleId, slot);
    for (const state of opened.states) run.adopt(state, opened.conditions);
    return slot;
  }

  private async close(slot: RuleSlot, removed: boolean): Promise<void> {
    slot.sender.close();
    const { rule, tenantId } = slot.run;
    // Another session took the rule over; this one has nothing left to write.
    if (this.slots.get(rule.rule_id) !== slot) return;
    if (removed) return this.remove({ ruleId: rule.rule_id, tenantId });
    // What cannot be written now stays in memory, where the next open or checkpoint finds it.
    try {
      await slot.run.recorder.checkpoint();
    } catch (error) {
      this.options.logger.warn(
        { part: 'rules', ruleId: rule.rule_id, error: messageOf(error) },
        'The state of a closed rule is kept in memory.',
      );
    }
  }

  /** Ends a rule for good. Its transitions are marked first, so that none of them opens an alert afterwards. */
  private async remove({ ruleId, tenantId }: { ruleId: string; tenantId: string }): Promise<void> {
    const { db, alerts } = this.options;
    const slot = this.slots.get(ruleId);
    this.slots.delete(ruleId);
    for (const deviceId of [...(slot?.run.devices.keys() ?? [])]) slot?.run.forget(deviceId);
    await slot?.run.recorder.abandon();
    await patiently(() => db.transaction((tx) => removeRule(tx, ruleId)), this.stopping.signal);
    await patiently(() => alerts.closeOpen({ tenantId, ruleId }, RULE_REMOVED), this.stopping.signal);
  }

  private inTurn<Result>(ruleId: string, work: () => Promise<Result>): Promise<Result> {
    const before = this.turns.get(ruleId) ?? Promise.resolve();
    const turn = before.then(work, work).finally(() => {
      if (this.turns.get(ruleId) === turn) this.turns.delete(ruleId);
    });
    this.turns.set(ruleId, turn);
    return turn;
  }
}
