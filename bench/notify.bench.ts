import os from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import mqtt from 'mqtt';
import { ApiClient, eventually, startPlatform } from '../test/support/platform.ts';
import type { RunningPlatform } from '../test/support/platform.ts';
import { createDevices } from './api/seed.ts';
import type { BenchDevice } from './api/seed.ts';
import type { GeneratorResult } from './ingest/generator.ts';
import { Endpoint } from './notify/endpoint.ts';
import { BenchQueue } from './notify/queue.ts';
import { startDatabase } from './rules/bench-database.ts';
import { drive } from './rules/load.ts';
import { deviceIdOf } from './rules/lone-set.ts';
import { median, optionsOf, quantile } from './rules/row.ts';

/**
 * How fast notifications are, with the real platform and webhooks on loopback that answer after 4 ms: from the alert to the accepted webhook; so many deliveries
 * a second; a long backlog beside ingest; and one endpoint that never answers beside others. The last two are measured alone and beside, by turns, three
 * times, and their medians are given. One request a second and URL is the limit of the platform, so
 * there are many URLs. Run it with `npm run bench:notify` (optionally `-- --alerts 500 --rate 500 --seconds 20 --backlog 10000 --messages 2000 --devices 200`).
 */
const options = optionsOf(process.argv.slice(2), {
  alerts: 500,
  rate: 500,
  seconds: 20,
  backlog: 10_000,
  messages: 2_000,
  devices: 200,
});
const ANSWER_MS = 4;
/** Rules with a URL each; between two alerts of one more than a second passes. */
const RULES = 60;
const BETWEEN_ALERTS_MS = 25;
const DRAIN_TIMEOUT_MS = 120_000;
const ROUNDS = 3;
/** Before a round, so that what the one before left behind (recording, writing of the database) is over. */
const REST_MS = 3_000;

const load = (): string => (os.loadavg()[0] ?? 0).toFixed(1);
console.log(`${os.cpus()[0]?.model ?? ''}, ${String(os.cpus().length)} cores shared with endpoints and devices, load ${load()}`);
const endpoint = new Endpoint(ANSWER_MS);
await endpoint.start();
const database = await startDatabase();
try {
  const devices = await createDevices(database, Math.max(RULES, options.devices));
  const env = { DATABASE_URL: database.url, LOG_LEVEL: 'warn', WEBHOOK_ALLOW_CIDRS: '127.0.0.0/8' };
  let platform = await startPlatform({ env });
  const queue = new BenchQueue(database);
  try {
    await queue.start();
    await warmUp(queue);
    await measureAlerts(await ApiClient.login(platform), platform.mqttPort);
    await measureRate(queue);
    await measureBacklog(queue, platform.mqttPort, devices.slice(0, options.devices));
    await measureDeadNeighbour(queue, async () => (platform = await anew(platform, queue, env)));
  } finally {
    await queue.stop();
    await platform.dispose();
  }
} finally {
  await database.remove();
  await endpoint.stop();
}
console.log(`load ${load()} at the end`);

function urlsOf(name: string, count: number): string[] {
  return Array.from({ length: count }, (_, place) => endpoint.url(`/${name}/${String(place)}`));
}

async function warmUp(queue: BenchQueue): Promise<void> {
  await arrived(await queue.addAtRate({ urls: urlsOf('warm', 1_000), perSecond: 200, seconds: 5 }));
}

/** The same platform in a new process that knows nothing of what waits for dead endpoints. */
async function anew(platform: RunningPlatform, queue: BenchQueue, env: Readonly<Record<string, string>>): Promise<RunningPlatform> {
  await platform.stop();
  await queue.forget(endpoint.url('/dead/'));
  const next = await startPlatform({ env, dataDir: platform.dataDir, ports: platform });
  await warmUp(queue);
  return next;
}

/** Waits until all of `ids` were accepted. */
async function arrived(ids: readonly string[]): Promise<void> {
  await eventually(() => ids.every((id) => endpoint.accepted.has(id)) || undefined, `${String(ids.length)} webhooks`, DRAIN_TIMEOUT_MS);
}

/** From when each was queued until it was accepted, milliseconds. */
function latenciesOf(queue: BenchQueue, ids: readonly string[]): number[] {
  return ids.map((id) => (endpoint.accepted.get(id)?.atMs ?? Number.NaN) - (queue.queuedAtMs.get(id) ?? Number.NaN));
}

/** Stored rules with a webhook each: from `known_at` of the alert until its webhook was answered. */
async function measureAlerts(api: ApiClient, port: number): Promise<void> {
  for (let place = 0; place < RULES; place += 1) {
    const actions = [{ type: 'webhook', url: endpoint.url(`/alerts/${String(place)}`), on: ['raised'] }];
    const conditions = { key: 'vibration', operator: '>', value: 80, clear_value: 75 };
    await must(
      api.call('POST', '/rules', {
        ...{ name: `High vibration ${String(place)}`, rule_type: 'threshold', severity: 'warning' },
        ...{ device_id: deviceIdOf(place), conditions, actions },
      }),
    );
  }
  const key = String((await must(api.call('POST', '/api-keys', { name: 'bench', kind: 'gateway' })))['key']);
  const gateway = await mqtt.connectAsync(`mqtt://127.0.0.1:${String(port)}`, { username: 'gateway', password: key });
  let violations = 0;
  for (let sent = 0; sent < 2 * options.alerts || Math.floor(sent / RULES) % 2 === 1; sent += 1) {
    const isViolation = Math.floor(sent / RULES) % 2 === 0;
    if (isViolation) violations += 1;
    const payload = JSON.stringify({ vibration: isViolation ? 95 : 20 });
    void gateway.publishAsync(`insa/devices/${deviceIdOf(sent % RULES)}/telemetry`, payload, { qos: 1 });
    await delay(BETWEEN_ALERTS_MS);
  }
  const ofAlerts = () => [...endpoint.accepted.values()].filter(({ path }) => path.startsWith('/alerts/'));
  // Every violation follows a reading that cleared: each raises an alert of its own.
  await eventually(() => ofAlerts().length >= violations || undefined, `the webhooks of ${String(violations)} alerts`, DRAIN_TIMEOUT_MS);
  await gateway.endAsync();
  const raised = await raisedBy(api);
  if (raised !== violations || ofAlerts().length !== raised) {
    throw new Error(
      `${String(violations)} violations, ${String(raised)} alerts, ${String(ofAlerts().length)} webhooks: these must be as many.`,
    );
  }
  const latencies = ofAlerts().map(({ body, atMs }) => {
    const { alert } = JSON.parse(body) as { alert: { known_at: string } };
    return atMs - Date.parse(alert.known_at);
  });
  const p99 = quantile(latencies, 0.99);
  console.log(
    `alert to accepted webhook, all of ${String(latencies.length)} alerts: ${spread(latencies)} ${goal('p99 < 100 ms', p99 < 100)}`,
  );
}

async function raisedBy(api: ApiClient): Promise<number> {
  const stats = await must(api.call('GET', '/alerts/stats'));
  return (stats['raised'] as { total: number }).total;
}

async function measureRate(queue: BenchQueue): Promise<void> {
  const { rate, seconds } = options;
  const ids = await queue.addAtRate({ urls: urlsOf('rate', 2 * rate), perSecond: rate, seconds });
  await arrived(ids);
  const times = ids.map((id) => endpoint.accepted.get(id)?.atMs ?? Number.NaN);
  const perSecond = ids.length / ((Math.max(...times) - Math.min(...times)) / 1_000);
  const held = goal(`${String(rate)}/s`, perSecond >= 0.98 * rate);
  console.log(
    `${String(rate)} webhooks a second for ${String(seconds)} s: ${perSecond.toFixed(0)}/s accepted, ${spread(latenciesOf(queue, ids))} ${held}`,
  );
}

async function measureBacklog(queue: BenchQueue, port: number, devices: readonly BenchDevice[]): Promise<void> {
  const clients = devices.map(({ id, key }) => ({ id, username: id, password: key, topic: `insa/devices/${id}/telemetry` }));
  const ingest = () => drive({ port, clients, seconds: options.seconds + 5, window: 1, rate: options.messages });
  await ingest();
  const alone: GeneratorResult[] = [];
  const beside: GeneratorResult[] = [];
  const drains: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    await delay(REST_MS);
    alone.push(await ingest());
    const meanwhile = ingest();
    await delay(5_000);
    drains.push(await drainSeconds(queue, round));
    beside.push(await meanwhile);
  }
  const of = (results: readonly GeneratorResult[], figure: 'perSecond' | 'p50Ms' | 'p99Ms') =>
    median(results.map((result) => result[figure]));
  const change = (1 - of(beside, 'perSecond') / of(alone, 'perSecond')) * 100;
  const both = (figure: 'p50Ms' | 'p99Ms') => `${of(alone, figure).toFixed(1)} and ${of(beside, figure).toFixed(1)} ms`;
  console.log(
    `backlog of ${String(options.backlog)} gone after ${median(drains).toFixed(1)} s (${(options.backlog / median(drains)).toFixed(0)}/s); ` +
      `ingest ${of(alone, 'perSecond').toFixed(0)}/s alone, ${of(beside, 'perSecond').toFixed(0)}/s beside it (${change.toFixed(1)} % less), ` +
      `PUBACK p50 ${both('p50Ms')}, p99 ${both('p99Ms')}; medians of ${String(ROUNDS)} rounds ${goal('at most 10 % less', change <= 10)}`,
  );
  console.log(
    `  PUBACK p99 of each round: alone ${each(alone.map(({ p99Ms }) => p99Ms))}, beside ${each(beside.map(({ p99Ms }) => p99Ms))}`,
  );
}

/** Queues the backlog in one transaction and waits until all of it was accepted, seconds. */
async function drainSeconds(queue: BenchQueue, round: number): Promise<number> {
  const urls = urlsOf(`backlog-${String(round)}`, Math.ceil(options.backlog / 5));
  const startedAt = performance.now();
  await arrived(await queue.add(Array.from({ length: options.backlog }, (_, place) => urls[place % urls.length] ?? '')));
  return (performance.now() - startedAt) / 1_000;
}

/** The same webhooks to the same URLs: alone, and while ten a second go to a URL that never answers. Each round begins with a new process. */
async function measureDeadNeighbour(queue: BenchQueue, restart: () => Promise<unknown>): Promise<void> {
  const others = { urls: urlsOf('others', 400), perSecond: 100, seconds: options.seconds };
  const p95Of = async (): Promise<number> => {
    const ids = await queue.addAtRate(others);
    await arrived(ids);
    return quantile(latenciesOf(queue, ids), 0.95);
  };
  const alone: number[] = [];
  const beside: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    await restart();
    await delay(REST_MS);
    alone.push(await p95Of());
    const dead = queue.addAtRate({ urls: [endpoint.url('/dead/0')], perSecond: 10, seconds: options.seconds });
    beside.push(await p95Of());
    await dead;
  }
  const factor = median(beside) / median(alone);
  console.log(
    `one dead endpoint beside 400: p95 of the others ${median(alone).toFixed(1)} ms alone, ${median(beside).toFixed(1)} ms beside it, ` +
      `medians of ${String(ROUNDS)} rounds (alone ${each(alone)}, beside ${each(beside)}) ${goal('factor <= 2', factor <= 2)}`,
  );
}

function each(figures: readonly number[]): string {
  return `${figures.map((figure) => figure.toFixed(1)).join(', ')} ms`;
}

async function must(call: ReturnType<ApiClient['call']>): Promise<Record<string, unknown>> {
  const { status, body } = await call;
  if (status >= 300) throw new Error(`The API answered ${String(status)}: ${JSON.stringify(body)}`);
  return body;
}

function spread(figures: readonly number[]): string {
  const of = (fraction: number): string => quantile(figures, fraction).toFixed(1);
  return `p50 ${of(0.5)} ms, p99 ${of(0.99)} ms, longest ${of(1)} ms`;
}

function goal(what: string, isHeld: boolean): string {
  return `(goal ${what}: ${isHeld ? 'held' : 'missed'})`;
}
