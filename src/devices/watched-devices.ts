import type { DeviceStatus } from '../contracts/devices.ts';
import type { Principal } from '../core/principal.ts';

/** A connection that ended is judged after this long, so that one that is made again raises nothing, milliseconds. */
export const CONNECTION_GRACE_MS = 30_000;
/**
 * A silent device behind a gateway that is connected waits at most this long for a sign that the gateway still passes messages on: the broker notices a
 * gateway without power only after one and a half of its keep-alive times, milliseconds.
 */
export const GATEWAY_PROOF_MS = 120_000;

/** A device that is offline when it is silent; instants are epoch milliseconds, of this run unless said otherwise. */
export interface WatchedDevice {
  readonly tenantId: string;
  readonly deviceId: string;
  name: string;
  offlineSeconds: number;
  status: DeviceStatus;
  statusAtMs: number;
  /** The last sign of life; -Infinity when there was none yet. */
  heardMs: number;
  /** As an earlier run stored it; null when it was never heard. */
  lastSeenMs: number | null;
  /** Its connection ended, or it said that it goes, and nothing came since. */
  lostMs: number | null;
  /** Watched since. */
  sinceMs: number;
  /** The gateway that it spoke through last; null when it speaks for itself. */
  gateway: string | null;
  /** The same, as it is stored. */
  storedGateway: string | null;
  /** Judged offline, and not back. */
  downMs: number | null;
  /** How people were told. */
  told: 'device' | 'gateway' | null;
}

/** A gateway: everybody who connects over MQTT with a gateway key of this name. */
export interface Gateway {
  readonly tenantId: string;
  readonly name: string;
  connections: number;
  /** Since when it is connected, or away. */
  sinceMs: number;
  /** When it last passed something on. */
  passedMs: number;
  /** People were told that it is offline. */
  toldMs: number | null;
}

/** What a look at all devices found. */
export type Verdict =
  /** Told as one of the platform's alerts, with the instant since when nothing came. */
  | { kind: 'offline'; device: WatchedDevice; sinceMs: number }
  | { kind: 'gateway_offline'; gateway: Gateway; silent: WatchedDevice[]; behind: WatchedDevice[] }
  /** Its gateway's alert says it already. */
  | { kind: 'joins'; device: WatchedDevice }
  | { kind: 'returned'; device: WatchedDevice }
  | { kind: 'gateway_online'; gateway: Gateway; behind: WatchedDevice[] }
  /** It was heard and is not shown as online. */
  | { kind: 'present'; device: WatchedDevice };

/** A message of a device, as far as its sender matters. */
export interface HeardMessage {
  kind: 'mqtt' | 'http';
  principal: Principal;
  deviceId: string;
  receivedAtMs: number;
}

/** Who of the watched devices is there, in memory: noting a message costs one look-up, a look at ten thousand devices about a millisecond. */
export class WatchedDevices {
  private readonly devices = new Map<string, WatchedDevice>();
  private readonly gateways = new Map<string, Gateway>();
  /** Devices whose records are being read, with the last sign of life of each kind since then. */
  private readonly expected = new Map<string, (() => void)[]>();
  /** Nothing before it counts as silence: the platform itself did not listen. */
  private listeningSinceMs = -Infinity;

  get(deviceId: string): WatchedDevice | undefined {
    return this.devices.get(deviceId);
  }

  add(device: WatchedDevice): void {
    this.devices.set(device.deviceId, device);
    for (const hear of this.expected.get(device.deviceId) ?? []) hear();
    this.expected.delete(device.deviceId);
  }

  /** A device may be watched from now on: what it says until its record is read counts when it is added. */
  expect(deviceId: string): void {
    if (!this.devices.has(deviceId)) this.expected.set(deviceId, []);
  }

  /** It is not watched after all. */
  forgetExpected(deviceId: string): void {
    this.expected.delete(deviceId);
  }

  remove(deviceId: string): void {
    this.expected.delete(deviceId);
    this.devices.delete(deviceId);
  }

  /** All of them. */
  all(): Iterable<WatchedDevice> {
    return this.devices.values();
  }

  /** Everybody gets their whole time again from now on. */
  listenAgain(nowMs: number): void {
    this.listeningSinceMs = nowMs;
  }

  /** A message arrived, whatever becomes of it. A device key speaks for its own device alone. */
  heard(message: HeardMessage): void {
    const { kind, principal, deviceId, receivedAtMs } = message;
    if (this.expected.has(deviceId)) this.expected.set(deviceId, [() => this.heard(message)]);
    if (principal.kind === 'gateway' && kind === 'mqtt') this.gateway(principal.tenantId, principal.name).passedMs = receivedAtMs;
    const device = this.devices.get(deviceId);
    if (device?.tenantId !== principal.tenantId) return;
    if (principal.kind === 'device' && principal.deviceId !== deviceId) return;
    device.gateway = principal.kind === 'gateway' && kind === 'mqtt' ? principal.name : null;
    wasHeard(device, receivedAtMs);
  }

  /** A message was stored: for those that came another way than by the platform's own sources. */
  seen(deviceId: string, atMs: number): void {
    if (this.expected.get(deviceId)?.length === 0) this.expected.set(deviceId, [() => this.seen(deviceId, atMs)]);
    const device = this.devices.get(deviceId);
    if (device !== undefined) wasHeard(device, atMs);
  }

  /** The status of a device was written down. */
  status(deviceId: string, status: DeviceStatus, atMs: number): void {
    const device = this.devices.get(deviceId);
    if (device === undefined) return;
    const wasThere = device.status === 'online' || device.status === 'error';
    device.status = status;
    device.statusAtMs = atMs;
    if (status === 'online' || status === 'error') {
      device.heardMs = Math.max(device.heardMs, atMs);
      if (device.lostMs !== null && device.lostMs <= atMs) device.lostMs = null;
    } else if (wasThere && device.downMs === null) {
      device.lostMs = atMs;
    }
  }

  /** A connection with a gateway key begins. */
  gatewayConnected(tenantId: string, name: string, atMs: number): void {
    const gateway = this.gateway(tenantId, name);
    if (gateway.connections === 0) gateway.sinceMs = atMs;
    gateway.connections += 1;
  }

  /** A connection with a gateway key ended. */
  gatewayDisconnected(tenantId: string, name: string, atMs: number): void {
    const gateway = this.gateway(tenantId, name);
    gateway.connections = Math.max(0, gateway.connections - 1);
    if (gateway.connections === 0) gateway.sinceMs = atMs;
  }

  /** The gateway of this name; one that was never heard of is away. */
  gateway(tenantId: string, name: string): Gateway {
    const key = `${tenantId}\n${name}`;
    let gateway = this.gateways.get(key);
    if (gateway === undefined) {
      gateway = { tenantId, name, connections: 0, sinceMs: -Infinity, passedMs: -Infinity, toldMs: null };
      this.gateways.set(key, gateway);
    }
    return gateway;
  }

  /** What is to be done at `nowMs`. Nothing is changed here: what could not be done is found again. */
  judge(nowMs: number): Verdict[] {
    const verdicts: Verdict[] = [];
    const groups = new Map<Gateway, WatchedDevice[]>();
    for (const gateway of this.gateways.values()) {
      if (isBack(gateway)) verdicts.push({ kind: 'gateway_online', gateway, behind: this.behind(gateway) });
    }
    for (const device of this.devices.values()) {
      const verdict = this.verdictOf(device, nowMs);
      if (verdict === undefined) continue;
      if ('kind' in verdict) verdicts.push(verdict);
      else groups.set(verdict, [...(groups.get(verdict) ?? []), device]);
    }
    for (const [gateway, silent] of groups) verdicts.push(this.verdictOfGroup(gateway, silent));
    return verdicts;
  }

  /** Undefined: nothing to do; a gateway: it is silent together with it. */
  private verdictOf(device: WatchedDevice, nowMs: number): Verdict | Gateway | undefined {
    if (device.downMs !== null) return device.heardMs >= device.downMs && device.lostMs === null ? { kind: 'returned', device } : undefined;
    const gateway = device.gateway === null ? undefined : this.gateway(device.tenantId, device.gateway);
    const dueMs = this.dueMs(device, gateway);
    if (nowMs < dueMs) return isUnshown(device) ? { kind: 'present', device } : undefined;
    if (gateway === undefined || (gateway.connections > 0 && gateway.passedMs >= dueMs))
      return { kind: 'offline', device, sinceMs: silentSince(device) };
    if (gateway.toldMs !== null) return { kind: 'joins', device };
    return gateway.connections === 0 || nowMs >= dueMs + GATEWAY_PROOF_MS ? gateway : undefined;
  }

  private dueMs(device: WatchedDevice, gateway: Gateway | undefined): number {
    const floorMs = Math.max(this.listeningSinceMs, device.sinceMs);
    const isConnected = gateway !== undefined && gateway.connections > 0;
    const fromMs = Math.max(device.heardMs, floorMs, isConnected ? gateway.sinceMs : -Infinity);
    const silentMs = fromMs + device.offlineSeconds * 1_000;
    const lostMs = device.lostMs === null ? Infinity : Math.max(device.lostMs, floorMs) + CONNECTION_GRACE_MS;
    const dueMs = Math.min(silentMs, lostMs);
    if (gateway === undefined || isConnected) return dueMs;
    return Math.max(dueMs, Math.max(gateway.sinceMs, this.listeningSinceMs) + CONNECTION_GRACE_MS);
  }

  /** A gateway that is connected and passes nothing on is not known to be gone: one silent device is told by itself. */
  private verdictOfGroup(gateway: Gateway, silent: WatchedDevice[]): Verdict {
    const [device] = silent;
    if (gateway.connections > 0 && device !== undefined && silent.length === 1)
      return { kind: 'offline', device, sinceMs: silentSince(device) };
    return { kind: 'gateway_offline', gateway, silent, behind: gateway.connections > 0 ? silent : this.behind(gateway) };
  }

  /** Devices that spoke through it last and have no alert of their own. */
  private behind({ tenantId, name }: Gateway): WatchedDevice[] {
    return [...this.devices.values()].filter((one) => one.tenantId === tenantId && one.gateway === name && one.told !== 'device');
  }
}

function wasHeard(device: WatchedDevice, atMs: number): void {
  if (atMs > device.heardMs) device.heardMs = atMs;
  // What was under way when the connection ended came before that.
  if (device.lostMs !== null && atMs > device.lostMs) device.lostMs = null;
}

function isBack({ toldMs, connections, sinceMs, passedMs }: Gateway): boolean {
  return toldMs !== null && connections > 0 && (sinceMs >= toldMs || passedMs >= toldMs);
}

function isUnshown({ status, statusAtMs, heardMs, lostMs }: WatchedDevice): boolean {
  return (status === 'offline' || status === 'unknown') && lostMs === null && heardMs > statusAtMs;
}

/** Since when nothing came, epoch milliseconds: of this run or as it was stored. */
export function silentSince({ heardMs, lastSeenMs, sinceMs }: WatchedDevice): number {
  return Number.isFinite(heardMs) ? heardMs : (lastSeenMs ?? sinceMs);
}
