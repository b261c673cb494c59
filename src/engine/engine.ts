import type { RuleOrigin } from '../contracts/metrics.ts';
import type { RuleTransition } from '../contracts/rules.ts';
import type { RunningState } from '../contracts/stored-rules.ts';
import type { StoredTelemetry } from '../contracts/telemetry.ts';
import { messageOf } from '../core/errors.ts';
import { uuidOfName } from '../core/ids.ts';
import { enabledStoredRules, removeRule, unendedStoredRules, wiredRules } from '../storage/repositories/rules.ts';
import type { RunnableRule } from '../storage/repositories/rules.ts';
import { tidyTransitions, unconsumedTransitions } from '../storage/repositories/rule-states.ts';
import { DeviceChanges, OUT_OF_SCOPE } from './device-changes.ts';
import type { DeviceRun } from './device-run.ts';
import { dropDevices, endRunning } from './endings.ts';
import type { RuleOf } from './endings.ts';
import { loadLeftStates, loadRule } from './open-rule.ts';
import type { LeftStates } from './open-rule.ts';
import { patiently } from './patience.ts';
import type { EngineOptions } from './ports.ts';
import { primeRules } from './prime.ts';
import { RuleRun } from './rule-run.ts';
import { RuleSet } from './rule-set.ts';
import { TransitionSender } from './sender.ts';
import type { RuleSlot } from './slot.ts';
import { StoredBatches } from './stored-batches.ts';
import { RULE_CHANGED, RULE_DISABLED, RULE_REMOVED, takeOverChange } from './stored-rules.ts';
import { RuleTimers } from './timers.ts';
import type { RuleEngine, RuleSession, StoredRuleChanges, StoredRuleSession } from './types.ts';

type OpenOptions = Parameters<RuleEngine['open']>[0];

/** Options of a session that do not depend on what it runs. */
type SessionOptions = Pick<OpenOptions, 'tenantId' | 'onTransition' | 'onError'>;

const CHECKPOINT_MS = 1_000;
/** A checkpoint is followed by a pause of so many times what it took. */
const CHECKPOINT_PAUSE = 9;
/** Once in so many checkpoints, transitions that nobody applies are given up. */
const TIDY_EVERY = 300;
const UNCLAIMED_SECONDS = 600;
/** How long replayed messages may still travel through the flow before overdue timers run. */
const REPLAY_SETTLE_MS = 200;

/**
 * Runs wired and stored rules: judges at once in memory, records decisions with the state they left, checkpoints the rest once a second, and
 * says which stored batches have been judged.
 *
 * Order of calls: `start()` before the ingest service commits anything; then flows open their rules; `replay()` once they run;
 * `stop()` after they have closed.
 */
export class WiredRuleEngine implements RuleEngine, StoredRuleChanges {
  private readonly options: EngineOptions;
  private readonly slots = new Map<string, RuleSlot>();
  /** The last unfinished open or close of a rule: a deploy closes and opens the same node. */
  private readonly turns = new Map<string, Promise<unknown>>();
  private readonly stopping = new AbortController();
  private readonly batches: StoredBatches;
  private readonly timers: RuleTimers;
  private readonly deviceChanges: DeviceChanges;
  private readonly listeningSinceMs: number;
  private cycles = 0;
  private beat: NodeJS.Timeout | undefined;
  private cycle: Promise<void> | undefined;
  private failing = false;

  constructor(options: EngineOptions) {
    this.options = options;
    this.listeningSinceMs = options.clock.nowMs();
    this.batches = new StoredBatches(options, this.stopping.signal);
    this.timers = new RuleTimers(options.clock, (set) => [...this.slots.values()].some((slot) => slot.set === set && slot.sender.isOpen));
    this.deviceChanges = new DeviceChanges(options, this.slots, this.timers, this.stopping.signal);
  }

  /** Notes what an earlier run left unjudged and begins to checkpoint. */
  async start(): Promise<void> {
    if (await this.batches.load()) this.timers.hold();
    this.deviceChanges.start();
    this.scheduleCheckpoint(0);
  }

  /** Writes what is not yet written and ends every timer. May be called twice, or after a failed start. */
  async stop(): Promise<void> {
    clearTimeout(this.beat);
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

  /** See `RuleEngine.openStored`. Waits while the database is away. */
  openStored(options: Parameters<RuleEngine['openStored']>[0]): Promise<StoredRuleSession> {
    return this.inTurn(storedSlot(options.tenantId), () => this.openStoredNow(options));
  }

  /** See `StoredRuleChanges`. */
  storedRuleChanged(tenantId: string, ruleId: string, runningState: RunningState): Promise<void> {
    const name = storedSlot(tenantId);
    const makeRun = (set: RuleSet, rule: RunnableRule): RuleRun => this.makeRun(set, rule, 'stored');
    return this.inTurn(name, () =>
      takeOverChange(this.options, { tenantId, ruleId, runningState, set: this.slots.get(name)?.set, makeRun }, this.stopping.signal),
    );
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
    setTimeout(() => {
      if (this.stopping.signal.aborted) return;
      this.timers.release();
      this.askAboutPresence([...this.slots.values()]);
    }, REPLAY_SETTLE_MS).unref();
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

  /** When the oldest batch was handed to the flow that is still kept to be judged after a crash, epoch milliseconds; undefined: none is. */
  get oldestKeptAtMs(): number | undefined {
    return this.batches.oldestAtMs;
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
      for (const { set } of this.slots.values()) await set.recorder.checkpoint();
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

  /** The next checkpoint comes in a second, later when the last one took long: writing states may take a tenth of the time. */
  private scheduleCheckpoint(lastTookMs: number): void {
    const waitMs = Math.max(CHECKPOINT_MS, lastTookMs * CHECKPOINT_PAUSE);
    this.beat = setTimeout(() => {
      const startedAtMs = this.options.clock.nowMs();
      void this.checkpoint().then(() => {
        if (!this.stopping.signal.aborted) this.scheduleCheckpoint(this.options.clock.nowMs() - startedAtMs);
      });
    }, waitMs).unref();
  }

  private async tidy(): Promise<void> {
    const { db, clock } = this.options;
    for (const { set, openedAtMs } of this.slots.values()) {
      const openSeconds = (clock.nowMs() - openedAtMs) / 1_000;
      set.tidy();
      if (openSeconds > UNCLAIMED_SECONDS) await tidyTransitions(db.system, [...set.rules.keys()], UNCLAIMED_SECONDS);
    }
  }

  private async openNow(ruleId: string, options: OpenOptions): Promise<RuleSession> {
    const { nodeId, tenantId, rule: definition } = options;
    const signal = this.stopping.signal;
    await this.takeFrom(this.slots.get(ruleId));
    const of = { ruleId, tenantId };
    const { rule, states, unsent } = await patiently(() => loadRule(this.options, { ...of, nodeId, definition }), signal);
    await this.drop(of, states);
    const slot = this.newSlot(options, unsent);
    const run = this.makeRun(slot.set, rule, 'wired');
    await this.begin(ruleId, slot, new Map([[run, states]]));
    return {
      // What reaches a closed node is judged by its successor, when the batch is replayed after the deploy.
      judge: (telemetry) => {
        if (slot.sender.isOpen) slot.set.judge(telemetry);
      },
      summary: () => run.summary(),
      close: (removed) => this.inTurn(ruleId, () => this.close(ruleId, slot, removed ? { ruleId, tenantId } : undefined)),
    };
  }

  private async openStoredNow(options: SessionOptions): Promise<StoredRuleSession> {
    const { tenantId } = options;
    const name = storedSlot(tenantId);
    const { db } = this.options;
    const signal = this.stopping.signal;
    await this.takeFrom(this.slots.get(name));
    await this.endUnended(tenantId);
    const rules = await patiently(() => enabledStoredRules(db.system, tenantId), signal);
    const ids = rules.map(({ definition }) => definition.rule_id);
    const left = await patiently(() => loadLeftStates(db.system, rules, this.options.devices), signal);
    for (const [ruleId, states] of left) await this.drop({ tenantId, ruleId }, states);
    const unsent = await patiently(() => unconsumedTransitions(db.system, ids), signal);
    const slot = this.newSlot(options, unsent);
    await this.begin(name, slot, new Map(rules.map((rule) => [this.makeRun(slot.set, rule, 'stored'), left.get(rule.definition.rule_id)])));
    return {
      judge: (telemetry) => {
        if (slot.sender.isOpen) slot.set.judge(telemetry);
      },
      summary: () => {
        let activeDevices = 0;
        for (const run of slot.set.rules.values()) activeDevices += run.activeDevices;
        return { rules: slot.set.rules.size, activeDevices };
      },
      close: (removed) => this.inTurn(name, () => this.closeStored(name, slot, removed)),
    };
  }

  private async drop(of: RuleOf, { dropped, moved }: LeftStates): Promise<void> {
    await dropDevices(this.options, of, { deviceIds: dropped, resolvedBy: RULE_CHANGED }, this.stopping.signal);
    await dropDevices(this.options, of, { deviceIds: moved, resolvedBy: OUT_OF_SCOPE }, this.stopping.signal);
  }

  /** Stored rules that were switched off or removed when the platform ended, before it could do what that means. */
  private async endUnended(tenantId: string): Promise<void> {
    const signal = this.stopping.signal;
    for (const { ruleId, removed } of await patiently(() => unendedStoredRules(this.options.db.system, tenantId), signal)) {
      await endRunning(this.options, { tenantId, ruleId }, removed ? RULE_REMOVED : RULE_DISABLED, signal);
    }
  }

  /** Ends the session that ran before; what it has not written yet is written first. */
  private async takeFrom(before: RuleSlot | undefined): Promise<void> {
    before?.sender.close();
    if (before !== undefined) await patiently(() => before.set.recorder.checkpoint(), this.stopping.signal);
  }

  private newSlot({ tenantId, onTransition, onError }: SessionOptions, unsent: readonly RuleTransition[]): RuleSlot {
    const sender = new TransitionSender(onTransition, unsent);
    return {
      set: this.newSet(tenantId, (transition) => sender.deliver(transition), onError),
      sender,
      openedAtMs: this.options.clock.nowMs(),
    };
  }

  private newSet(tenantId: string, onTransition: SessionOptions['onTransition'], onError: SessionOptions['onError']): RuleSet {
    const set: RuleSet = new RuleSet({
      ...this.options,
      tenantId,
      listeningSinceMs: this.listeningSinceMs,
      signal: this.stopping.signal,
      arm: (device) => this.timers.arm(set, device),
      onTransition,
      onError,
    });
    return set;
  }

  private makeRun(set: RuleSet, { definition: rule, priority, startedAtMs }: RunnableRule, origin: RuleOrigin): RuleRun {
    const { tenantId } = set;
    const judging = this.options.tally?.of(origin, rule.rule_type);
    const own = { rule, tenantId, startedAtMs, priority, judging };
    return new RuleRun({ ...this.options, ...own, readingsOf: (series) => set.readingsOf(series) });
  }

  /** Lets rules judge in a slot, each from where it was left, instead of those that ran there before. */
  private async begin(name: string, slot: RuleSlot, runs: ReadonlyMap<RuleRun, LeftStates | undefined>): Promise<void> {
    const changed: DeviceRun[] = [];
    for (const [run, left] of runs) {
      for (const state of left?.same ?? []) run.adopt(state, 'same');
      for (const state of left?.changed ?? []) changed.push(run.adopt(state, 'changed'));
    }
    await primeRules(slot.set, [...runs.keys()], this.options, this.stopping.signal);
    const before = this.slots.get(name);
    for (const ruleId of [...(before?.set.rules.keys() ?? [])]) before?.set.remove(ruleId);
    this.slots.set(name, slot);
    for (const run of runs.keys()) slot.set.add(run);
    for (const device of changed) slot.set.recorder.touch(device);
    this.askAboutPresence([slot]);
  }

  private askAboutPresence(slots: readonly RuleSlot[]): void {
    if (this.timers.isHeld) return;
    for (const { set, sender } of slots) if (sender.isOpen) set.askAboutPresence(this.options.clock.nowMs());
  }

  private async close(name: string, slot: RuleSlot, removed: RuleOf | undefined): Promise<void> {
    slot.sender.close();
    // Another session took the rule over; this one has nothing left to write.
    if (this.slots.get(name) !== slot) return;
    if (removed !== undefined) return this.remove(removed);
    // What cannot be written now stays in memory, where the next open or checkpoint finds it.
    try {
      await slot.set.recorder.checkpoint();
    } catch (error) {
      const ruleIds = [...slot.set.rules.keys()];
      this.options.logger.warn({ part: 'rules', ruleIds, error: messageOf(error) }, 'The state of a closed rule is kept in memory.');
    }
  }

  /** A node that runs stored rules and is gone leaves them as they are: they are still stored. */
  private async closeStored(name: string, slot: RuleSlot, removed: boolean): Promise<void> {
    await this.close(name, slot, undefined);
    if (!removed || this.slots.get(name) !== slot) return;
    await patiently(() => slot.set.recorder.checkpoint(), this.stopping.signal);
    this.slots.delete(name);
    for (const ruleId of [...slot.set.rules.keys()]) slot.set.remove(ruleId);
  }

  /** Ends a wired rule for good. */
  private async remove({ ruleId, tenantId }: RuleOf): Promise<void> {
    const slot = this.slots.get(ruleId);
    this.slots.delete(ruleId);
    slot?.set.remove(ruleId);
    const ending = async (): Promise<void> => {
      await endRunning(this.options, { tenantId, ruleId }, RULE_REMOVED, this.stopping.signal);
      await patiently(() => removeRule(this.options.db.system, ruleId), this.stopping.signal);
    };
    await (slot === undefined ? ending() : slot.set.recorder.abandon(ruleId, ending));
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

/** Where the rules of a tenant run that are stored; no rule has this id. */
function storedSlot(tenantId: string): string {
  return `stored rules of ${tenantId}`;
}
