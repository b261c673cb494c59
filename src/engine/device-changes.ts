import { messageOf } from '../core/errors.ts';
import { missingDevicesWithAlerts } from '../storage/repositories/alerts.ts';
import { silenceDevice } from '../storage/repositories/rule-states.ts';
import { dropDevices } from './endings.ts';
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
    this.inBackground(() => this.endOfMissing(), { resolvedBy: DEVICE_REMOVED });
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
    const sets = [...this.slots.values()].map(({ set }) => set);
    for (const set of sets) set.forgetDevice(deviceId);
    const work = async (): Promise<void> => {
      for (const { recorder } of sets) await recorder.settled();
      await this.closeOf(tenantId, deviceId);
    };
    this.inBackground(work, { deviceId, resolvedBy: DEVICE_REMOVED });
  }

  /** A device that is new, or was moved to another type or location: rules that are not for it any more resolve what they raised. */
  private changed(tenantId: string, deviceId: string): void {
    for (const { set } of this.slots.values()) {
      if (set.tenantId !== tenantId) continue;
      for (const ruleId of set.deviceMoved(deviceId)) {
        const of = { tenantId, ruleId, recorder: set.recorder };
        const work = (): Promise<void> => dropDevices(this.options, of, { deviceIds: [deviceId], resolvedBy: OUT_OF_SCOPE }, this.signal);
        this.inBackground(work, { deviceId, resolvedBy: OUT_OF_SCOPE });
      }
    }
  }

  /** Devices that were removed when the platform ended, before it could resolve their alerts. */
  private async endOfMissing(): Promise<void> {
    const missing = await patiently(() => missingDevicesWithAlerts(this.options.db.system), this.signal);
    for (const { tenantId, deviceId } of missing) await this.closeOf(tenantId, deviceId);
  }

  private async closeOf(tenantId: string, deviceId: string): Promise<void> {
    const { db, alerts } = this.options;
    await patiently(() => silenceDevice(db.system, tenantId, deviceId), this.signal);
    await patiently(() => alerts.closeOpen({ tenantId, deviceId }, DEVICE_REMOVED), this.signal);
  }

  private inBackground(work: () => Promise<void>, about: { deviceId?: string; resolvedBy: string }): void {
    work().catch((error: unknown) => {
      const { logger } = this.options;
      logger.error({ part: 'rules', ...about, error: messageOf(error) }, `Alerts could not be resolved (${about.resolvedBy}).`);
    });
  }

  private *openSets(): Generator<RuleSlot['set']> {
    for (const { set, sender } of this.slots.values()) if (sender.isOpen) yield set;
  }
}
