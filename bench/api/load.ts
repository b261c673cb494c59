import http from 'node:http';
import { stdin, stdout } from 'node:process';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import autocannon from 'autocannon';
import { quantile } from '../rules/row.ts';

/** Requests of one kind, all of them sent in turn; each with a key of its own, because requests are limited by key. */
export interface Kind {
  name: string;
  paths: readonly string[];
}

/** What to send: every kind at `rate` requests a second, side by side; 0: as many as are answered, over ten connections. */
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

/** Connections in all; more than are ever busy when answers come in time. */
const agent = new http.Agent({ keepAlive: true, maxSockets: 100 });

// A process of its own: load.ts <<< '{"url": "http://127.0.0.1:1880", ...}', answers one line of JSON.
const options = JSON.parse(await text(stdin)) as LoadOptions;
stdout.write(`${JSON.stringify(options.rate > 0 ? await paced(options) : await unpaced(options))}\n`);
agent.destroy();

/**
 * Requests at even distances, whatever became of the ones before (open loop), as many browsers and programs send them. autocannon cannot do that: with
 * a rate each of its connections sends the share of a whole second at once, one request after the other.
 */
async function paced({ url, kinds, keys, seconds, rate }: LoadOptions): Promise<KindResult[]> {
  const found = kinds.map(() => ({ latenciesMs: [] as number[], failed: 0 }));
  const total = Math.round(seconds * rate * kinds.length);
  const everyMs = 1_000 / (rate * kinds.length);
  const startedAt = performance.now();
  const answers: Promise<void>[] = [];
  for (let sent = 0; sent < total;) {
    for (; sent < total && startedAt + sent * everyMs <= performance.now(); sent += 1) {
      const of = sent % kinds.length;
      const turn = Math.floor(sent / kinds.length);
      const paths = kinds[of]?.paths ?? [];
      const result = found[of];
      const dueAt = startedAt + sent * everyMs;
      answers.push(
        get(url + (paths[turn % paths.length] ?? '/'), keys[sent % keys.length] ?? '').then((isGood) => {
          if (isGood) result?.latenciesMs.push(performance.now() - dueAt);
          else if (result !== undefined) result.failed += 1;
        }),
      );
    }
    await pause(1);
  }
  await Promise.all(answers);
  const tookSeconds = (performance.now() - startedAt) / 1_000;
  return kinds.map(({ name }, i) => {
    const { latenciesMs = [], failed = 0 } = found[i] ?? {};
    const at = (share: number) => Number(quantile(latenciesMs, share).toFixed(1));
    return { name, perSecond: Math.round(latenciesMs.length / tookSeconds), p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1), failed };
  });
}

/** Whether it was answered well, to the last byte. */
function get(url: string, key: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = http.get(url, { agent, headers: { 'x-api-key': key } }, (response) => {
      response.resume();
      response.once('end', () => resolve(response.statusCode === 200));
      response.once('error', () => resolve(false));
    });
    request.once('error', () => resolve(false));
  });
}

async function unpaced({ url, kinds, keys, seconds }: LoadOptions): Promise<KindResult[]> {
  const results: KindResult[] = [];
  for (const { name, paths } of kinds) {
    const requests = keys.map((key, place) => ({
      method: 'GET' as const,
      path: paths[place % paths.length] ?? '/',
      headers: { 'x-api-key': key },
    }));
    const { latency, requests: sent, non2xx, errors, timeouts } = await autocannon({ url, connections: 10, duration: seconds, requests });
    const { p50: p50Ms, p99: p99Ms, max: maxMs } = latency;
    results.push({ name, perSecond: sent.average, p50Ms, p99Ms, maxMs, failed: non2xx + errors + timeouts });
  }
  return results;
}
