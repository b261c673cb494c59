import type { Alert } from './alerts.ts';
import type { RuleTransition } from './rules.ts';
import type { AlertUpdate, DeviceStatusUpdate } from './realtime.ts';
import type { StoredTelemetry } from './telemetry.ts';

/** What parts of the platform tell each other after it is committed. Each event names its tenant. */
export interface PlatformEvents {
  /** New points are committed (never emitted for repeats). On the hot path: listeners must be quick. */
  'telemetry.stored': StoredTelemetry;
  /** Past readings were stored, of which nobody is told one by one: what was learnt of the past may be wrong, whosever it was. */
  'history.stored': object;
  'device.status': { tenantId: string; update: DeviceStatusUpdate };
  /** A device record was created, changed or removed. */
  'device.changed': { tenantId: string; deviceId: string; change: 'created' | 'updated' | 'removed' };
  /** A key was revoked: its connections must end. */
  'credential.revoked': { tenantId: string; credentialId: string };
  'alert.raised': { tenantId: string; alert: Alert };
  'alert.updated': { tenantId: string; update: AlertUpdate };
  /** An alert ended otherwise than by a decision of its rule: for the alert node behind which nodes heard of it, with what it tells them. */
  'alert.ended': { tenantId: string; nodeId: string; alert: Alert; transition: RuleTransition };
  /** A person's sessions are over (logout, password change, disabled). */
  'user.sessions_ended': { tenantId: string; userId: string };
}
