import type { Socket } from 'socket.io';
import type { Alert } from '../contracts/alerts.ts';
import type { AlertUpdate, ClientToServerEvents, DeviceStatusUpdate, ServerToClientEvents, Subscription } from '../contracts/realtime.ts';
import { subscriptionSchema } from '../contracts/realtime.ts';
import type { StoredTelemetry } from '../contracts/telemetry.ts';
import type { Clock } from '../core/clock.ts';
import type { Permission } from '../core/permissions.ts';
import type { Principal } from '../core/principal.ts';
import type { RealtimeHub, Subscriber } from './hub.ts';
import type { RealtimeTally } from './realtime-tally.ts';
import { LatestValues } from './latest-values.ts';
import type { SharedUpdates } from './shared-updates.ts';
import { Subscriptions } from './subscriptions.ts';
import type { RealtimeLimits, RealtimeLogin } from './types.ts';

/** A server socket that carries our events. */
export type RealtimeSocket = Socket<ClientToServerEvents, ServerToClientEvents, Record<string, never>, SocketData>;

/** What the handshake found out. */
export interface SocketData {
  login?: RealtimeLogin | undefined;
}

/** What the connections of a server share. */
export interface ClientContext {
  hub: RealtimeHub;
  clock: Clock;
  limits: RealtimeLimits;
  tally: RealtimeTally;
  /** Asks for `flush` at the next beat. */
  wantsFlush: (client: RealtimeClient) => void;
}

/** The longest time that a timer of Node.js can take; a later end is looked at again then. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Device ids in one message; an import brings thousands at once. */
const CHANGES_AT_ONCE = 1_000;

/** One connection: who it is, what it wants, and what waits to be sent to it. */
export class RealtimeClient implements Subscriber {
  private readonly socket: RealtimeSocket;
  private readonly context: ClientContext;
  private readonly wanted = new Subscriptions();
  private readonly values = new LatestValues();
  private readonly statuses = new Map<string, DeviceStatusUpdate>();
  private readonly changed = new Set<string>();
  private login: RealtimeLogin | undefined;
  private expiry: NodeJS.Timeout | undefined;
  /** Messages given to the connection that it has not yet passed on to the network. */
  private waiting = 0;

  constructor(socket: RealtimeSocket, context: ClientContext) {
    this.socket = socket;
    this.context = context;
    socket.conn.on('drain', () => {
      this.waiting = 0;
    });
    this.expiry = setTimeout(() => this.end(), context.limits.authenticateMs);
  }

  get principal(): Principal | undefined {
    return this.login?.principal;
  }

  /** Takes a login, or renews it. Subscriptions stay as far as the new one allows; another person or tenant starts without any. */
  accept(login: RealtimeLogin): void {
    const before = this.login?.principal;
    if (before !== undefined && identityOf(before) !== identityOf(login.principal)) this.dropEverything();
    this.login = login;
    if (!this.may('telemetry:read')) this.dropDevices();
    if (!this.may('alerts:read')) this.dropAlerts();
    this.expireAt(login.expiresAtMs);
  }

  /** Answers why the subscription is refused, or undefined when it holds from now on. */
  subscribe(request: unknown): string | undefined {
    const { subscription, problem } = this.parse(request);
    if (subscription === undefined || this.login === undefined) return problem;
    const { hub, limits } = this.context;
    const { tenantId } = this.login.principal;
    switch (subscription.type) {
      case 'device':
        if (!this.wanted.hasDevice(subscription.device_id) && this.wanted.deviceCount >= limits.devices) {
          return `A connection may name ${limits.devices} devices; subscribe to device_id "*" for all of them.`;
        }
        this.wanted.addDevice(subscription);
        hub.watchDevice(this, tenantId, subscription.device_id);
        return undefined;
      case 'alerts':
        this.wanted.addAlerts(subscription.severity);
        hub.watchAlerts(this, tenantId);
        return undefined;
    }
  }

  /** Answers why it is refused, or undefined; unsubscribing from what was not subscribed is fine. */
  unsubscribe(request: unknown): string | undefined {
    const { subscription, problem } = this.parse(request);
    if (subscription === undefined || this.login === undefined) return problem;
    const { tenantId } = this.login.principal;
    switch (subscription.type) {
      case 'device': {
        const refusal = this.wanted.removeDevice(subscription);
        if (!this.wanted.hasDevice(subscription.device_id)) this.context.hub.unwatchDevice(this, tenantId, subscription.device_id);
        this.values.retain((deviceId) => this.wanted.keysOf(deviceId));
        return refusal;
      }
      case 'alerts': {
        const refusal = this.wanted.removeAlerts(subscription.severity);
        if (!this.wanted.wantsAlerts) this.context.hub.unwatchAlerts(this, tenantId);
        return refusal;
      }
    }
  }

  offerTelemetry(telemetry: StoredTelemetry): void {
    this.context.tally.overtaken += this.values.add(telemetry, this.wanted.keysOf(telemetry.device_id));
    this.context.wantsFlush(this);
  }

  offerStatus(update: DeviceStatusUpdate): void {
    if (!this.may('devices:read')) return;
    this.statuses.set(update.device_id, update);
    this.context.wantsFlush(this);
  }

  offerChange(deviceId: string): void {
    if (!this.may('devices:read')) return;
    this.changed.add(deviceId);
    this.context.wantsFlush(this);
  }

  sendAlert(alert: Alert): void {
    if (this.wanted.wantsSeverity(alert.severity)) this.send(() => this.socket.emit('alert', alert));
  }

  sendAlertUpdate(update: AlertUpdate): void {
    if (this.wanted.wantsSeverity(update.alert.severity)) this.send(() => this.socket.emit('alert_update', update));
  }

  /**
   * Sends what is new: the newest values go out with those of others. Unless something still waits for the network: then they are overtaken by
   * newer ones meanwhile. Answers whether something is left for the next beat.
   */
  flush(updates: SharedUpdates): boolean {
    if (this.waiting > 0) return true;
    for (const update of this.statuses.values()) this.send(() => this.socket.emit('device_status', update));
    this.statuses.clear();
    this.flushChanges();
    for (const [deviceId, points] of this.values.take(this.context.limits.devicesPerFlush)) {
      this.waiting += 1;
      this.context.tally.sent += 1;
      updates.add(deviceId, points, this.socket.id);
    }
    return !this.values.isEmpty;
  }

  end(): void {
    this.socket.disconnect(true);
  }

  /** The connection is gone. */
  closed(): void {
    clearTimeout(this.expiry);
    this.dropEverything();
    this.context.hub.leave(this);
  }

  private flushChanges(): void {
    const ids = [...this.changed];
    this.changed.clear();
    for (let from = 0; from < ids.length; from += CHANGES_AT_ONCE) {
      const change = { device_ids: ids.slice(from, from + CHANGES_AT_ONCE) };
      this.send(() => this.socket.emit('devices_changed', change));
    }
  }

  /** Alerts are never dropped: a connection that lets too many wait is ended, and reads the list anew when it is back. */
  private send(emit: () => void): void {
    const { tally, limits } = this.context;
    this.waiting += 1;
    tally.sent += 1;
    emit();
    if (this.waiting <= limits.waiting) return;
    tally.ended += 1;
    this.socket.conn.close(true);
  }

  private parse(request: unknown): { subscription?: Subscription; problem: string } {
    if (this.login === undefined) return { problem: 'Authenticate first: send the event "authenticate" with {token}.' };
    const parsed = subscriptionSchema.safeParse(request);
    if (!parsed.success) {
      const issue = parsed.error.issues[0];
      return {
        problem: `The subscription is not valid: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`.replace(/ +/g, ' ').trim(),
      };
    }
    const needed = parsed.data.type === 'device' ? 'telemetry:read' : 'alerts:read';
    if (!this.may(needed)) return { problem: `You may not subscribe to this: the permission ${needed} is missing.` };
    return { subscription: parsed.data, problem: '' };
  }

  private may(permission: Permission): boolean {
    return this.login?.principal.permissions.has(permission) === true;
  }

  private expireAt(expiresAtMs: number | null): void {
    clearTimeout(this.expiry);
    this.expiry = undefined;
    if (expiresAtMs === null) return;
    const leftMs = expiresAtMs - this.context.clock.nowMs();
    this.expiry = setTimeout(
      () => (leftMs > LONGEST_TIMER_MS ? this.expireAt(expiresAtMs) : this.end()),
      Math.min(leftMs, LONGEST_TIMER_MS),
    );
  }

  private dropDevices(): void {
    const tenantId = this.login?.principal.tenantId ?? '';
    for (const deviceId of this.wanted.deviceIds) this.context.hub.unwatchDevice(this, tenantId, deviceId);
    this.wanted.clearDevices();
    this.values.clear();
    this.statuses.clear();
    this.changed.clear();
  }

  private dropAlerts(): void {
    this.context.hub.unwatchAlerts(this, this.login?.principal.tenantId ?? '');
    this.wanted.removeAlerts(undefined);
  }

  private dropEverything(): void {
    if (this.login === undefined) return;
    this.dropDevices();
    this.dropAlerts();
  }
}

function identityOf(principal: Principal): string {
  const id = principal.kind === 'user' ? principal.userId : principal.credentialId;
  return `${principal.tenantId}/${principal.kind}/${id}`;
}
