import type { MetricFamily } from '../types.ts';
import { notificationMetrics } from './notifications.ts';
import { processMetrics } from './process.ts';

/** The registry: one line for each subject. */
export const FAMILIES: readonly MetricFamily[] = [processMetrics, notificationMetrics];
