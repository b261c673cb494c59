import { Counter, Registry } from 'prom-client';
import { messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { FAMILIES } from './families/index.ts';
import type { AskedMetric, MetricBench, MetricSources } from './types.ts';

/** What the metrics of one platform are made with. */
export interface PlatformMetricsOptions {
  sources: Partial<MetricSources>;
  logger: Logger;
  /** How long a figure may be waited for; 2 s unless given. */
  askMs?: number;
}

const ASK_MS = 2_000;
const LATE = Symbol('late');

/** Every metric of the platform, in the text format of Prometheus. */
export class PlatformMetrics {
  private readonly registry = new Registry();
  private readonly options: PlatformMetricsOptions;
  private readonly missing: Counter<'metric'>;
  private rendering: Promise<string> | undefined;

  constructor(options: PlatformMetricsOptions) {
    this.options = options;
    this.missing = new Counter({
      name: 'insa_metrics_missing_total',
      help: 'How often a metric could not be shown because its figures could not be had in time, by the name of the metric.',
      labelNames: ['metric'],
      registers: [this.registry],
    });
    const bench: MetricBench = { registry: this.registry, sources: options.sources, asked: (metric) => this.asked(metric) };
    for (const family of FAMILIES) family(bench);
  }

  /** What the text is: `text/plain; version=0.0.4; charset=utf-8`. */
  get contentType(): string {
    return this.registry.contentType;
  }

  /** All metrics as they are now. Whoever asks while a text is being made gets the same one. */
  text(): Promise<string> {
    this.rendering ??= this.registry.metrics().finally(() => (this.rendering = undefined));
    return this.rendering;
  }

  private asked<Answer>(metric: AskedMetric<Answer>): () => Promise<void> {
    const { name } = metric;
    this.missing.inc({ metric: name }, 0);
    let asking: Promise<Answer> | undefined;
    return async (): Promise<void> => {
      asking ??= metric.ask().finally(() => (asking = undefined));
      try {
        const answer = await this.inTime(asking);
        if (answer !== LATE) {
          metric.show(answer);
          return;
        }
        this.options.logger.debug({ part: 'metrics', metric: name }, 'The figures of a metric did not come in time.');
      } catch (error) {
        this.options.logger.debug({ part: 'metrics', metric: name, error: messageOf(error) }, 'The figures of a metric cannot be had now.');
      }
      // Nothing is better than a figure of earlier, which would look like one of now.
      metric.hide();
      this.missing.inc({ metric: name });
    };
  }

  private inTime<Answer>(asking: Promise<Answer>): Promise<Answer | typeof LATE> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<typeof LATE>((resolve) => {
      timer = setTimeout(() => resolve(LATE), this.options.askMs ?? ASK_MS);
    });
    return Promise.race([asking, late]).finally(() => clearTimeout(timer));
  }
}
