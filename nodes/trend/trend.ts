import { trendOptions, trendQuery } from '../../src/contracts/analysis-questions.ts';
import { defineAnalysisNode } from '../shared/analysis/define-analysis.ts';
import type { PlatformRED } from '../shared/platform.ts';
import { trendConfig } from './trend.config.ts';

/** Registers `iiot-trend`, which says where a quantity is going. */
export default function register(RED: PlatformRED): void {
  defineAnalysisNode(RED, {
    config: trendConfig,
    schema: trendQuery,
    optionsOf: ({ interval, threshold }) => ({ interval, threshold }),
    keysOf: ({ key }) => ({ one: key }),
    answer: (analytics, series, options) => analytics.trend({ ...series, ...trendOptions(options) }),
    statusOf: ({ trend }) => trend ?? 'not enough data',
  });
}
