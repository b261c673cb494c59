import type { Registry } from 'prom-client';
import type { ChannelName } from '../contracts/actions.ts';
import type { AttemptOutcome } from '../contracts/notifications.ts';

/** What metrics are made of: ports that `src/app` fills. A figure that must be asked for may fail; the others are shown all the same. */
export interface MetricSources {
  notifications: {
    /** Recorded attempts since the start. */
    attempts(): ReadonlyMap<ChannelName, Readonly<Record<AttemptOutcome, number>>>;
    /** How many are not delivered and not given up, by channel; channels without any may be left out. */
    waiting(): Promise<ReadonlyMap<ChannelName, number>>;
  };
}

/** A metric whose figures must be asked for: `show` is called with the answer, `hide` when there is none. */
export interface AskedMetric<Answer> {
  name: string;
  ask(): Promise<Answer>;
  show(answer: Answer): void;
  hide(): void;
}

/** What a family registers its metrics with. */
export interface MetricBench {
  registry: Registry;
  sources: MetricSources;
  /**
   * Makes the `collect` of such a metric. Without an answer within 2 s it is hidden, that is counted under its name, and the scrape goes on. A
   * question that is under way is not asked again.
   */
  asked: <Answer>(metric: AskedMetric<Answer>) => () => Promise<void>;
}

/** One subject: registers all its metrics. */
export type MetricFamily = (bench: MetricBench) => void;
