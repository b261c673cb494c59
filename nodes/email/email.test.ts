import assert from 'node:assert/strict';
import { actionFlow, forgetQueued, queuedOf } from '../../test/nodes/support/action-flow.ts';
import { startFlowPlatform } from '../../test/nodes/support/flow-platform.ts';
import type { FlowPlatform } from '../../test/nodes/support/flow-platform.ts';
import { node, RunningFlow } from '../../test/nodes/support/runtime.ts';
import { until } from '../../test/nodes/support/until.ts';
import type { Alert } from '../../src/contracts/alerts.ts';
import { readConfig } from '../shared/node-config.ts';
import { emailConfig } from './email.config.ts';

const FIELDS = { recipients: 'ops@example.com; shift@example.com', subject: '{{severity}}: {{message}}', on: 'both' };

describe('iiot-email', () => {
  let platform: FlowPlatform;
  let flow: RunningFlow;

  before(async () => {
    platform = await startFlowPlatform();
    await platform.createDevice('pump-01', { type: 'pump', location: 'hall 3' });
  });

  beforeEach(async () => {
    flow = new RunningFlow();
    await forgetQueued(platform);
  });

  afterEach(() => flow.stop());

  after(() => platform.stop());

  it('queues what was raised and what is over, then passes the message on', async () => {
    await flow.start(platform, actionFlow('iiot-email', FIELDS));
    await platform.submit('pump-01', { temperature: 90 });
    const [raised] = await flow.arrived('passed', 1);
    const rows = await queuedOf(platform);
    const [first] = rows;
    assert.ok(first !== undefined);
    const { ids } = (raised as { notification?: { ids?: string[] } }).notification ?? {};
    assert.deepEqual([...(ids ?? [])].sort(), rows.map(({ id }) => id).sort());
    const alert = raised?.alert as Alert;
    // One for each recipient.
    for (const [place, address] of ['ops@example.com', 'shift@example.com'].entries()) {
      const row = rows[place];
      assert.deepEqual(
        [row?.event, row?.channel, row?.recipient, row?.alertId, row?.deviceId, row?.ruleId, row?.tenantId],
        ['raised', 'email', address, alert.id, 'pump-01', alert.rule_id, 'default'],
      );
      assert.equal(row?.dedupKey, `transition:${String(raised?.transition?.id)}:act:${address}`);
      assert.deepEqual(row.content, {
        action: { type: 'email', recipients: [address], subject: '{{severity}}: {{message}}' },
        alert,
        device: { name: 'pump-01', type: 'pump', location: 'hall 3' },
      });
    }
    await platform.submit('pump-01', { temperature: 60 });
    await flow.arrived('passed', 2);
    assert.deepEqual(
      (await queuedOf(platform)).map(({ event, content }) => [event, content.alert.status]),
      [
        ['raised', 'active'],
        ['raised', 'active'],
        ['resolved', 'resolved'],
        ['resolved', 'resolved'],
      ],
    );
    await until(() => flow.status('act')?.text === '4 queued', 'the count under the node');
  });

  it('queues one decision once, however often it comes, and passes it on each time', async () => {
    await flow.start(platform, actionFlow('iiot-email', FIELDS));
    await platform.submit('pump-01', { temperature: 91 });
    const [raised] = await flow.arrived('passed', 1);
    flow.send('act', { ...raised });
    const [, again] = await flow.arrived('passed', 2);
    assert.equal((await queuedOf(platform)).length, 2);
    assert.deepEqual((again as { notification?: unknown }).notification, { id: null, ids: [] });
    await platform.submit('pump-01', { temperature: 60 });
    await flow.arrived('passed', 3);
  });

  it('passes on what it is not to tell', async () => {
    await flow.start(platform, actionFlow('iiot-email', { ...FIELDS, on: 'resolved' }));
    await platform.submit('pump-01', { temperature: 92 });
    const [raised] = await flow.arrived('passed', 1);
    assert.ok(raised !== undefined && !('notification' in raised));
    await platform.submit('pump-01', { temperature: 60 });
    await flow.arrived('passed', 2);
    assert.deepEqual(
      (await queuedOf(platform)).map(({ event }) => event),
      ['resolved', 'resolved'],
    );
  });

  it('goes red when it is refused, passes nothing on, and is green again after the next', async () => {
    await flow.start(platform, [node('act', 'iiot-email', [['passed']], FIELDS), node('passed', 'helper', [])]);
    const { queue } = platform.services.notify;
    platform.services.notify.queue = () => Promise.reject(new Error('the queue says no'));
    const alert = { id: null, status: 'active', device_id: 'gone', rule_id: null };
    flow.send('act', { alert });
    await until(() => flow.status('act')?.text === 'refused', 'the red node');
    assert.match(String(flow.errorsOf('act')[0]), /the queue says no/);
    assert.equal(flow.messages('passed').length, 0);
    platform.services.notify.queue = queue;
    flow.send('act', { alert });
    await until(() => flow.status('act')?.text === '2 queued', 'the green node');
    assert.deepEqual((await queuedOf(platform))[0]?.content.device, { name: 'gone', type: null, location: null });
  });

  it('refuses a message without an alert', async () => {
    await flow.start(platform, [node('act', 'iiot-email', [[]], FIELDS)]);
    flow.send('act', { payload: 'hello' });
    flow.send('act', { alert: { kind: 'raised', rule_id: 'a', id: 'b' } });
    await until(() => flow.errorsOf('act').length === 2, 'two errors');
    assert.match(String(flow.errorsOf('act')[0]), /no alert in msg\.alert.*wire this node behind an alert node/);
  });
});

describe('the form of iiot-email', () => {
  const REFUSED: [string, object, string, RegExp][] = [
    ['nobody', { recipients: ' ' }, 'recipients', /at least one address/],
    ['no address', { recipients: 'ops@example.com, ops' }, 'recipients', /"ops" is no address.*ops@example\.com/],
    ['a header in the address', { recipients: 'a@example.com\r\nBcc:b@example.com' }, 'recipients', /is no address/],
    ['too many', { recipients: Array.from({ length: 101 }, (_, n) => `a${String(n)}@example.com`).join() }, 'recipients', /101 addresses/],
    ['a subject of two lines', { subject: 'a\r\nBcc: b@example.com' }, 'subject', /line break/],
    ['an unknown field', { text: '{{vlaue}}' }, 'text', /\{\{vlaue\}\}, which is no field.*\{\{value\}\}/],
    ['code', { text: '{{#each this}}' }, 'text', /no field/],
    ['an unknown zone', { timezone: 'America/Medelin' }, 'timezone', /"America\/Medelin" is unknown/],
    ['another event', { on: 'never' }, 'on', /"never" is not one of/],
  ];
  for (const [what, wrong, field, reason] of REFUSED) {
    it(`refuses ${what} and says why`, () => {
      const read = readConfig(emailConfig, { ...FIELDS, ...wrong });
      assert.ok(!read.ok);
      assert.deepEqual(
        read.problems.map((problem) => problem.field),
        [field],
      );
      assert.match(read.problems[0]?.message ?? '', reason);
    });
  }
});
