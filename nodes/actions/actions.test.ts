import assert from 'node:assert/strict';
import { queuedOf } from '../../test/nodes/support/action-flow.ts';
import { startFlowPlatform } from '../../test/nodes/support/flow-platform.ts';
import type { FlowPlatform } from '../../test/nodes/support/flow-platform.ts';
import { node, RunningFlow } from '../../test/nodes/support/runtime.ts';
import { until } from '../../test/nodes/support/until.ts';

const RULE_ID = '7b0e0a54-8f0c-4b39-9d4b-0d6b0a2c8f12';
const FLOW = [
  node('mqtt', 'iiot-mqtt-broker', [['in']]),
  node('in', 'iiot-ingest', [['rules'], []], { trustTopicDevice: false }),
  node('rules', 'iiot-stored-rules', [['alert'], ['alert']]),
  node('alert', 'iiot-alert', [['act'], ['act'], []]),
  node('act', 'iiot-actions', [['passed']]),
  node('passed', 'helper', []),
];

describe('iiot-actions', () => {
  let platform: FlowPlatform;
  let flow: RunningFlow;

  beforeEach(async () => {
    platform = await startFlowPlatform();
    await platform.createDevice('pump-01');
    flow = new RunningFlow();
  });

  afterEach(async () => {
    await flow.stop();
    await platform.stop();
  });

  async function storeRule(version: number, actions: object[]): Promise<void> {
    const definition = {
      name: 'High load',
      rule_type: 'threshold',
      scope: { device_id: 'pump-01' },
      severity: 'critical',
      message: 'load {{value}}',
      conditions: { key: 'load', operator: '>', value: 80 },
      actions,
    };
    if (version === 1)
      await platform.query(`insert into rules (rule_id, tenant_id, origin, version) values ($1, 'default', 'stored', 1)`, [RULE_ID]);
    const add = `insert into rule_versions (rule_id, version, tenant_id, definition) values ($1, $2, 'default', $3)`;
    await platform.query(add, [RULE_ID, version, JSON.stringify(definition)]);
  }

  async function startAndRaise(): Promise<void> {
    await flow.start(platform, FLOW);
    await until(() => flow.status('rules')?.text === '1 rule', 'the rule to be opened');
    await platform.submit('pump-01', { load: 90 });
    await flow.arrived('passed', 1);
  }

  it('queues each action of the version that judged, and those alone that are for the event', async () => {
    await storeRule(1, [
      { type: 'email', recipients: ['ops@example.com'] },
      { type: 'webhook', url: 'https://example.com/hook', on: ['resolved'] },
      { type: 'flow', entry: 'cool down', on: ['raised'] },
    ]);
    await storeRule(2, [{ type: 'script', program: 'never.sh' }]);
    await startAndRaise();
    const raised = await queuedOf(platform);
    const [passed] = flow.messages('passed');
    assert.deepEqual(
      raised.map(({ event, recipient, dedupKey }) => [event, recipient, dedupKey]),
      [
        ['raised', 'ops@example.com', `transition:${String(passed?.transition?.id)}:act:0`],
        ['raised', 'cool down', `transition:${String(passed?.transition?.id)}:act:2`],
      ],
    );
    await platform.submit('pump-01', { load: 10 });
    await flow.arrived('passed', 2);
    assert.deepEqual(
      (await queuedOf(platform)).slice(2).map(({ event, recipient }) => [event, recipient]),
      [
        ['resolved', 'ops@example.com'],
        ['resolved', 'https://example.com/hook'],
      ],
    );
    await until(() => flow.status('act')?.text === '4 queued', 'the count under the node');
  });

  it('tells of an alert that a person resolved with the actions of the version that judged', async () => {
    await storeRule(1, [
      { type: 'webhook', url: 'https://example.com/hook', on: ['resolved'] },
      { type: 'flow', entry: 'cool down', on: ['raised'] },
    ]);
    await startAndRaise();
    const [raised] = await queuedOf(platform);
    await platform.alerts.resolve('default', String(raised?.content.alert.id), 'ana');
    await flow.arrived('passed', 2);
    const [, resolved] = await queuedOf(platform);
    assert.deepEqual(
      [resolved?.event, resolved?.recipient, resolved?.content.alert.resolved_by],
      ['resolved', 'https://example.com/hook', 'ana'],
    );
  });

  it('passes on what has no actions', async () => {
    await storeRule(1, []);
    await startAndRaise();
    assert.ok(!('notification' in (flow.messages('passed')[0] ?? { notification: 1 })));
    assert.deepEqual(await queuedOf(platform), []);
  });

  it('carries out what it understands of a rule that an older program stored, and says what it does not', async () => {
    await storeRule(1, [
      { type: 'report', days: 7 },
      { type: 'email', recipients: ['ops@example.com'] },
    ]);
    await startAndRaise();
    assert.deepEqual(
      (await queuedOf(platform)).map(({ recipient, dedupKey }) => [recipient, dedupKey.endsWith(':act:1')]),
      [['ops@example.com', true]],
    );
    assert.match(String(flow.errorsOf('act')[0]), /"High load".*actions\.0/);
  });
});
