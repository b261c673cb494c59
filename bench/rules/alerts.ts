import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import mqtt from 'mqtt';
import { io } from 'socket.io-client';
import type { Socket } from 'socket.io-client';
import type { ClientToServerEvents, ServerToClientEvents } from '../../src/contracts/realtime.ts';
import { ApiClient, eventually, startPlatform } from '../../test/support/platform.ts';
import type { RunningPlatform } from '../../test/support/platform.ts';
import type { GeneratorOptions, GeneratorResult } from '../ingest/generator.ts';
import { drive } from './load.ts';
import { deviceIdOf } from './lone-set.ts';
import { optionsOf, quantile, report, seededRandom } from './row.ts';

/**
 * How long it takes from PUBLISH (QoS 1) to the `alert` of Socket.IO at a client: the whole program with its embedded PostgreSQL and its default
 * flow, while other devices send `load` messages a second. One rule is wired (the default flow's), one is stored.
 *
 *     alerts.ts --rounds 3 --alerts 500 --load 1000 --devices 100
 */
const { rounds, alerts, load, devices } = optionsOf(process.argv.slice(2), { rounds: 3, alerts: 500, load: 1_000, devices: 100 });
/** Between two messages that raise or clear, milliseconds: as likely any time of the platform's own rhythm as another. */
const PAUSE_MS = { from: 10, to: 30 } as const;
const LOAD_CLIENTS = 50;

interface Kind {
  what: string;
  key: string;
  latenciesMs: number[][];
  /** Of the other devices' messages meanwhile: PUBLISH to PUBACK, which is their commit. */
  acknowledgedMs: { p50: number; p99: number }[];
}

const KINDS: readonly Kind[] = [
  { what: 'rule on the canvas', key: 'temperature', latenciesMs: [], acknowledgedMs: [] },
  { what: 'stored rule', key: 'vibration', latenciesMs: [], acknowledgedMs: [] },
];

const platform = await startPlatform({ env: { LOG_LEVEL: 'warn' } });
try {
  const api = await ApiClient.login(platform);
  const gatewayKey = await prepare(api);
  const clients = await loadClients(api);
  const device = await mqtt.connectAsync(`mqtt://127.0.0.1:${String(platform.mqttPort)}`, { username: 'gateway', password: gatewayKey });
  const publish = (deviceId: string, reading: object) =>
    device.publishAsync(`insa/devices/${deviceId}/telemetry`, JSON.stringify(reading), { qos: 1 });
  const screen = await watch(platform, api);
  // Series, sessions and code paths that are met for the first time are not what is measured.
  for (const kind of KINDS) await raiseAndClear(kind, { count: 2 * devices, publish, screen });
  for (let round = 0; round < rounds; round += 1) {
    for (const kind of KINDS) {
      const { latenciesMs, tookSeconds, acknowledged } = await underLoad(clients, () =>
        raiseAndClear(kind, { count: alerts, publish, screen }),
      );
      kind.latenciesMs.push(latenciesMs);
      if (acknowledged !== undefined) kind.acknowledgedMs.push({ p50: acknowledged.p50Ms, p99: acknowledged.p99Ms });
      process.stderr.write(`${kind.what}: ${String(latenciesMs.length)} alerts in ${tookSeconds.toFixed(0)} s\n`);
    }
  }
  screen.disconnect();
  await device.endAsync();
} finally {
  await platform.dispose();
}
for (const { what, latenciesMs, acknowledgedMs } of KINDS) {
  const name = `PUBLISH to alert on the screen, ${what}`;
  const of = (fraction: number): number[] => latenciesMs.map((round) => quantile(round, fraction));
  report({ part: 'alerts', what: `${name}: p50`, unit: 'ms', rounds: of(0.5) });
  report({ part: 'alerts', what: `${name}: p99`, unit: 'ms', rounds: of(0.99), below: 50 });
  report({ part: 'alerts', what: `${name}: longest`, unit: 'ms', rounds: of(1) });
  if (acknowledgedMs.length === 0) continue;
  report({
    part: 'alerts',
    what: `meanwhile PUBLISH to PUBACK of other devices, ${what}: p50`,
    unit: 'ms',
    rounds: acknowledgedMs.map(({ p50 }) => p50),
  });
  report({
    part: 'alerts',
    what: `meanwhile PUBLISH to PUBACK of other devices, ${what}: p99`,
    unit: 'ms',
    rounds: acknowledgedMs.map(({ p99 }) => p99),
  });
}

/** Devices, a rule of the API beside the one of the default flow, and a gateway that may send for all; answers its key. */
async function prepare(api: ApiClient): Promise<string> {
  for (let place = 0; place < devices; place += 1)
    await must(api.call('POST', '/devices', { device_id: deviceIdOf(place), name: deviceIdOf(place) }));
  await must(
    api.call('POST', '/rules', {
      name: 'High vibration',
      rule_type: 'threshold',
      severity: 'warning',
      conditions: { key: 'vibration', operator: '>', value: 80, clear_value: 75 },
    }),
  );
  return String((await must(api.call('POST', '/api-keys', { name: 'bench', kind: 'gateway' })))['key']);
}

async function loadClients(api: ApiClient): Promise<GeneratorOptions['clients']> {
  const clients: GeneratorOptions['clients'] = [];
  for (let place = 0; place < LOAD_CLIENTS; place += 1) {
    const id = `load-${String(place)}`;
    clients.push({ id, username: id, password: await api.createDevice(id), topic: `insa/devices/${id}/telemetry` });
  }
  return clients;
}

async function must(call: ReturnType<ApiClient['call']>): Promise<Record<string, unknown>> {
  const { status, body } = await call;
  if (status >= 300) throw new Error(`The API answered ${String(status)}: ${JSON.stringify(body)}`);
  return body;
}

async function watch(on: RunningPlatform, api: ApiClient): Promise<Socket<ServerToClientEvents, ClientToServerEvents>> {
  const screen: Socket<ServerToClientEvents, ClientToServerEvents> = io(on.httpUrl, {
    auth: { token: api.token },
    transports: ['websocket'],
  });
  const answer: unknown = await screen.emitWithAck('subscribe', { type: 'alerts' });
  if (!isDeepStrictEqual(answer, { ok: true })) throw new Error(`Subscribing failed: ${JSON.stringify(answer)}`);
  return screen;
}

/** Runs `work` while other devices send; the load begins two seconds before and ends by itself soon after. */
async function underLoad(
  clients: GeneratorOptions['clients'],
  work: () => Promise<number[]>,
): Promise<{ latenciesMs: number[]; tookSeconds: number; acknowledged: GeneratorResult | undefined }> {
  const expectedSeconds = (2 * alerts * (PAUSE_MS.from + PAUSE_MS.to)) / 2 / 1_000;
  const loading =
    load === 0 ? undefined : drive({ port: platform.mqttPort, clients, seconds: expectedSeconds * 1.2 + 4, window: 1, rate: load });
  await delay(2_000);
  const startedAt = performance.now();
  const latenciesMs = await work();
  const tookSeconds = (performance.now() - startedAt) / 1_000;
  return { latenciesMs, tookSeconds, acknowledged: await loading };
}

/** Lets the devices send in turn a reading that violates and later one that heals, until so many alerts came; answers how long each took. */
async function raiseAndClear(
  { key, what }: Kind,
  by: { count: number; publish: (deviceId: string, reading: object) => Promise<unknown>; screen: Awaited<ReturnType<typeof watch>> },
): Promise<number[]> {
  const latenciesMs: number[] = [];
  const sentAt = new Map<string, number>();
  const random = seededRandom(4);
  const sending: Promise<unknown>[] = [];
  by.screen.on('alert', ({ device_id: deviceId, key: of }) => {
    const at = sentAt.get(deviceId);
    if (at === undefined || of !== key) return;
    latenciesMs.push(performance.now() - at);
    sentAt.delete(deviceId);
  });
  let raised = 0;
  for (let message = 0; raised < by.count || Math.floor(message / devices) % 2 === 1; message += 1) {
    const deviceId = deviceIdOf(message % devices);
    const isViolation = Math.floor(message / devices) % 2 === 0;
    if (isViolation) {
      raised += 1;
      sentAt.set(deviceId, performance.now());
    }
    sending.push(by.publish(deviceId, { [key]: isViolation ? 95 + random() : 20 + random() }));
    await delay(PAUSE_MS.from + random() * (PAUSE_MS.to - PAUSE_MS.from));
  }
  await Promise.all(sending);
  await eventually(() => (latenciesMs.length === raised ? true : undefined), `${String(raised)} alerts of the ${what}`);
  by.screen.off('alert');
  return latenciesMs;
}
