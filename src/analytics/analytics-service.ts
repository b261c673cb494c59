import type { Correlation, SeriesForecast, SeriesStatistics, SeriesTrend } from '../contracts/analytics.ts';
import { isCanceled } from '../storage/database.ts';
import type { Database, Queryable } from '../storage/database.ts';
import { correlation } from './correlation.ts';
import type { CorrelationQuestion } from './correlation.ts';
import { forecast } from './forecast.ts';
import type { ForecastQuestion } from './forecast.ts';
import { badField } from './series-period.ts';
import { statistics } from './statistics.ts';
import type { StatisticsQuestion } from './statistics.ts';
import { timeSeries } from './time-series.ts';
import type { TimeSeriesPage, TimeSeriesQuestion } from './time-series.ts';
import { trend } from './trend.ts';
import type { TrendQuestion } from './trend.ts';

/** No statement of an analysis keeps a connection for longer. */
const MOST_MS = 20_000;

/**
 * What can be learnt from stored readings. Each answer is of one snapshot. Fails with NOT_FOUND for a device or quantity that the tenant does not
 * have, and with INVALID_REQUEST for a period or option that makes no sense; where there are too few readings it answers so.
 */
export class Analytics {
  private readonly db: Pick<Database, 'snapshotAsTenant'>;

  constructor(db: Pick<Database, 'snapshotAsTenant'>) {
    this.db = db;
  }

  statistics(question: StatisticsQuestion): Promise<SeriesStatistics> {
    return this.of(question, (tx) => statistics(tx, question));
  }

  trend(question: TrendQuestion): Promise<SeriesTrend> {
    return this.of(question, (tx) => trend(tx, question));
  }

  timeSeries(question: TimeSeriesQuestion): Promise<TimeSeriesPage> {
    return this.of(question, (tx) => timeSeries(tx, question));
  }

  correlation(question: CorrelationQuestion): Promise<Correlation> {
    return this.of(question, (tx) => correlation(tx, question));
  }

  forecast(question: ForecastQuestion): Promise<SeriesForecast> {
    return this.of(question, (tx) => forecast(tx, question));
  }

  private async of<Answer>({ tenantId }: { tenantId: string }, compute: (tx: Queryable) => Promise<Answer>): Promise<Answer> {
    try {
      return await this.db.snapshotAsTenant(tenantId, compute, { statementMs: MOST_MS });
    } catch (error) {
      if (!isCanceled(error)) throw error;
      const found = `The answer was not there after ${String(MOST_MS / 1_000)} s, and it was given up.`;
      throw badField('start', `${found} Choose a shorter period, or an "interval" of whole minutes.`);
    }
  }
}
