import type { RaisedContent } from '../alerts/raised-alerts.ts';
import type { Alert } from '../contracts/alerts.ts';
import { uuidOfName } from '../core/ids.ts';
import type { NewNotification } from '../notify/types.ts';
import { CONNECTION_GRACE_MS, silentSince } from './watched-devices.ts';
import type { Gateway, WatchedDevice } from './watched-devices.ts';

/** The name of the built-in rule. */
export const DEVICE_OFFLINE = 'Device offline';
/** Who resolves its alerts. */
export const DEVICE_BACK = 'device is back';
/** Who resolves them when the device is watched no more. */
export const NOT_WATCHED = 'device is not watched';
/** What the alert of a gateway names in place of a device: gateways are keys. */
export const GATEWAY_PREFIX = 'gateway:';

const NAMES_SHOWN = 20;
/** Of each notification; more are counted in the alert's message. */
const DEVICES_TOLD = 500;

/** The id of the built-in rule, of each tenant its own. */
export function offlineRuleId(tenantId: string): string {
  return uuidOfName(`rule device-offline ${tenantId}`);
}

/** What the notifications of both events carry. */
export interface OfflineContent {
  devices: { device_id: string; name: string; last_seen_at: string | null }[];
  gateway: { device_id: string; name: string } | null;
  at: string;
}

/** The alert of one device. */
export function alertOfDevice(device: WatchedDevice, nowMs: number): RaisedContent {
  const { tenantId, deviceId, name, lostMs, offlineSeconds } = device;
  const silentMs = nowMs - silentSince(device);
  const isLost = lostMs !== null && silentMs < offlineSeconds * 1_000;
  const why = isLost ? 'its connection ended and was not made again' : `nothing was heard of it for ${secondsText(silentMs)}`;
  return {
    ...alertOf(tenantId, deviceId, nowMs),
    message: `${named(name, deviceId)} is offline: ${why}.`,
    value: Math.round((isLost ? nowMs - lostMs : silentMs) / 1_000),
    threshold: isLost ? CONNECTION_GRACE_MS / 1_000 : offlineSeconds,
  };
}

/** The alert of a gateway with the devices that speak through it. */
export function alertOfGateway(
  { tenantId, name, connections, sinceMs }: Gateway,
  devices: readonly WatchedDevice[],
  nowMs: number,
): RaisedContent {
  const shown = devices.slice(0, NAMES_SHOWN).map((device) => device.name);
  const more = devices.length > shown.length ? ` and ${String(devices.length - shown.length)} more` : '';
  const count = devices.length === 1 ? 'a device' : `${String(devices.length)} devices`;
  const what = connections > 0 ? `passes nothing on, and ${count} behind it fell silent` : `is offline, and with it ${count}`;
  const isKnown = connections === 0 && Number.isFinite(sinceMs);
  return {
    ...alertOf(tenantId, `${GATEWAY_PREFIX}${name}`, nowMs),
    message: `The gateway "${name}" ${what}: ${shown.join(', ')}${more}.`,
    value: isKnown ? Math.round((nowMs - sinceMs) / 1_000) : null,
    threshold: isKnown ? CONNECTION_GRACE_MS / 1_000 : null,
  };
}

/** One e-mail to all who get reports; none when nobody does. */
export function notificationsOf(
  { tenantId, alert, recipients }: { tenantId: string; alert: Alert; recipients: readonly string[] },
  event: 'device_offline' | 'device_online',
  content: OfflineContent,
): NewNotification[] {
  if (recipients.length === 0) return [];
  return [
    {
      tenantId,
      dedupKey: `${event}:${alert.id}`,
      event,
      channel: 'email',
      recipient: recipients.join(', '),
      alertId: alert.id,
      deviceId: alert.device_id,
      ruleId: alert.rule_id,
      content,
    },
  ];
}

/** What is told of devices, and of the gateway that they are behind. */
export function contentOf(devices: readonly WatchedDevice[], gateway: Gateway | null, nowMs: number): OfflineContent {
  const shown = devices
    .slice(0, DEVICES_TOLD)
    .map((device) => ({ device_id: device.deviceId, name: device.name, last_seen_at: lastSeenOf(device) }));
  const self = gateway === null ? null : { device_id: `${GATEWAY_PREFIX}${gateway.name}`, name: gateway.name };
  return {
    // A gateway may come back when all its devices have found another way.
    devices: shown.length === 0 && self !== null ? [{ ...self, last_seen_at: null }] : shown,
    gateway: self,
    at: new Date(nowMs).toISOString(),
  };
}

function alertOf(tenantId: string, deviceId: string, nowMs: number) {
  const at = new Date(nowMs).toISOString();
  return {
    rule_id: offlineRuleId(tenantId),
    rule_name: DEVICE_OFFLINE,
    device_id: deviceId,
    key: 'silence',
    severity: 'warning' as const,
    unit: 's',
    raised_at: at,
  };
}

function lastSeenOf({ heardMs, lastSeenMs }: WatchedDevice): string | null {
  const atMs = Number.isFinite(heardMs) ? heardMs : lastSeenMs;
  return atMs === null ? null : new Date(atMs).toISOString();
}

function named(name: string, deviceId: string): string {
  return name === deviceId ? name : `${name} (${deviceId})`;
}

function secondsText(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  if (seconds < 120) return `${String(seconds)} s`;
  return seconds < 7_200 ? `${String(Math.round(seconds / 60))} min` : `${String(Math.round(seconds / 3_600))} h`;
}
