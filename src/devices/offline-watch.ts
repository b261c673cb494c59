import type { RaisedContent, RaisedOf, TakesPart } from '../alerts/raised-alerts.ts';
import type { Alert } from '../contracts/alerts.ts';
import type { DeviceStatus } from '../contracts/devices.ts';
import type { PlatformEvents } from '../contracts/events.ts';
import type { Clock } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import type { EventBus } from '../core/events.ts';
import type { Logger } from '../core/logger.ts';
import type { Outbox } from '../notify/types.ts';
import type { Database } from '../storage/database.ts';
import { isPassing } from '../storage/database.ts';
import {
  forgetToldByGateway,
  noteGateways,
  noteTold,
  openAlertsAbout,
  watchedDevice,
  watchedDevices,
} from '../storage/repositories/offline.ts';
import type { WatchedRow } from '../storage/repositories/offline.ts';
import type { DeviceLookup } from './device-directory.ts';
import {
  alertOfDevice,
  alertOfGateway,
  contentOf,
  DEVICE_BACK,
  GATEWAY_PREFIX,
  NOT_WATCHED,
  notificationsOf,
  offlineRuleId,
} from './offline-alerts.ts';
import type { Gateway, Verdict, WatchedDevice, WatchedDevices } from './watched-devices.ts';

const LOOK_EVERY_MS = 1_000;
/** After a longer pause between two looks the program itself was away (a machine that slept), and silence says nothing. */
const PAUSE_MS = 10_000;
/** Verdicts carried out at the same time; more would take every connection from those who store telemetry. */
const AT_ONCE = 4;

/** What the watch uses. */
export interface OfflineWatchDeps {
  database: Database;
  watched: WatchedDevices;
  directory: DeviceLookup;
  presence: { setStatus(tenantId: string, deviceId: string, status: DeviceStatus, atMs: number): Promise<void> };
  alerts: {
    raise(tenantId: string, content: RaisedContent, also: TakesPart): Promise<Alert | undefined>;
    resolveBy(of: RaisedOf, by: { resolvedBy: string; at: string }, also: TakesPart): Promise<Alert | undefined>;
  };
  outbox: Pick<Outbox, 'enqueue'>;
  /** Who gets e-mail about it; nobody when empty. */
  recipients: readonly string[];
  events: EventBus<PlatformEvents>;
  clock: Clock;
  logger: Logger;
  /** False while messages cannot be taken (the database is away, and devices are turned away for it): silence says nothing then. */
  isListening(): boolean;
}

/**
 * Tells once when a device that is watched (`offline_seconds`) goes offline, and once when it is back: status, alert, e-mail. `start()` when sources are
 * open: every device has its whole time from then on.
 */
export class OfflineWatch {
  private readonly deps: OfflineWatchDeps;
  private readonly unsubscribe: (() => void)[] = [];
  /** Devices whose record changed; looked at in the next look, and again until that worked. */
  private readonly changed = new Map<string, string>();
  private timer: NodeJS.Timeout | undefined;
  private lastLookMs: number | undefined;
  private looking: Promise<void> | undefined;
  private stopped = false;
  private failing = false;

  constructor(deps: OfflineWatchDeps) {
    this.deps = deps;
  }

  /** Reads who is watched and what people were told, and begins to look once a second. */
  async start(): Promise<void> {
    const { database, watched, clock, events } = this.deps;
    this.stopped = false;
    this.unsubscribe.push(
      events.on('device.status', ({ update }) => watched.status(update.device_id, update.status, Date.parse(update.timestamp))),
      events.on('device.changed', ({ tenantId, deviceId, change }) => {
        if (change !== 'removed') {
          this.changed.set(deviceId, tenantId);
          if ((this.deps.directory.lookup(deviceId)?.offlineSeconds ?? null) !== null) watched.expect(deviceId);
        } else {
          this.changed.delete(deviceId);
          watched.remove(deviceId);
        }
      }),
    );
    const nowMs = clock.nowMs();
    watched.listenAgain(nowMs);
    for (const row of await watchedDevices(database.system)) {
      if (row.offlineSeconds === null) await this.endWatch(row.tenantId, row.deviceId);
      else this.add(row, row.offlineSeconds);
    }
    for (const { tenantId, deviceId } of await openAlertsAbout(database.system, GATEWAY_PREFIX)) {
      watched.gateway(tenantId, deviceId.slice(GATEWAY_PREFIX.length)).toldMs = nowMs;
    }
    this.timer ??= setInterval(() => void this.look(), LOOK_EVERY_MS).unref();
  }

  /** Ends after what is under way; may be called twice. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    this.timer = undefined;
    for (const off of this.unsubscribe.splice(0)) off();
    await this.looking;
  }

  /** Looks at all devices now, unless that is under way; never rejects. */
  look(): Promise<void> {
    const { clock, watched } = this.deps;
    const nowMs = clock.nowMs();
    const pauseMs = nowMs - (this.lastLookMs ?? nowMs);
    this.lastLookMs = nowMs;
    if (!this.deps.isListening() || pauseMs > PAUSE_MS || pauseMs < 0) watched.listenAgain(nowMs);
    this.looking ??= this.carryOut(nowMs).finally(() => (this.looking = undefined));
    return this.looking;
  }

  private async carryOut(nowMs: number): Promise<void> {
    if (!this.deps.isListening()) return;
    try {
      await this.followChanges();
      await this.storeGateways();
      const verdicts = this.deps.watched.judge(nowMs);
      while (verdicts.length > 0 && !this.stopped) {
        await Promise.all(verdicts.splice(0, AT_ONCE).map((verdict) => this.follow(verdict, nowMs)));
      }
      this.failing = false;
    } catch (error) {
      // One line for each time; the next look finds again what is to be done.
      if (!this.failing) {
        const fields = { part: 'devices', reason: messageOf(error) };
        const { logger } = this.deps;
        if (isPassing(error)) logger.warn(fields, 'That devices are offline could not be written; it is tried until it can.');
        else logger.error(fields, 'That devices are offline could not be told; it is tried again.');
      }
      this.failing = true;
    }
  }

  private follow(verdict: Verdict, nowMs: number): Promise<void> {
    switch (verdict.kind) {
      case 'offline':
        return this.deviceOffline(verdict.device, nowMs);
      case 'gateway_offline':
        return this.gatewayOffline(verdict, nowMs);
      case 'joins':
        return this.joins(verdict.device, nowMs);
      case 'returned':
        return this.returned(verdict.device, nowMs);
      case 'gateway_online':
        return this.gatewayOnline(verdict.gateway, verdict.behind, nowMs);
      case 'present':
        return this.setStatus(verdict.device, 'online', verdict.device.heardMs);
    }
  }

  private async deviceOffline(device: WatchedDevice, nowMs: number): Promise<void> {
    const { tenantId, deviceId } = device;
    await this.refreshLastSeen([device]);
    await this.raise(tenantId, alertOfDevice(device, nowMs), { devices: [device], gateway: null, nowMs }, (tx) =>
      noteTold(tx, { tenantId, deviceIds: [deviceId] }, 'device'),
    );
    device.told = 'device';
    await this.isDown(device, nowMs);
  }

  private async gatewayOffline({ gateway, silent, behind }: Extract<Verdict, { kind: 'gateway_offline' }>, nowMs: number): Promise<void> {
    const { tenantId } = gateway;
    const deviceIds = behind.map(({ deviceId }) => deviceId);
    await this.refreshLastSeen(behind);
    await this.raise(tenantId, alertOfGateway(gateway, behind, nowMs), { devices: behind, gateway, nowMs }, (tx) =>
      noteTold(tx, { tenantId, deviceIds }, 'gateway'),
    );
    gateway.toldMs = nowMs;
    for (const device of behind) device.told = 'gateway';
    for (const device of silent) await this.isDown(device, nowMs);
  }

  private async joins(device: WatchedDevice, nowMs: number): Promise<void> {
    const { tenantId, deviceId } = device;
    await noteTold(this.deps.database.system, { tenantId, deviceIds: [deviceId] }, 'gateway');
    device.told = 'gateway';
    await this.isDown(device, nowMs);
  }

  /** One that was told with its gateway resolves nothing: the gateway does. */
  private async returned(device: WatchedDevice, nowMs: number): Promise<void> {
    const { tenantId, deviceId } = device;
    const forget: TakesPart = (tx) => noteTold(tx, { tenantId, deviceIds: [deviceId] }, null);
    if (device.told === 'gateway') await forget(this.deps.database.system, undefined);
    else await this.resolve({ tenantId, deviceId }, { devices: [device], gateway: null, nowMs }, forget);
    device.told = null;
    device.downMs = null;
    if (device.status !== 'online' && device.status !== 'error') await this.setStatus(device, 'online', device.heardMs);
  }

  /** Its devices have their time again from now on; one that stays silent is told by itself. */
  private async gatewayOnline(gateway: Gateway, behind: WatchedDevice[], nowMs: number): Promise<void> {
    const { tenantId, name } = gateway;
    const told = behind.filter((device) => device.told === 'gateway');
    await this.resolve({ tenantId, deviceId: `${GATEWAY_PREFIX}${name}` }, { devices: told, gateway, nowMs }, (tx) =>
      forgetToldByGateway(tx, tenantId, name),
    );
    gateway.toldMs = null;
    gateway.sinceMs = nowMs;
    for (const device of told) {
      device.told = null;
      device.downMs = null;
    }
  }

  private async raise(tenantId: string, content: RaisedContent, about: About, also: TakesPart): Promise<void> {
    const { alerts, outbox, recipients } = this.deps;
    await alerts.raise(tenantId, content, async (tx, alert) => {
      await also(tx, alert);
      if (alert === undefined) return;
      const told = contentOf(about.devices, about.gateway, about.nowMs);
      await outbox.enqueue(tx, notificationsOf({ tenantId, alert, recipients }, 'device_offline', told));
    });
  }

  private async resolve(of: { tenantId: string; deviceId: string }, about: About, also: TakesPart): Promise<void> {
    const { alerts, outbox, recipients } = this.deps;
    const { tenantId } = of;
    const by = { resolvedBy: DEVICE_BACK, at: new Date(about.nowMs).toISOString() };
    await alerts.resolveBy({ ...of, ruleId: offlineRuleId(tenantId) }, by, async (tx, alert) => {
      await also(tx, alert);
      if (alert === undefined) return;
      const told = contentOf(about.devices, about.gateway, about.nowMs);
      await outbox.enqueue(tx, notificationsOf({ tenantId, alert, recipients }, 'device_online', told));
    });
  }

  /** When a device began to be watched, its last reading may have been on its way to the record: people are told what stands there now. */
  private async refreshLastSeen(devices: readonly WatchedDevice[]): Promise<void> {
    for (const device of devices) {
      if (device.heardMs !== -Infinity || device.lastSeenMs !== null) continue;
      const row = await watchedDevice(this.deps.database.system, device.tenantId, device.deviceId);
      device.lastSeenMs = row?.lastSeenMs ?? null;
    }
  }

  private async isDown(device: WatchedDevice, nowMs: number): Promise<void> {
    device.downMs = nowMs;
    if (device.status !== 'offline') await this.setStatus(device, 'offline', nowMs);
  }

  private async setStatus({ tenantId, deviceId }: WatchedDevice, status: 'online' | 'offline', atMs: number): Promise<void> {
    // A device that is being removed has no status any more.
    if (this.deps.directory.lookup(deviceId)?.tenantId !== tenantId) return;
    await this.deps.presence.setStatus(tenantId, deviceId, status, atMs);
  }

  /** Takes in records that were made or changed. */
  private async followChanges(): Promise<void> {
    const { watched, directory, database } = this.deps;
    for (const [deviceId, tenantId] of this.changed) {
      const entry = directory.lookup(deviceId);
      const known = watched.get(deviceId);
      const offlineSeconds = entry?.offlineSeconds ?? null;
      if (entry !== undefined && known !== undefined && offlineSeconds !== null) {
        known.name = entry.name;
        known.offlineSeconds = offlineSeconds;
      } else if (offlineSeconds !== null) {
        const row = await watchedDevice(database.system, tenantId, deviceId);
        if (row?.offlineSeconds !== undefined && row.offlineSeconds !== null) this.add(row, row.offlineSeconds);
        else watched.forgetExpected(deviceId);
      } else if (known !== undefined) {
        await this.endWatch(tenantId, deviceId);
      }
      this.changed.delete(deviceId);
    }
  }

  private async endWatch(tenantId: string, deviceId: string): Promise<void> {
    const { alerts, clock, watched } = this.deps;
    const by = { resolvedBy: NOT_WATCHED, at: new Date(clock.nowMs()).toISOString() };
    await alerts.resolveBy({ tenantId, deviceId, ruleId: offlineRuleId(tenantId) }, by, (tx) =>
      noteTold(tx, { tenantId, deviceIds: [deviceId] }, null),
    );
    watched.remove(deviceId);
  }

  private async storeGateways(): Promise<void> {
    const changed = [...this.deps.watched.all()].filter(({ gateway, storedGateway }) => gateway !== storedGateway);
    if (changed.length === 0) return;
    const gateways = new Map(changed.map(({ deviceId, gateway }) => [deviceId, gateway]));
    await noteGateways(this.deps.database.system, gateways);
    for (const device of changed) device.storedGateway = gateways.get(device.deviceId) ?? null;
  }

  private add(row: WatchedRow, offlineSeconds: number): void {
    const { watched, clock } = this.deps;
    const nowMs = clock.nowMs();
    const { tenantId, deviceId, name, status, lastSeenMs, gateway, told } = row;
    const statusAtMs = row.statusAtMs ?? -Infinity;
    watched.add({
      ...{ tenantId, deviceId, name, offlineSeconds, status, statusAtMs, lastSeenMs, gateway, told },
      heardMs: -Infinity,
      lostMs: null,
      sinceMs: nowMs,
      storedGateway: gateway,
      downMs: told === null ? null : nowMs,
    });
    if (told === 'gateway' && gateway !== null) watched.gateway(tenantId, gateway).toldMs ??= nowMs;
  }
}

/** What a notification is about. */
interface About {
  devices: readonly WatchedDevice[];
  gateway: Gateway | null;
  nowMs: number;
}
