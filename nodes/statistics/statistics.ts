import { statisticsOptions, statisticsQuery } from '../../src/contracts/analysis-questions.ts';
import { defineAnalysisNode } from '../shared/analysis/define-analysis.ts';
import { shortNumber } from '../shared/analysis/short-number.ts';
import type { PlatformRED } from '../shared/platform.ts';
import { statisticsConfig } from './statistics.config.ts';

/** Registers `iiot-statistics`, which computes mean, spread, extremes and percentiles. */
export default function register(RED: PlatformRED): void {
  defineAnalysisNode(RED, {
    config: statisticsConfig,
    schema: statisticsQuery,
    optionsOf: ({ interval, percentiles }) => ({ interval, percentiles }),
    keysOf: ({ key }) => ({ one: key }),
    answer: (analytics, series, options) => analytics.statistics({ ...series, ...statisticsOptions(options) }),
    statusOf: ({ mean, unit }) => (mean === null ? 'not enough data' : `mean ${shortNumber(mean)} ${unit ?? ''}`.trimEnd()),
  });
}
