import { Counter, Gauge, Histogram } from 'prom-client';
import type { BucketCounts } from '../core/bucket-counts.ts';
import type { MetricBench } from './types.ts';

/** What every metric says of itself. */
export interface MetricTexts<Label extends string> {
  name: string;
  help: string;
  labelNames?: readonly Label[];
}

/** A number under its labels; without labels `{}`. */
export interface Sample<Label extends string> {
  labels: Record<Label, string>;
  value: number;
}

/** A metric whose numbers lie in memory and are read at each scrape. */
export interface ReadMetric<Label extends string> extends MetricTexts<Label> {
  read: () => Iterable<Sample<Label>>;
}

/** A counter that the parts count themselves. */
export function readCounter<Label extends string = never>({ registry }: MetricBench, { read, ...texts }: ReadMetric<Label>): void {
  new Counter<Label>({
    ...texts,
    registers: [registry],
    collect() {
      this.reset();
      for (const { labels, value } of read()) this.inc(labels, value);
    },
  });
}

/** A gauge of what is so now. */
export function readGauge<Label extends string = never>({ registry }: MetricBench, { read, ...texts }: ReadMetric<Label>): void {
  new Gauge<Label>({
    ...texts,
    registers: [registry],
    collect() {
      empty(this, texts);
      for (const { labels, value } of read()) this.set(labels, value);
    },
  });
}

/** Takes every number away; `reset` alone would leave 0 in a gauge without labels, which is a figure that nobody had. */
function empty<Label extends string>(gauge: Gauge<Label>, { labelNames = [] }: MetricTexts<Label>): void {
  gauge.reset();
  if (labelNames.length === 0) gauge.remove();
}

/** A gauge whose numbers must be asked for; it is hidden while they cannot be had. */
export interface AskedGauge<Label extends string> extends MetricTexts<Label> {
  ask: () => Promise<Iterable<Sample<Label>>>;
}

/** See `MetricBench.asked`. */
export function askedGauge<Label extends string = never>({ registry, asked }: MetricBench, { ask, ...texts }: AskedGauge<Label>): void {
  const gauge = new Gauge<Label>({ ...texts, registers: [registry], collect: () => collect() });
  const collect = asked({
    name: texts.name,
    ask,
    show: (samples: Iterable<Sample<Label>>) => {
      empty(gauge, texts);
      for (const { labels, value } of samples) gauge.set(labels, value);
    },
    hide: () => empty(gauge, texts),
  });
}

/** Buckets under their labels. */
export interface BucketSample<Label extends string> {
  labels: Record<Label, string>;
  buckets: BucketCounts;
}

/** A histogram that the parts count themselves. */
export interface ReadHistogram<Label extends string> extends MetricTexts<Label> {
  read: () => Iterable<BucketSample<Label>>;
}

/** See `ReadHistogram`. */
export function readHistogram<Label extends string = never>({ registry }: MetricBench, metric: ReadHistogram<Label>): void {
  registry.registerMetric(new CountedHistogram(metric));
}

/** prom-client has no way to set the buckets of a histogram, so this one answers for itself. */
class CountedHistogram<Label extends string> extends Histogram<Label> {
  private readonly metric: ReadHistogram<Label>;

  constructor(metric: ReadHistogram<Label>) {
    const { name, help, labelNames = [] } = metric;
    super({ name, help, labelNames, registers: [] });
    this.metric = metric;
  }

  /** What the registry asks a histogram (and what `get()` is made of): texts, and a line for each bucket. */
  getForPromString(): Promise<object> {
    const { name, help, read } = this.metric;
    const values = [...read()].flatMap((sample) => linesOf(name, sample));
    return Promise.resolve({ name, help, type: 'histogram', aggregator: 'sum', values });
  }
}

/** As Prometheus wants it: each bucket counts all values up to its bound, the last one all there are. */
function linesOf<Label extends string>(
  name: string,
  { labels, buckets }: BucketSample<Label>,
): { metricName: string; labels: Readonly<Record<string, string>>; value: number }[] {
  const lines: ReturnType<typeof linesOf> = [];
  let below = 0;
  for (const [place, count] of buckets.counts.entries()) {
    below += count;
    const bound = buckets.bounds[place];
    lines.push({ metricName: `${name}_bucket`, labels: { ...labels, le: bound === undefined ? '+Inf' : String(bound) }, value: below });
  }
  lines.push({ metricName: `${name}_sum`, labels, value: buckets.sum }, { metricName: `${name}_count`, labels, value: below });
  return lines;
}
