import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { FlowNode } from '../../src/app/node-red/flow-files.ts';
import type { NodeServices } from '../../src/app/services.ts';
import type { StoredTelemetry } from '../../src/contracts/telemetry.ts';
import type { RuleTransition } from '../../src/contracts/rules.ts';
import { startFlowPlatform } from '../../test/nodes/support/flow-platform.ts';
import type { FlowPlatform } from '../../test/nodes/support/flow-platform.ts';
import { node, RunningFlow } from '../../test/nodes/support/runtime.ts';
import { until } from '../../test/nodes/support/until.ts';

type OpenOptions = Parameters<NodeServices['rules']['openStored']>[0];

describe('iiot-stored-rules with the engine', () => {
  it('judges by what is stored, in the flow that comes with the product', async () => {
    const platform = await startFlowPlatform();
    await platform.createDevice('pump-01');
    const definition = {
      name: 'High load',
      rule_type: 'threshold',
      scope: { device_id: 'pump-01' },
      severity: 'critical',
      message: '{{device.name}}: load {{value}}',
      conditions: { key: 'load', operator: '>', value: 80 },
    };
    const rule = `insert into rules (rule_id, tenant_id, origin, version) values ($1, 'default', 'stored', 1)`;
    const version = `insert into rule_versions (rule_id, version, tenant_id, definition) values ($1, 1, 'default', $2)`;
    const ruleId = '7b0e0a54-8f0c-4b39-9d4b-0d6b0a2c8f11';
    await platform.query(rule, [ruleId]);
    await platform.query(version, [ruleId, JSON.stringify(definition)]);
    const flow = new RunningFlow();
    await flow.start(platform, shippedFlow());
    await until(() => flow.status('insa-stored-rules')?.text === '1 rule', 'the rule to be opened');
    await platform.submit('pump-01', { load: 90 });
    await flow.arrived('insa-raised', 1);
    await until(() => flow.status('insa-stored-rules')?.text === '1 rule, 1 alert', 'the alert under the node');
    const alerts = () => platform.query('select rule_id, message, status from alerts');
    assert.deepEqual(await alerts(), [{ rule_id: ruleId, message: 'pump-01: load 90', status: 'active' }]);
    await platform.submit('pump-01', { load: 70 });
    await flow.arrived('insa-cleared', 1);
    assert.equal((await alerts())[0]?.['status'], 'resolved');
    await flow.stop();
    await platform.stop();
  });
});

/** The default flow, with its debug nodes listening for the test. */
function shippedFlow(): object[] {
  const nodes = JSON.parse(readFileSync(new URL('../../flows/default.json', import.meta.url), 'utf8')) as FlowNode[];
  return nodes
    .filter(({ type }) => type !== 'comment')
    .map((each) => (each.type === 'debug' ? { id: each.id, type: 'helper', z: each.z, x: 1, y: 1, wires: [] } : each));
}

/** What the node does with its session; what a session does is tested with the engine. */
class Sessions {
  readonly opened: OpenOptions[] = [];
  readonly closed: { nodeId: string; removed: boolean }[] = [];
  readonly judged: string[] = [];
  counts = { rules: 12, activeDevices: 2 };

  open(options: OpenOptions): ReturnType<NodeServices['rules']['openStored']> {
    this.opened.push(options);
    return Promise.resolve({
      judge: (telemetry: StoredTelemetry) => void this.judged.push(`${options.nodeId} ${telemetry.device_id}`),
      summary: () => this.counts,
      close: (removed: boolean) => {
        this.closed.push({ nodeId: options.nodeId, removed });
        return Promise.resolve();
      },
    });
  }
}

describe('iiot-stored-rules', () => {
  let platform: FlowPlatform;
  let flow: RunningFlow;
  let sessions: Sessions;

  before(async () => {
    platform = await startFlowPlatform();
    await platform.createDevice('pump-01');
  });

  beforeEach(() => {
    flow = new RunningFlow();
    sessions = new Sessions();
    platform.services.rules.openStored = (options) => sessions.open(options);
  });

  afterEach(() => flow.stop());

  after(() => platform.stop());

  const rules = (id: string): object => node(id, 'iiot-stored-rules', [['raised'], ['cleared']]);
  const flowWith = (...ids: string[]): object[] => [
    node('mqtt', 'iiot-mqtt-broker', [['in']]),
    node('in', 'iiot-ingest', [ids, []], { trustTopicDevice: false }),
    ...ids.map(rules),
    node('raised', 'helper', []),
    node('cleared', 'helper', []),
  ];

  it('judges what is stored, and says how many rules judge', async () => {
    await flow.start(platform, flowWith('rules'));
    await platform.submit('pump-01', { temperature: 90 });
    await until(() => sessions.judged.length === 1, 'the reading to be judged');
    assert.deepEqual(
      sessions.opened.map(({ nodeId, tenantId }) => [nodeId, tenantId]),
      [['rules', 'default']],
    );
    const shows = (text: string) => until(() => flow.status('rules')?.text === text, `"${text}" under the node`);
    await shows('12 rules, 2 alerts');
    sessions.counts = { rules: 1, activeDevices: 0 };
    await shows('1 rule');
    sessions.counts = { rules: 0, activeDevices: 0 };
    await shows('no stored rules');
    sessions.counts = { rules: 1_000, activeDevices: 100 };
    await shows('100 alerts');
  });

  it('sends raised and repeated from output 1; cleared and corrected from output 2', async () => {
    await flow.start(platform, flowWith('rules'));
    for (const kind of ['raised', 'repeated', 'cleared', 'corrected'] as const) {
      const decided = { kind, rule_name: 'Hot', message: kind, device_id: 'pump-01' } as RuleTransition;
      sessions.opened[0]?.onTransition(decided);
    }
    const kinds = async (id: string) => (await flow.arrived(id, 2)).map(({ payload }) => payload);
    assert.deepEqual(
      [await kinds('raised'), await kinds('cleared')],
      [
        ['raised', 'repeated'],
        ['cleared', 'corrected'],
      ],
    );
  });

  it('lets one of several judge, and another go on when that is removed', async () => {
    await flow.start(platform, flowWith('b-rules', 'a-rules'));
    await until(() => flow.status('b-rules')?.text === 'already on Plant', 'the red node');
    assert.deepEqual([flow.status('b-rules')?.fill, flow.status('b-rules')?.shape], ['red', 'ring']);
    await platform.submit('pump-01', { temperature: 91 });
    await until(() => sessions.judged.length === 1, 'the reading to be judged');
    assert.deepEqual(sessions.judged, ['a-rules pump-01']);

    await flow.deploy(flowWith('b-rules'));
    await until(() => flow.status('b-rules')?.text === '12 rules, 2 alerts', 'the other node to judge');
    assert.deepEqual(
      sessions.closed.find(({ nodeId, removed }) => nodeId === 'a-rules' && removed),
      { nodeId: 'a-rules', removed: true },
    );
    await platform.submit('pump-01', { temperature: 92 });
    await until(() => sessions.judged.length === 2, 'the next reading to be judged');
    assert.equal(sessions.judged[1], 'b-rules pump-01');
  });

  it('says why it cannot judge, and answers every message with it', async () => {
    platform.services.rules.openStored = () => Promise.reject(new Error('no rules today'));
    await flow.start(platform, flowWith('rules'));
    await until(() => flow.status('rules')?.text === 'did not start', 'the red node');
    flow.send('rules', { telemetry: {} });
    await until(() => flow.errorsOf('rules').length === 2, 'the report and the answer');
    assert.match(String(flow.errorsOf('rules')[1]), /no rules today/);
  });

  it('refuses a message that was not stored', async () => {
    await flow.start(platform, flowWith('rules'));
    flow.send('rules', { payload: { temperature: 99 } });
    await until(() => flow.errorsOf('rules').length === 1, 'the error');
    assert.match(String(flow.errorsOf('rules')[0]), /wire this node behind an ingest node/);
  });
});
