import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import mqtt from 'mqtt';
import { io } from 'socket.io-client';
import { ApiClient, eventually, startPlatform } from '../support/platform.ts';
import type { RunningPlatform } from '../support/platform.ts';
import { needsProgram } from '../support/system-programs.ts';
import { startPrometheus } from './prometheus-process.ts';
import type { RunningPrometheus } from './prometheus-process.ts';
import { samplesOf, storedNames, typesOf } from './samples.ts';

const TOKEN = 'a-token-that-only-tests-have';
const ROOT = path.join(import.meta.dirname, '..', '..');
const RULES = ['insa-recording', 'insa-alerts'].map((name) => path.join(ROOT, 'deploy', 'prometheus', `${name}.rules.yml`));

const MESSAGES = 40;
const POINTS_PER_MESSAGE = 3;

interface RuleGroup {
  rules: { name: string; type: 'recording' | 'alerting'; query: string; health: string; lastError?: string; annotations?: object }[];
}

/** The whole program with work behind it, asked with the token alone. */
describe('metrics of a running platform', () => {
  let platform: RunningPlatform;
  let api: ApiClient;

  before(async () => {
    platform = await startPlatform({ env: { METRICS_TOKEN: TOKEN, METRICS_ALLOW_CIDRS: '203.0.113.0/24' } });
    api = await ApiClient.login(platform);
    await work();
  });
  after(() => platform.dispose());

  const text = async (): Promise<string> => {
    const response = await fetch(`${platform.httpUrl}/metrics`, { headers: { authorization: `Bearer ${TOKEN}` } });
    assert.equal(response.status, 200);
    return response.text();
  };

  /** Waits until these samples have these values. */
  const shows = async (wanted: Record<string, number | ((value: number) => boolean)>): Promise<void> => {
    let last: [string, number | undefined][] = [];
    const isThere = async (): Promise<true | undefined> => {
      const samples = samplesOf(await text());
      const missing = Object.entries(wanted).filter(([name, value]) => {
        const shown = samples.get(name);
        return typeof value === 'number' ? shown !== value : shown === undefined || !value(shown);
      });
      last = missing.map(([name]) => [name, samples.get(name)]);
      return missing.length === 0 ? true : undefined;
    };
    await eventually(isThere, 'the samples').catch(() => assert.deepEqual(last, []));
  };

  /** MQTT with a repeat and rubbish, HTTP, an alert that ends, a live client, a node that fails, and a request that is refused. */
  async function work(): Promise<void> {
    const key = await api.createDevice('pump-01');
    const screen = io(platform.httpUrl, { auth: { token: api.token }, transports: ['websocket'] });
    const updates: unknown[] = [];
    screen.on('telemetry_update', (update) => updates.push(update));
    assert.deepEqual(await screen.emitWithAck('subscribe', { type: 'device', device_id: 'pump-01' }), { ok: true });
    const device = await mqtt.connectAsync(`mqtt://127.0.0.1:${String(platform.mqttPort)}`, { username: 'pump-01', password: key });
    const publish = (payload: string) => device.publishAsync('insa/devices/pump-01/telemetry', payload, { qos: 1 });
    const startMs = Date.now() - MESSAGES * 1_000;
    for (let i = 0; i < MESSAGES; i++) {
      const timestamp = new Date(startMs + i * 1_000).toISOString();
      await publish(JSON.stringify({ timestamp, data: { temperature: i === 10 ? 95 : 20, pressure: 3, running: true } }));
    }
    await publish(JSON.stringify({ timestamp: new Date(startMs).toISOString(), data: { temperature: 20, pressure: 3, running: true } }));
    await publish('{"temperature": ');
    await device.endAsync();
    const posted = await api.call('POST', '/telemetry', { device_id: 'pump-01', data: { flow: 7 } });
    assert.equal(posted.status, 200, JSON.stringify(posted.body));
    assert.equal((await api.call('GET', '/devices/no-such-device-7')).status, 404);
    await eventually(() => updates[0], 'a live update');
    screen.disconnect();
    await failingNode();
  }

  /** A function node that throws once, right after the deploy. */
  async function failingNode(): Promise<void> {
    const z = 'tab-of-errors';
    const nodes = [
      { id: z, type: 'tab', label: 'Errors', disabled: false, info: '' },
      { id: 'press', type: 'inject', z, name: '', props: [], repeat: '', once: true, onceDelay: 0.1, x: 100, y: 100, wires: [['fail']] },
      {
        id: 'fail',
        type: 'function',
        z,
        name: '',
        func: 'throw new Error("on purpose");',
        outputs: 1,
        libs: [],
        x: 300,
        y: 100,
        wires: [[]],
      },
    ];
    const imported = await api.call('POST', '/flows/import', { flows: nodes, mode: 'merge' });
    assert.equal(imported.status, 200, JSON.stringify(imported.body));
  }

  it('count what was sent by source and outcome, and how long it took', async () => {
    await shows({
      'insa_messages_total{source="mqtt",outcome="stored"}': MESSAGES,
      'insa_messages_total{source="mqtt",outcome="duplicate"}': 1,
      'insa_messages_total{source="mqtt",outcome="rejected"}': 1,
      'insa_messages_total{source="http",outcome="stored"}': 1,
      'insa_points_total{source="mqtt",outcome="stored"}': MESSAGES * POINTS_PER_MESSAGE,
      'insa_points_total{source="mqtt",outcome="duplicate"}': POINTS_PER_MESSAGE,
      'insa_points_total{source="mqtt",outcome="rejected"}': 1,
      'insa_points_total{source="http",outcome="stored"}': 1,
      'insa_messages_rejected_total{reason="malformed_json"}': 1,
      'insa_acknowledgement_seconds_count{source="mqtt"}': MESSAGES + 2,
      'insa_acknowledgement_seconds_bucket{source="mqtt",le="+Inf"}': MESSAGES + 2,
      'insa_acknowledgement_seconds_sum{source="mqtt"}': (sum) => sum > 0,
      insa_ingest_batch_points_sum: (MESSAGES + 1) * POINTS_PER_MESSAGE + 1,
      insa_ingest_commit_seconds_count: (commits) => commits >= 1 && commits <= MESSAGES + 2,
      insa_messages_unacknowledged: 0,
      'insa_ingest_waiting_messages{lane="0"}': 0,
    });
  });

  it('show devices, rules, alerts and errors of nodes', async () => {
    await shows({
      'insa_devices{status="online"}': (online) => online >= 0,
      'insa_rule_evaluations_total{origin="wired",type="threshold"}': (judged) => judged >= MESSAGES,
      'insa_rule_evaluation_seconds_count{origin="wired",type="threshold"}': (timed) => timed >= 1,
      'insa_rule_delay_seconds_count{origin="wired"}': (messages) => messages >= MESSAGES,
      'insa_rule_decisions_total{origin="wired",type="threshold"}': (decisions) => decisions >= 2,
      'insa_alerts_raised_total{severity="warning"}': 1,
      'insa_alerts_resolved_total{severity="warning"}': 1,
      'insa_alerts_open{severity="warning"}': 0,
      'insa_flow_node_errors_total{node_type="function"}': 1,
    });
    const samples = samplesOf(await text());
    const devices = [...samples].filter(([name]) => name.startsWith('insa_devices{')).reduce((sum, [, count]) => sum + count, 0);
    assert.equal(devices, 1);
  });

  it('show requests by route, never by path, live connections, pools, and how the platform is', async () => {
    await shows({
      'insa_http_request_seconds_count{route="/api/v1/devices/{device_id}",method="GET",status="4xx"}': 1,
      'insa_http_request_seconds_count{route="/api/v1/telemetry",method="POST",status="2xx"}': 1,
      'insa_http_request_seconds_count{route="/metrics",method="GET",status="2xx"}': (count) => count >= 1,
      insa_socketio_clients: 0,
      insa_socketio_messages_sent_total: (sent) => sent >= 1,
      'insa_database_pool_connections_max{pool="api"}': 10,
      'insa_database_query_seconds_count{pool="system"}': (count) => count > 10,
      insa_database_embedded_up: 1,
      'insa_health_ok{part="flows"}': 1,
      insa_ready: 1,
      insa_disk_free_bytes: (free) => free > 0,
      'insa_event_loop_seconds_total{state="active"}': (seconds) => seconds > 0,
    });
    const all = await text();
    assert.ok(!all.includes('no-such-device-7'), 'no path of a request is a label');
    assert.ok(![...samplesOf(all).keys()].some((name) => /^insa_certificate|part="redis"/.test(name)), 'what is not used has no sample');
    assert.match(all, /^insa_build_info\{version="\d+\.\d+\.\d+",node="24\.\d+\.\d+"\} 1$/m);
  });

  it('are all explained in docs/metrics.md', async () => {
    const docs = readFileSync(path.join(ROOT, 'docs', 'metrics.md'), 'utf8');
    const names = [...typesOf(await text()).keys()].filter((name) => name.startsWith('insa_'));
    assert.ok(names.length > 40, String(names.length));
    assert.deepEqual(names.filter((name) => !docs.includes(`\`${name}\``)), []); // prettier-ignore
  });

  it('are refused without the token, from this machine too', async () => {
    assert.equal((await fetch(`${platform.httpUrl}/metrics`)).status, 403);
    assert.equal((await fetch(`${platform.httpUrl}/metrics`, { headers: { authorization: 'Bearer wrong' } })).status, 403);
  });

  describe('in the eyes of promtool', () => {
    const promtool = needsProgram('promtool');

    it('have names and texts by the conventions of Prometheus', async () => {
      const input = await text();
      assert.equal(execFileSync(promtool, ['check', 'metrics'], { input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] }), '');
    });
  });

  describe('in a real Prometheus with the shipped configuration', () => {
    const program = needsProgram('prometheus');
    let prometheus: RunningPrometheus | undefined;
    before(async () => (prometheus = await startPrometheus(program, { url: platform.httpUrl, token: TOKEN })));
    after(() => prometheus?.stop());

    const ask = async (route: string, query?: Record<string, string>) => prometheus?.ask(route, query);
    const valueOf = async (query: string): Promise<number | undefined> => {
      const { result } = (await ask('query', { query })) as { result: { value: [number, string] }[] };
      return result[0] === undefined ? undefined : Number(result[0].value[1]);
    };
    const ruleGroups = async () => ((await ask('rules')) as { groups: RuleGroup[] }).groups;

    it('are read with the token, and a query answers how many readings were sent', async () => {
      await eventually(async () => ((await valueOf('up{job="insa"}')) === 1 ? true : undefined), 'the target is up');
      assert.equal(await valueOf('sum(insa_points_total{source="mqtt",outcome="stored"})'), MESSAGES * POINTS_PER_MESSAGE);
      const { activeTargets } = (await ask('targets')) as { activeTargets: { health: string; lastError: string }[] };
      assert.deepEqual(activeTargets.map(({ health, lastError }) => [health, lastError]), [['up', '']]); // prettier-ignore
    });

    it('give every rule something to compute, and wake nobody on a platform that is well', async () => {
      const isComputed = async () => (await valueOf('source:insa_acknowledgement_seconds:p99_5m{source="mqtt"}')) !== undefined;
      await eventually(async () => ((await isComputed()) ? true : undefined), 'a recorded quantile');
      const rules = (await ruleGroups()).flatMap((group) => group.rules);
      assert.deepEqual(rules.filter(({ health }) => health !== 'ok'), []); // prettier-ignore
      const shipped = RULES.flatMap((file) =>
        [...readFileSync(file, 'utf8').matchAll(/- (?:alert|record): (\S+)/g)].map(([, name]) => name),
      );
      assert.deepEqual(rules.map(({ name }) => name).sort(), shipped.sort());
      assert.equal(await valueOf('count(ALERTS{alertstate="firing"})'), undefined);
    });

    it('have every name that a rule asks for', async () => {
      const known = storedNames(typesOf(await text())).add('up');
      const rules = (await ruleGroups()).flatMap((group) => group.rules);
      const recorded = new Set(rules.filter(({ type }) => type === 'recording').map(({ name }) => name));
      const asked = rules.flatMap(({ query }) => namesIn(query));
      assert.ok(asked.length > rules.length, 'names were found');
      assert.deepEqual(asked.filter((name) => !known.has(name) && !recorded.has(name)), []); // prettier-ignore
    });
  });
});

/** The names of metrics in an expression: words that no bracket follows and that stand neither in a selector nor after `by` or `on`. */
function namesIn(query: string): string[] {
  const bare = query.replaceAll(/\{[^}]*\}|\[[^\]]*\]|"[^"]*"/g, ' ').replaceAll(/\b(?:by|on|without|ignoring)\s*\([^)]*\)/g, ' ');
  return [...bare.matchAll(/[a-z_][a-z0-9_:]*(?!\s*\()\b/gi)]
    .map(([name]) => name)
    .filter((name) => /^(?:up$|insa_|nodejs_|process_)|:/.test(name));
}

describe('the shipped rules of Prometheus', () => {
  const promtool = needsProgram('promtool');
  const run = (args: string[]) => execFileSync(promtool, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

  it('are valid, and each alert fires when it should and is silent when it should not', () => {
    assert.match(run(['check', 'rules', ...RULES]), /SUCCESS/);
    const tests = globSync(path.join(ROOT, 'deploy', 'prometheus', 'tests', '*.yml'));
    assert.match(run(['test', 'rules', ...tests]), /SUCCESS/);
  });

  it('have two tests of each alert, and a runbook for it', () => {
    const [, alerts = ''] = RULES.map((file) => readFileSync(file, 'utf8'));
    const tests = readFileSync(path.join(ROOT, 'deploy', 'prometheus', 'tests', 'alerts.test.yml'), 'utf8');
    const docs = readFileSync(path.join(ROOT, 'docs', 'metrics.md'), 'utf8');
    const names = [...alerts.matchAll(/- alert: (\S+)/g)].map(([, name = '']) => name);
    assert.ok(names.length >= 25);
    for (const name of names) {
      for (const word of ['fires', 'is silent']) assert.ok(tests.includes(`- name: ${name} ${word}\n`), `${name} ${word}`);
      assert.ok(alerts.includes(`runbook: 'docs/metrics.md#${name.toLowerCase()}'`), name);
      assert.match(docs, new RegExp(`^### ${name}$`, 'm'));
    }
  });
});
