import assert from 'node:assert/strict';
import { actionFlow, forgetQueued, queuedOf } from '../../test/nodes/support/action-flow.ts';
import { startFlowPlatform } from '../../test/nodes/support/flow-platform.ts';
import type { FlowPlatform } from '../../test/nodes/support/flow-platform.ts';
import { node, RunningFlow } from '../../test/nodes/support/runtime.ts';
import { until } from '../../test/nodes/support/until.ts';
import type { Alert } from '../../src/contracts/alerts.ts';
import { readConfig } from '../shared/node-config.ts';
import type { FlowMessage } from '../shared/platform.ts';
import { alertInConfig } from './alert-in.config.ts';

const ALL = { events: 'raised,updated,acknowledged,resolved' };

describe('iiot-alert-in', () => {
  let platform: FlowPlatform;
  let flow: RunningFlow;

  before(async () => {
    platform = await startFlowPlatform();
    await platform.createDevice('pump-01');
  });

  beforeEach(async () => {
    flow = new RunningFlow();
    await forgetQueued(platform);
  });

  afterEach(() => flow.stop());

  after(() => platform.stop());

  const alert = (fields: Partial<Alert> = {}): Alert =>
    ({ id: 'a', device_id: 'pump-01', severity: 'critical', status: 'active', rule_name: 'Hot', message: 'too hot', ...fields }) as Alert;
  const raise = (fields: Partial<Alert> = {}) => platform.events.emit('alert.raised', { tenantId: 'default', alert: alert(fields) });
  const update = (by: string | null, fields: Partial<Alert>) => {
    const changed = alert(fields);
    const { id, status } = changed;
    platform.events.emit('alert.updated', { tenantId: 'default', update: { id, status, by, timestamp: 't', alert: changed } });
  };
  const events = (messages: FlowMessage[]) => messages.map((message) => (message as { event?: string }).event);

  it('tells of a real alert from its beginning to its end', async () => {
    await flow.start(platform, [
      ...actionFlow('iiot-email', { recipients: 'ops@example.com', on: 'both' }),
      node('source', 'iiot-alert-in', [['told']], ALL),
      node('told', 'helper', []),
    ]);
    await platform.submit('pump-01', { temperature: 90 });
    const [raised] = await flow.arrived('told', 1);
    const id = (raised?.alert as Alert).id;
    assert.equal(raised?.payload, '90 is too hot');
    await platform.alerts.acknowledge('default', id, 'ana');
    await platform.submit('pump-01', { temperature: 60 });
    const told = await flow.arrived('told', 3);
    assert.deepEqual(events(told), ['raised', 'acknowledged', 'resolved']);
    assert.deepEqual(
      told.map((message) => (message as { by?: string | null }).by),
      [null, 'ana', 'condition cleared'],
    );
    await until(() => flow.status('source')?.text === '3 sent', 'the count under the node');
  });

  it('tells of the chosen events, severity and device alone, and of no other tenant', async () => {
    await flow.start(platform, [
      node('events', 'iiot-alert-in', [['by-event']], { events: 'acknowledged,updated' }),
      node('by-event', 'helper', []),
      node('severity', 'iiot-alert-in', [['by-severity']], { ...ALL, severity: 'warning' }),
      node('by-severity', 'helper', []),
      node('device', 'iiot-alert-in', [['by-device']], { ...ALL, deviceId: 'pump-02' }),
      node('by-device', 'helper', []),
    ]);
    raise();
    raise({ severity: 'warning' });
    raise({ device_id: 'pump-02' });
    platform.events.emit('alert.raised', { tenantId: 'other', alert: alert({ severity: 'warning', device_id: 'pump-02' }) });
    update(null, { status: 'active' });
    update('ana', { status: 'acknowledged' });
    update(null, { status: 'acknowledged' });
    update('ana', { status: 'resolved' });
    await flow.arrived('by-event', 3);
    await flow.arrived('by-severity', 1);
    await flow.arrived('by-device', 1);
    assert.deepEqual(events(flow.messages('by-event')), ['updated', 'acknowledged', 'updated']);
    assert.deepEqual([flow.messages('by-severity').length, flow.messages('by-device').length], [1, 1]);
  });

  it('feeds an action node, which tells one message once', async () => {
    await flow.start(platform, [
      node('source', 'iiot-alert-in', [['act']], ALL),
      node('act', 'iiot-email', [['passed']], { recipients: 'ops@example.com', on: 'both' }),
      node('passed', 'helper', []),
    ]);
    // Of no alert in the ledger's database.
    const unknown = { id: null, rule_id: null } as never;
    raise(unknown);
    const [passed] = await flow.arrived('passed', 1);
    flow.send('act', { ...passed });
    await flow.arrived('passed', 2);
    update(null, { ...(unknown as Partial<Alert>), status: 'resolved' });
    await flow.arrived('passed', 3);
    assert.deepEqual(
      (await queuedOf(platform)).map(({ event, dedupKey }) => [event, dedupKey.startsWith('message:')]),
      [
        ['raised', true],
        ['resolved', true],
      ],
    );
  });

  it('says what action nodes pass on untold: that an alert goes on, or that a person takes notice', async () => {
    await flow.start(platform, [
      node('source', 'iiot-alert-in', [['act']], ALL),
      node('act', 'iiot-webhook', [['passed']], { url: 'https://example.com/hook', on: 'both' }),
      node('passed', 'helper', []),
    ]);
    const unknown = { id: null, rule_id: null } as never;
    raise(unknown);
    await flow.arrived('passed', 1);
    update(null, { ...(unknown as Partial<Alert>), status: 'active' });
    update('ana', { ...(unknown as Partial<Alert>), status: 'acknowledged' });
    const passed = await flow.arrived('passed', 3);
    assert.deepEqual(events(passed), ['raised', 'updated', 'acknowledged']);
    assert.deepEqual(
      passed.map((message) => 'notification' in message),
      [true, false, false],
    );
    assert.deepEqual(
      (await queuedOf(platform)).map(({ event }) => event),
      ['raised'],
    );
  });

  it('is silent once it is gone', async () => {
    await flow.start(platform, [node('source', 'iiot-alert-in', [['told']], ALL), node('told', 'helper', [])]);
    await flow.deploy([node('told', 'helper', [])]);
    raise();
    await flow.deploy([node('source', 'iiot-alert-in', [['told']], ALL), node('told', 'helper', [])]);
    raise({ message: 'the second' });
    const [first] = await flow.arrived('told', 1);
    assert.equal(first?.payload, 'the second');
  });
});

describe('the form of iiot-alert-in', () => {
  it('refuses a choice that says nothing, or what does not exist', () => {
    for (const [field, value] of [
      ['events', ''],
      ['events', 'raised,erased'],
      ['severity', 'fatal'],
    ] as const) {
      const read = readConfig(alertInConfig, { ...ALL, [field]: value });
      assert.deepEqual(read.ok ? [] : read.problems.map((problem) => problem.field), [field], value);
    }
  });
});
