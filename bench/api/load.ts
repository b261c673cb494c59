import { stdin, stdout } from 'node:process';
import { text } from 'node:stream/consumers';
import autocannon from 'autocannon';

/** Requests of one kind, all of them sent in turn; each with a key of its own, because requests are limited by key. */
export interface Kind {
  name: string;
  paths: readonly string[];
}

/** What to send: every kind at `rate` requests a second, side by side. */
export interface LoadOptions {
  url: string;
  kinds: readonly Kind[];
  keys: readonly string[];
  seconds: number;
  rate: number;
}

/** What came of one kind; latencies count from when a request was due. */
export interface KindResult {
  name: string;
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
  maxMs: number;
  /** Answers other than 2xx, broken connections and time-outs. */
  failed: number;
}

// A process of its own: load.ts <<< '{"url": "http://127.0.0.1:1880", ...}', answers one line of JSON.
const { url, kinds, keys, seconds, rate } = JSON.parse(await text(stdin)) as LoadOptions;
const results = await Promise.all(
  kinds.map(async ({ name, paths }): Promise<KindResult> => {
    const requests = keys.map((key, place) => ({
      method: 'GET' as const,
      path: paths[place % paths.length] ?? '/',
      headers: { 'x-api-key': key },
    }));
    const {
      latency,
      requests: sent,
      non2xx,
      errors,
      timeouts,
    } = await autocannon({ url, connections: 10, duration: seconds, overallRate: rate, requests });
    return {
      name,
      perSecond: sent.average,
      p50Ms: latency.p50,
      p99Ms: latency.p99,
      maxMs: latency.max,
      failed: non2xx + errors + timeouts,
    };
  }),
);
stdout.write(`${JSON.stringify(results)}\n`);
