import type { RuleScope } from '../contracts/rules.ts';
import type { StoredTelemetry } from '../contracts/telemetry.ts';
import type { PlatformEvents } from '../contracts/events.ts';
import type { Clock } from '../core/clock.ts';
import type { EventBus } from '../core/events.ts';
import type { NewId } from '../core/ids.ts';
import type { Logger } from '../core/logger.ts';
import type { Database } from '../storage/database.ts';
import type { RuleTally } from './rule-tally.ts';

/** What a rule's scope and message need to know of a device; from memory, because it is asked on the hot path. */
export interface RuleDeviceInfo {
  name: string;
  type: string;
  location: string;
}

/** The devices of the installation, in memory. */
export interface RuleDevices {
  /** Undefined for a device that is not registered. */
  lookup(deviceId: string): RuleDeviceInfo | undefined;
  /** Every device of a tenant. */
  ids(tenantId: string): Iterable<string>;
  /** True when the device is known to be offline; unknown presence is not. */
  isOffline(deviceId: string): boolean;
  /** Since when nothing says that the device is there, epoch milliseconds; null when it is, or its presence is unknown. */
  awaySinceMs(deviceId: string): number | null;
}

/** What the engine asks of the alert service when a rule or a device is gone. */
export interface AlertCloser {
  closeOpen(of: { tenantId: string; ruleId?: string; deviceId?: string }, resolvedBy: string): Promise<void>;
}

/** What the engine works with. */
export interface EngineOptions {
  db: Database;
  clock: Clock;
  newId: NewId;
  logger: Logger;
  events: EventBus<PlatformEvents>;
  devices: RuleDevices;
  alerts: AlertCloser;
  /** Reads the compact form in which the ingest service keeps a batch. */
  decodeBatch: (lane: number, points: Buffer) => StoredTelemetry[];
  /** Counts what rules do; nobody does unless it is given. */
  tally?: RuleTally | undefined;
}

/** Whether a rule is for a device. A device that is not registered has neither type nor location. */
export function isInScope(scope: RuleScope, deviceId: string, devices: RuleDevices): boolean {
  if (isSet(scope.device_id) && scope.device_id !== deviceId) return false;
  if (!isSet(scope.device_type) && !isSet(scope.location)) return true;
  const device = devices.lookup(deviceId);
  if (device === undefined) return false;
  if (isSet(scope.device_type) && scope.device_type !== device.type) return false;
  return !isSet(scope.location) || scope.location === device.location;
}

/** A form leaves an empty text where nothing was chosen. */
function isSet(text: string | undefined): text is string {
  return text !== undefined && text !== '';
}
