import type { MetricFamily } from '../types.ts';
import { alertMetrics } from './alerts.ts';
import { apiMetrics } from './api.ts';
import { databaseMetrics } from './database.ts';
import { deviceMetrics } from './devices.ts';
import { flowMetrics } from './flows.ts';
import { healthMetrics } from './health.ts';
import { mqttMetrics } from './mqtt.ts';
import { cacheMetrics } from './cache.ts';
import { lossMetrics } from './loss.ts';
import { notificationMetrics } from './notifications.ts';
import { processMetrics } from './process.ts';
import { realtimeMetrics } from './realtime.ts';
import { ruleMetrics } from './rules.ts';
import { telemetryMetrics } from './telemetry.ts';

/** The registry: one line for each subject. The pools come first: what is asked of the database after them would be seen waiting there. */
export const FAMILIES: readonly MetricFamily[] = [
  processMetrics,
  databaseMetrics,
  healthMetrics,
  deviceMetrics,
  telemetryMetrics,
  mqttMetrics,
  ruleMetrics,
  alertMetrics,
  notificationMetrics,
  flowMetrics,
  apiMetrics,
  realtimeMetrics,
  cacheMetrics,
  lossMetrics,
];
