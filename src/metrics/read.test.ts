import assert from 'node:assert/strict';
import { Registry } from 'prom-client';
import { BucketCounts } from '../core/bucket-counts.ts';
import { askedGauge, readCounter, readGauge, readHistogram } from './read.ts';
import type { Sample } from './read.ts';
import type { MetricBench } from './types.ts';

/** A bench whose questions are answered, or not, at once. */
function benchOf(registry: Registry): MetricBench {
  return {
    registry,
    sources: {},
    asked:
      ({ ask, show, hide }) =>
      async () =>
        ask().then(show, hide),
  };
}

/** The lines of samples of everything in a registry. */
async function linesOf(registry: Registry): Promise<string[]> {
  return (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

describe('metrics that are read at the scrape', () => {
  let registry: Registry;
  let bench: MetricBench;
  beforeEach(() => {
    registry = new Registry();
    bench = benchOf(registry);
  });

  it('show a histogram with buckets that count everything below their bound', async () => {
    const buckets = new BucketCounts([0.1, 1]);
    for (const value of [0.05, 0.1, 0.5, 7]) buckets.observe(value);
    readHistogram(bench, { name: 'x_seconds', help: 'x', labelNames: ['source'], read: () => [{ labels: { source: 'mqtt' }, buckets }] });
    assert.deepEqual(await linesOf(registry), [
      'x_seconds_bucket{source="mqtt",le="0.1"} 2',
      'x_seconds_bucket{source="mqtt",le="1"} 3',
      'x_seconds_bucket{source="mqtt",le="+Inf"} 4',
      'x_seconds_sum{source="mqtt"} 7.65',
      'x_seconds_count{source="mqtt"} 4',
    ]);
    buckets.observe(0.01);
    assert.equal((await linesOf(registry)).at(-1), 'x_seconds_count{source="mqtt"} 5');
    assert.match(await registry.metrics(), /^# TYPE x_seconds histogram$/m);
  });

  it('show counters as they stand, not added up from scrape to scrape', async () => {
    let value = 3;
    readCounter(bench, { name: 'x_total', help: 'x', read: () => [{ labels: {}, value }] });
    assert.deepEqual(await linesOf(registry), ['x_total 3']);
    value = 4;
    assert.deepEqual(await linesOf(registry), ['x_total 4']);
  });

  it('show no gauge where there is no figure, with labels and without', async () => {
    let value: number | undefined = 1;
    const read = () => (value === undefined ? [] : [{ labels: {}, value }]);
    readGauge(bench, { name: 'x_bytes', help: 'x', read });
    readGauge(bench, {
      name: 'y',
      help: 'y',
      labelNames: ['part'],
      read: () => (value === undefined ? [] : [{ labels: { part: 'a' }, value }]),
    });
    assert.deepEqual(await linesOf(registry), ['x_bytes 1', 'y{part="a"} 1']);
    value = undefined;
    assert.deepEqual(await linesOf(registry), []);
    value = 2;
    assert.deepEqual(await linesOf(registry), ['x_bytes 2', 'y{part="a"} 2']);
  });

  it('hide a gauge without labels whose figure cannot be had: 0 would be a figure too', async () => {
    let answer: Promise<Sample<never>[]> = Promise.resolve([{ labels: {}, value: 1 }]);
    askedGauge(bench, { name: 'x', help: 'x', ask: () => answer });
    assert.deepEqual(await linesOf(registry), ['x 1']);
    answer = Promise.reject(new Error('away'));
    assert.deepEqual(await linesOf(registry), []);
    answer = Promise.resolve([{ labels: {}, value: 0 }]);
    assert.deepEqual(await linesOf(registry), ['x 0']);
  });
});
