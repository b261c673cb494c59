import { timeSeriesContradiction, timeSeriesOptions, timeSeriesQuery } from '../../src/contracts/analysis-questions.ts';
import { defineAnalysisNode } from '../shared/analysis/define-analysis.ts';
import { bad } from '../shared/analysis/question.ts';
import type { PlatformRED } from '../shared/platform.ts';
import { timeseriesConfig } from './timeseries.config.ts';

/** Registers `iiot-timeseries`, which sends readings with moving average, rate of change and gaps. */
export default function register(RED: PlatformRED): void {
  defineAnalysisNode(RED, {
    config: timeseriesConfig,
    schema: timeSeriesQuery,
    alternatives: [['points', 'window']],
    optionsOf: ({ interval, points, window, minValue, maxValue, limit }) => ({
      interval,
      points,
      window,
      min_value: minValue,
      max_value: maxValue,
      limit,
    }),
    keysOf: ({ key }) => ({ one: key }),
    contradiction: timeSeriesContradiction,
    answer: async (analytics, series, options) => {
      const afterUs = options.cursor === undefined ? undefined : placeOf(options.cursor);
      const { answer, nextAfterUs } = await analytics.timeSeries({ ...series, ...timeSeriesOptions(options), afterUs });
      return { ...answer, next_cursor: nextAfterUs === null ? null : cursorOf(nextAfterUs) };
    },
    statusOf: ({ items }) => `${String(items.length)} items`,
  });
}

/** The place in a series as the API's cursors name it. */
function cursorOf(us: string): string {
  return Buffer.from(JSON.stringify(us)).toString('base64url');
}

function placeOf(cursor: string): string {
  const [, us] = /^"(-?\d{1,18})"$/.exec(Buffer.from(cursor, 'base64url').toString('utf8')) ?? [];
  if (us === undefined)
    throw bad('cursor', '"cursor" is not one that a time series gave; send `next_cursor` of the answer before, or none.');
  return us;
}
