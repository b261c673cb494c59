import type { PlatformEvents } from '../contracts/events.ts';
import type { Alert } from '../contracts/alerts.ts';
import type { AlertUpdate, DeviceStatusUpdate } from '../contracts/realtime.ts';
import type { StoredTelemetry } from '../contracts/telemetry.ts';
import type { EventBus } from '../core/events.ts';
import type { Principal } from '../core/principal.ts';
import { ALL_DEVICES } from './subscriptions.ts';

/** What the hub needs of a connection that has subscribed. */
export interface Subscriber {
  readonly principal: Principal | undefined;
  offerTelemetry(telemetry: StoredTelemetry): void;
  offerStatus(update: DeviceStatusUpdate): void;
  offerChange(deviceId: string): void;
  sendAlert(alert: Alert): void;
  sendAlertUpdate(update: AlertUpdate): void;
  /** Ends the connection. */
  end(): void;
}

/** The rooms of one tenant. */
interface TenantRooms {
  devices: Map<string, Set<Subscriber>>;
  alerts: Set<Subscriber>;
}

/**
 * Who wants what, by tenant: an event reaches only the rooms of the tenant that it names. A stored message that nobody watches costs
 * two look-ups.
 */
export class RealtimeHub {
  private readonly tenants = new Map<string, TenantRooms>();
  private readonly everyone = new Set<Subscriber>();
  private readonly unsubscribe: (() => void)[] = [];

  /** Begins to listen to the platform. */
  start(events: EventBus<PlatformEvents>): void {
    this.unsubscribe.push(
      events.on('telemetry.stored', (telemetry) => this.onTelemetry(telemetry)),
      events.on('device.status', ({ tenantId, update }) => {
        for (const subscriber of this.watching(tenantId, update.device_id)) subscriber.offerStatus(update);
      }),
      events.on('device.changed', ({ tenantId, deviceId }) => {
        for (const subscriber of this.watching(tenantId, deviceId)) subscriber.offerChange(deviceId);
      }),
      events.on('alert.raised', ({ tenantId, alert }) => {
        for (const subscriber of this.tenants.get(tenantId)?.alerts ?? []) subscriber.sendAlert(alert);
      }),
      events.on('alert.updated', ({ tenantId, update }) => {
        for (const subscriber of this.tenants.get(tenantId)?.alerts ?? []) subscriber.sendAlertUpdate(update);
      }),
      events.on('user.sessions_ended', ({ tenantId, userId }) => {
        this.endThose((principal) => principal.kind === 'user' && principal.userId === userId && principal.tenantId === tenantId);
      }),
      events.on('credential.revoked', ({ credentialId }) => {
        this.endThose((principal) => principal.kind !== 'user' && principal.credentialId === credentialId);
      }),
    );
  }

  stop(): void {
    for (const end of this.unsubscribe.splice(0)) end();
  }

  /** A connection is there; it is ended with the login that it shows. */
  enter(subscriber: Subscriber): void {
    this.everyone.add(subscriber);
  }

  /** A connection is gone; it has taken back what it watched. */
  leave(subscriber: Subscriber): void {
    this.everyone.delete(subscriber);
  }

  watchDevice(subscriber: Subscriber, tenantId: string, deviceId: string): void {
    const { devices } = this.rooms(tenantId);
    const room = devices.get(deviceId);
    if (room === undefined) devices.set(deviceId, new Set([subscriber]));
    else room.add(subscriber);
  }

  unwatchDevice(subscriber: Subscriber, tenantId: string, deviceId: string): void {
    const { devices } = this.rooms(tenantId);
    const room = devices.get(deviceId);
    if (room?.delete(subscriber) === true && room.size === 0) devices.delete(deviceId);
  }

  watchAlerts(subscriber: Subscriber, tenantId: string): void {
    this.rooms(tenantId).alerts.add(subscriber);
  }

  unwatchAlerts(subscriber: Subscriber, tenantId: string): void {
    this.rooms(tenantId).alerts.delete(subscriber);
  }

  private onTelemetry(telemetry: StoredTelemetry): void {
    const devices = this.tenants.get(telemetry.tenant_id)?.devices;
    if (devices === undefined || devices.size === 0) return;
    const named = devices.get(telemetry.device_id);
    const all = devices.get(ALL_DEVICES);
    if (named !== undefined) for (const subscriber of named) subscriber.offerTelemetry(telemetry);
    if (all !== undefined) for (const subscriber of all) if (named?.has(subscriber) !== true) subscriber.offerTelemetry(telemetry);
  }

  private watching(tenantId: string, deviceId: string): Set<Subscriber> {
    const devices = this.tenants.get(tenantId)?.devices;
    return new Set([...(devices?.get(deviceId) ?? []), ...(devices?.get(ALL_DEVICES) ?? [])]);
  }

  private endThose(test: (principal: Principal) => boolean): void {
    for (const subscriber of [...this.everyone]) if (subscriber.principal !== undefined && test(subscriber.principal)) subscriber.end();
  }

  private rooms(tenantId: string): TenantRooms {
    const known = this.tenants.get(tenantId);
    if (known !== undefined) return known;
    const rooms: TenantRooms = { devices: new Map(), alerts: new Set() };
    this.tenants.set(tenantId, rooms);
    return rooms;
  }
}
