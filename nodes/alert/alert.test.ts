import assert from 'node:assert/strict';
import { queuedOf } from '../../test/nodes/support/action-flow.ts';
import { startFlowPlatform } from '../../test/nodes/support/flow-platform.ts';
import type { FlowPlatform } from '../../test/nodes/support/flow-platform.ts';
import { node, RunningFlow } from '../../test/nodes/support/runtime.ts';
import { until } from '../../test/nodes/support/until.ts';
import type { Alert } from '../../src/contracts/alerts.ts';

describe('iiot-alert', () => {
  let platform: FlowPlatform;
  let flow: RunningFlow;

  before(async () => {
    platform = await startFlowPlatform();
    await platform.createDevice('pump-01');
  });

  beforeEach(() => {
    flow = new RunningFlow();
  });

  afterEach(() => flow.stop());

  after(() => platform.stop());

  const rule = { key: 'temperature', operator: '>', value: 80, clearValue: 75, severity: 'critical', message: '{{value}} is too hot' };
  const chain = [
    node('mqtt', 'iiot-mqtt-broker', [['in']]),
    node('in', 'iiot-ingest', [['rule'], []], { trustTopicDevice: false }),
    node('rule', 'iiot-threshold-rule', [['alert'], ['alert']], rule),
    node('alert', 'iiot-alert', [['raised'], ['cleared'], ['repeated']]),
    node('raised', 'helper', []),
    node('cleared', 'helper', []),
    node('repeated', 'helper', []),
  ];
  /** Recent enough: what is raised of the past is told after a pause. */
  const at = (seconds: number, temperature: number) => ({
    timestamp: new Date(Date.now() - 30_000 + seconds * 1_000).toISOString(),
    telemetry: { temperature: { value: temperature, unit: '°C' } },
  });

  it('opens, repeats and clears one alert, recorded before it goes on', async () => {
    await flow.start(platform, chain);
    await platform.submit('pump-01', at(0, 82));
    const raised = (await flow.arrived('raised', 1))[0]?.alert as Alert;
    assert.deepEqual(
      [raised.status, raised.severity, raised.message, raised.device_id],
      ['active', 'critical', '82 is too hot', 'pump-01'],
    );
    const [row] = await platform.query('select status, occurrences from alerts where alert_id = $1', [raised.id]);
    assert.deepEqual(row, { status: 'active', occurrences: 1 });

    for (const seconds of [5, 11, 25]) {
      platform.advance(11_000);
      await platform.submit('pump-01', at(seconds, 85));
    }
    const repeated = (await flow.arrived('repeated', 1))[0]?.alert as Alert;
    assert.equal(repeated.id, raised.id);
    assert.ok(repeated.occurrences > 1);

    await platform.submit('pump-01', at(40, 70));
    const cleared = (await flow.arrived('cleared', 1))[0]?.alert as Alert;
    assert.deepEqual([cleared.id, cleared.status], [raised.id, 'resolved']);
    assert.equal((await platform.query('select 1 from alerts')).length, 1);
    await until(() => flow.status('alert')?.text === 'cleared pump-01', 'the last change under the node');
  });

  it('applies a decision once, however often it comes', async () => {
    await flow.start(platform, [
      ...chain.slice(0, 3).map((part) => ({ ...part })),
      node('alert', 'helper', []),
      node('again', 'iiot-alert', [['raised'], [], []]),
      node('raised', 'helper', []),
    ]);
    await platform.submit('pump-01', at(100, 90));
    const [decision] = await flow.arrived('alert', 1);
    flow.send('again', { ...decision });
    flow.send('again', { ...decision });
    await flow.arrived('raised', 1);
    flow.send('again', { ...decision });
    await until(
      async () => (await platform.query(`select 1 from rule_transitions where consumed_at is null`)).length === 0,
      'the decision to be applied',
    );
    assert.equal(flow.messages('raised').length, 1);
    assert.equal((await platform.query(`select 1 from alerts where status = 'active'`)).length, 1);
  });

  it('closes the alerts of a rule whose node is removed', async () => {
    await flow.start(platform, chain);
    await platform.submit('pump-01', at(200, 95));
    await until(async () => (await platform.query(`select 1 from alerts where status = 'active'`)).length === 1, 'an open alert');
    await flow.deploy(chain.filter((part) => !('id' in part) || part.id !== 'rule'));
    await until(
      async () => (await platform.query(`select 1 from alerts where status = 'active'`)).length === 0,
      'the alert to be resolved',
    );
  });

  it('sends from output 2 what a person resolves, so that actions tell of it', async () => {
    const withEmail = [
      ...chain.map((part) =>
        'id' in part && part.id === 'alert' ? { ...part, wires: [['raised', 'act'], ['cleared', 'act'], ['repeated']] } : part,
      ),
      node('act', 'iiot-email', [[]], { recipients: 'ops@example.com', on: 'both' }),
    ];
    await platform.query('delete from notifications');
    await platform.createDevice('pump-03');
    await flow.start(platform, withEmail);
    await platform.submit('pump-03', { temperature: 90 });
    const raised = (await flow.arrived('raised', 1))[0]?.alert as Alert;
    await platform.alerts.resolve('default', raised.id, 'ana', 'it was the sensor');
    const [cleared] = await flow.arrived('cleared', 1);
    assert.deepEqual(
      [(cleared?.alert as Alert).id, (cleared?.alert as Alert).status, (cleared?.alert as Alert).resolved_by, cleared?.transition?.kind],
      [raised.id, 'resolved', 'ana', 'cleared'],
    );
    // The condition that clears later has nothing to end, and tells nobody again.
    await platform.submit('pump-03', { temperature: 60 });
    await platform.submit('pump-03', { temperature: 91 });
    await flow.arrived('raised', 2);
    await until(async () => (await queuedOf(platform)).length === 3, 'three to be queued');
    assert.deepEqual(
      (await queuedOf(platform)).map(({ event, content }) => [event, content.alert.status, content.alert.resolved_by]),
      [
        ['raised', 'active', null],
        ['resolved', 'resolved', 'ana'],
        ['raised', 'active', null],
      ],
    );
  });

  it('sends a correction from output 2 when it ends an open alert, and from none otherwise', async () => {
    const startMs = Date.now() - 40_000;
    const reading = (seconds: number, temperature: number) => ({
      timestamp: new Date(startMs + seconds * 1_000).toISOString(),
      telemetry: { temperature },
    });
    const steady = chain.map((part) => ('id' in part && part.id === 'rule' ? { ...part, id: 'steady', durationSeconds: '30' } : part));
    await platform.createDevice('pump-02');
    await flow.start(
      platform,
      steady.map((part) => ('id' in part && part.id === 'in' ? { ...part, wires: [['steady'], []] } : part)),
    );
    for (const seconds of [0, 31]) await platform.submit('pump-02', reading(seconds, 90));
    const raised = (await flow.arrived('raised', 1))[0]?.alert as Alert;
    // It came late: the readings never were above the limit for 30 s.
    await platform.submit('pump-02', reading(15, 70));
    const [ended] = await flow.arrived('cleared', 1);
    assert.deepEqual([(ended?.alert as Alert).id, (ended?.alert as Alert).status], [raised.id, 'resolved']);

    const before = platform.services.alerts.apply;
    platform.services.alerts.apply = () => Promise.resolve({ kind: 'corrected', alert: raised, ended: false });
    flow.send('alert', { alert: { kind: 'corrected', rule_id: 'a' } });
    await until(() => flow.status('alert')?.text === 'corrected pump-02', 'the correction to be applied');
    platform.services.alerts.apply = before;
    assert.deepEqual([flow.messages('raised').length, flow.messages('cleared').length, flow.messages('repeated').length], [1, 1, 0]);
  });

  it('refuses what no rule decided', async () => {
    await flow.start(platform, [node('alert', 'iiot-alert', [[], [], []])]);
    flow.send('alert', { payload: 'too hot!' });
    flow.send('alert', { alert: { status: 'active' } });
    await until(() => flow.errorsOf('alert').length === 2, 'two errors');
    assert.match(String(flow.errorsOf('alert')[0]), /wire this node behind a rule node/);
  });
});

describe('iiot-alert that starts again', () => {
  let platform: FlowPlatform;
  let flow: RunningFlow;

  beforeEach(async () => {
    platform = await startFlowPlatform({ catchUp: 'as the platform' });
    await platform.createDevice('pump-01');
    flow = new RunningFlow();
  });

  afterEach(async () => {
    await flow.stop();
    await platform.stop();
  });

  const rule = { key: 'temperature', operator: '>', value: 80, clearValue: 75, severity: 'critical', message: '{{value}} is too hot' };
  const email = { recipients: 'ops@example.com', on: 'both' };
  /** `lost`: what goes wrong between the alert node and the e-mail node; its messages reach nobody. */
  const chain = (between: 'lost' | 'whole', alertNode = 'alert') => [
    node('mqtt', 'iiot-mqtt-broker', [['in']]),
    node('in', 'iiot-ingest', [['rule'], []], { trustTopicDevice: false }),
    node('rule', 'iiot-threshold-rule', [[alertNode], [alertNode]], rule),
    node(alertNode, 'iiot-alert', between === 'lost' ? [['lost'], ['lost'], []] : [['act', 'raised'], ['act', 'cleared'], []]),
    node('lost', 'helper', []),
    node('raised', 'helper', []),
    node('cleared', 'helper', []),
    node('act', 'iiot-email', [[]], email),
  ];
  const restart = async (flowNodes: object[]) => {
    await flow.stop();
    flow = new RunningFlow();
    await flow.start(platform, flowNodes);
  };
  const told = async () => (await queuedOf(platform)).map(({ event }) => event);

  it('sends again from the right outputs what was lost behind it, and nobody is told twice', async () => {
    await flow.start(platform, chain('lost'));
    await platform.submit('pump-01', { temperature: 90 });
    await flow.arrived('lost', 1);
    await platform.submit('pump-01', { temperature: 60 });
    const lost = await flow.arrived('lost', 2);
    assert.ok(lost.every((message) => message.alert_replay === undefined));

    await restart(chain('whole'));
    const [raised] = await flow.arrived('raised', 1);
    const [cleared] = await flow.arrived('cleared', 1);
    assert.deepEqual([raised?.alert_replay, cleared?.alert_replay], [true, true]);
    // As they were told then, though it is over by now.
    assert.deepEqual([raised?.alert, raised?.transition], [lost[0]?.alert, lost[0]?.transition]);
    assert.deepEqual([cleared?.alert, cleared?.transition], [lost[1]?.alert, lost[1]?.transition]);
    assert.deepEqual([raised?.payload, raised?.topic, raised?.device], [lost[0]?.payload, lost[0]?.topic, lost[0]?.device]);
    await until(async () => (await told()).length === 2, 'both to be queued');
    assert.deepEqual(await told(), ['raised', 'resolved']);

    await restart(chain('whole'));
    await flow.arrived('cleared', 1);
    await until(() => flow.status('act')?.text === 'nothing queued yet', 'the status of the node');
    assert.deepEqual(await told(), ['raised', 'resolved']);
  });

  it('sends again what a person ended while it was away, once', async () => {
    await flow.start(platform, chain('whole'));
    await platform.submit('pump-01', { temperature: 90 });
    const raised = (await flow.arrived('raised', 1))[0]?.alert as Alert;
    await flow.deploy(chain('whole', 'other-alert'));
    await platform.alerts.resolve('default', raised.id, 'ana');
    for (const _start of ['first', 'second']) {
      await restart(chain('whole'));
      const [cleared] = await flow.arrived('cleared', 1);
      assert.deepEqual([(cleared?.alert as Alert).resolved_by, cleared?.alert_replay], ['ana', true]);
      await until(async () => (await told()).length === 2, 'both to be queued');
    }
    assert.deepEqual(await told(), ['raised', 'resolved']);
    await platform.query(`update rule_transitions set consumed_at = now() - interval '61 seconds' where resend_by = 'alert'`);
    await platform.query(`update alert_endings set at = now() - interval '61 seconds'`);
    assert.equal(await platform.endResending(), false);
    assert.deepEqual(await platform.services.alerts.toSendAgain('alert'), []);
  });

  it('tells of an alert that ends because its rule was removed', async () => {
    await flow.start(platform, chain('whole'));
    await platform.submit('pump-01', { temperature: 90 });
    await flow.arrived('raised', 1);
    await flow.deploy(chain('whole').filter((part) => !('id' in part) || part.id !== 'rule'));
    const [cleared] = await flow.arrived('cleared', 1);
    assert.equal((cleared?.alert as Alert).resolved_by, 'rule removed');
    await until(async () => (await told()).length === 2, 'both to be queued');
    assert.deepEqual(await told(), ['raised', 'resolved']);
  });

  it('sends nothing that another alert node applied, nor what is older than a minute', async () => {
    await flow.start(platform, chain('lost', 'other-alert'));
    await platform.submit('pump-01', { temperature: 90 });
    await flow.arrived('lost', 1);
    await restart(chain('whole'));
    await platform.submit('pump-01', { temperature: 60 });
    await flow.arrived('cleared', 1);
    await until(async () => (await told()).length > 0, 'the end to be queued');
    assert.deepEqual([flow.messages('raised').length, await told()], [0, ['resolved']]);

    await platform.query(`update rule_transitions set consumed_at = now() - interval '61 seconds' where resend_by = 'alert'`);
    assert.equal(await platform.endResending(), true);
    assert.deepEqual(await platform.query(`select resend_by from rule_transitions where resend_by is not null`), [
      { resend_by: 'other-alert' },
    ]);
    assert.deepEqual(await platform.services.alerts.toSendAgain('alert'), []);
  });
});
