import { z } from 'zod';
import { SEVERITIES } from './rules.ts';
import type { Alert, AlertStatus } from './alerts.ts';
import type { DeviceStatus } from './devices.ts';
import type { PointValue } from './telemetry.ts';

/** What a Socket.IO client may subscribe to (REQUIREMENTS, section 6). `device_id: "*"` means every device of the tenant. */
export const subscriptionSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('device'), device_id: z.string().min(1).max(128), keys: z.array(z.string().max(100)).max(1_000).optional() }),
  z.object({ type: z.literal('alerts'), severity: z.enum(SEVERITIES).optional() }),
]);
export type Subscription = z.infer<typeof subscriptionSchema>;

/** New values of one device, the newest of each key. */
export interface TelemetryUpdate {
  device_id: string;
  /** ISO 8601 UTC of the newest point in it. */
  timestamp: string;
  points: Record<string, { value: PointValue; unit: string | null; timestamp: string; quality: number }>;
}

/** A device has connected, disconnected, or told its status; `timestamp` is ISO 8601 UTC. */
export interface DeviceStatusUpdate {
  device_id: string;
  status: DeviceStatus;
  timestamp: string;
}

/** Records of devices were created, changed or removed; `GET /devices/{device_id}` says what each is now. */
export interface DevicesChanged {
  /** At most 1,000; of more there are several events. */
  device_ids: string[];
}

/** An alert has changed hands or is over. `by` is the user name, or null when the condition cleared it. */
export interface AlertUpdate {
  id: string;
  status: AlertStatus;
  by: string | null;
  timestamp: string;
  /** The alert after the change. */
  alert: Alert;
}

export type SubscriptionAck = (answer: { ok: boolean; error?: string }) => void;

/** What the server sends, each only to who has subscribed to it and may see it. */
export interface ServerToClientEvents {
  telemetry_update: (update: TelemetryUpdate) => void;
  device_status: (update: DeviceStatusUpdate) => void;
  devices_changed: (change: DevicesChanged) => void;
  alert: (alert: Alert) => void;
  alert_update: (update: AlertUpdate) => void;
}

/** What a client sends; each event is answered through its `ack`. */
export interface ClientToServerEvents {
  authenticate: (request: { token: string }, ack?: SubscriptionAck) => void;
  subscribe: (request: Subscription, ack?: SubscriptionAck) => void;
  unsubscribe: (request: Subscription, ack?: SubscriptionAck) => void;
}
