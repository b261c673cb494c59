import { correlationContradiction, correlationOptions, correlationQuery } from '../../src/contracts/analysis-questions.ts';
import { namesOf } from '../shared/analysis/analysis-fields.ts';
import { defineAnalysisNode } from '../shared/analysis/define-analysis.ts';
import { shortNumber } from '../shared/analysis/short-number.ts';
import type { PlatformRED } from '../shared/platform.ts';
import { correlationConfig } from './correlation.config.ts';

/** Registers `iiot-correlation`, which says how quantities go together. */
export default function register(RED: PlatformRED): void {
  defineAnalysisNode(RED, {
    config: correlationConfig,
    schema: correlationQuery,
    alternatives: [['interval', 'tolerance']],
    optionsOf: ({ keys, otherDeviceId, otherKeys, interval, tolerance, maxLag }) => ({
      ...{ keys: namesOf(keys).join(','), other_device_id: otherDeviceId, other_keys: namesOf(otherKeys).join(',') },
      ...{ interval, tolerance, max_lag: maxLag },
    }),
    keysOf: ({ keys }) => ({ several: namesOf(keys) }),
    contradiction: (options, deviceId) => correlationContradiction(deviceId, options),
    answer: (analytics, { tenantId, deviceId, startUs, endUs }, options) =>
      analytics.correlation({ tenantId, startUs, endUs, ...correlationOptions(deviceId, options) }),
    statusOf: ({ pairs: [pair, ...others] }) => {
      if (others.length > 0) return `${String(others.length + 1)} pairs`;
      return pair?.r == null ? 'not enough data' : `r = ${shortNumber(pair.r)}`;
    },
  });
}
