import { forecastOptions, forecastQuery } from '../../src/contracts/analysis-questions.ts';
import { defineAnalysisNode } from '../shared/analysis/define-analysis.ts';
import { shortNumber } from '../shared/analysis/short-number.ts';
import type { PlatformRED } from '../shared/platform.ts';
import { forecastConfig } from './forecast.config.ts';

/** Registers `iiot-forecast`, which says what is expected next. */
export default function register(RED: PlatformRED): void {
  defineAnalysisNode(RED, {
    config: forecastConfig,
    schema: forecastQuery,
    optionsOf: ({ model, horizon, confidence, interval, season, limit }) => ({ model, horizon, confidence, interval, season, limit }),
    keysOf: ({ key }) => ({ one: key }),
    answer: (analytics, series, options) => analytics.forecast({ ...series, ...forecastOptions(options) }),
    statusOf: ({ steps, unit }) => {
      const last = steps.at(-1);
      return last === undefined ? 'not enough data' : `then ${shortNumber(last.mean)} ${unit ?? ''}`.trimEnd();
    },
  });
}
