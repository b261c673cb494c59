import { messageOf } from '../core/errors.ts';
import { deleteRuleStates } from '../storage/repositories/rule-states.ts';
import { patiently } from './patience.ts';
import type { EngineOptions } from './ports.ts';
import type { RuleSlot } from './slot.ts';
import type { RuleTimers } from './timers.ts';

/** What resolves the alerts of a device that is gone. */
export const DEVICE_REMOVED = 'device removed';
/** What resolves the alert of a device that was moved to another type or location than its rule is for. */
export const OUT_OF_SCOPE = 'device out of scope';

/** What happens to running rules when a device is removed, moved to another type or location, or comes online. */
export class DeviceChanges {
  private readonly options: EngineOptions;
  private readonly slots: ReadonlyMap<string, RuleSlot>;
  private readonly timers: RuleTimers;
  private readonly signal: AbortSignal;
  private readonly unsubscribe: (() => void)[] = [];

  constructor(options: EngineOptions, slots: ReadonlyMap<string, RuleSlot>, timers: RuleTimers, signal: AbortSignal) {
    this.options = options;
    this.slots = slots;
    this.timers = timers;
    this.signal = signal;
  }

  start(): void {
    const { events } = this.options;
    this.unsubscribe.push(
      events.on('device.changed', ({ tenantId, deviceId, change }) => {
        if (change === 'removed') this.removed(tenantId, deviceId);
        else this.changed(tenantId, deviceId);
      }),
      events.on('device.status', ({ update }) => {
        if (update.status !== 'offline') this.timers.presenceChanged(this.openSets(), update.device_id);
      }),
    );
  }

  stop(): void {
    for (const end of this.unsubscribe.splice(0)) end();
  }

  /** Its timers and states go (the rows with the device itself), its alerts are resolved. */
  private removed(tenantId: string, deviceId: string): void {
    for (const { set } of this.slots.values()) {
      for (const run of set.rules.values()) run.forget(deviceId);
      set.rulesChanged();
    }
    this.closeAlerts({ tenantId, deviceId }, DEVICE_REMOVED);
  }

  /**
   * A device that is new, or was moved to another type or location. A rule that is not for it any more forgets it and resolves what it
   * raised; rules by time begin to watch it.
   */
  private changed(tenantId: string, deviceId: string): void {
    for (const { set } of this.slots.values()) {
      if (set.tenantId !== tenantId) continue;
      for (const [ruleId, run] of set.rules) {
        set.watch(run, deviceId);
        if (!run.devices.has(deviceId) || run.isFor(deviceId)) continue;
        run.forget(deviceId);
        this.closeAlerts({ tenantId, ruleId, deviceId }, OUT_OF_SCOPE);
      }
      set.rulesChanged();
    }
  }

  private closeAlerts(of: { tenantId: string; ruleId?: string; deviceId: string }, resolvedBy: string): void {
    const { db, alerts, logger } = this.options;
    const work = async (): Promise<void> => {
      if (of.ruleId !== undefined) await deleteRuleStates(db.system, of.ruleId, [of.deviceId]);
      await alerts.closeOpen(of, resolvedBy);
    };
    patiently(work, this.signal).catch((error: unknown) => {
      logger.error({ part: 'rules', ...of, error: messageOf(error) }, `Alerts could not be resolved (${resolvedBy}).`);
    });
  }

  private *openSets(): Generator<RuleSlot['set']> {
    for (const { set, sender } of this.slots.values()) if (sender.isOpen) yield set;
  }
}
