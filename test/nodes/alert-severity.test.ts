import assert from 'node:assert/strict';
import type { Alert } from '../../src/contracts/alerts.ts';
import { startFlowPlatform } from './support/flow-platform.ts';
import type { FlowPlatform } from './support/flow-platform.ts';
import { CORE, node, RunningFlow } from './support/runtime.ts';

/** Repeats are reported this often at most. */
const REPORT_MS = 11_000;

/** What the engineer's own node does: above 100 the alert is critical, whatever the rule says. */
const WORSE_ABOVE_100 = `if (msg.alert.value > 100) msg.alert.severity = 'critical'; return msg;`;

describe('an alert whose severity rises', () => {
  let platform: FlowPlatform;
  const flow = new RunningFlow();

  before(async () => {
    platform = await startFlowPlatform();
    await platform.createDevice('pump-01');
    await flow.start(
      platform,
      [
        node('mqtt', 'iiot-mqtt-broker', [['in']]),
        node('in', 'iiot-ingest', [['rule'], []], { trustTopicDevice: false }),
        node('rule', 'iiot-threshold-rule', [['worse'], ['alert']], {
          key: 'temperature',
          operator: '>',
          value: 80,
          clearValue: 75,
          severity: 'warning',
        }),
        node('worse', 'function', [['alert']], { func: WORSE_ABOVE_100, outputs: 1 }),
        node('alert', 'iiot-alert', [[], [], []]),
        node('any', 'iiot-alert-in', [['told']], { events: 'raised,updated,acknowledged,resolved' }),
        node('told', 'helper', []),
        node('critical', 'iiot-alert-in', [['woken']], { events: 'updated', severity: 'critical' }),
        node('woken', 'helper', []),
      ],
      [CORE.function()],
    );
  });
  after(async () => {
    await flow.stop();
    await platform.stop();
  });

  it('stays one alert, and flows that ask for the worse severity hear of it from then on', async () => {
    await platform.submit('pump-01', { temperature: 90 });
    await flow.arrived('told', 1);
    platform.advance(REPORT_MS);
    await platform.submit('pump-01', { temperature: 91 });
    await flow.arrived('told', 2);
    platform.advance(REPORT_MS);
    await platform.submit('pump-01', { temperature: 120 });
    await flow.arrived('told', 3);
    // It does not fall again while it is open.
    platform.advance(REPORT_MS);
    await platform.submit('pump-01', { temperature: 90 });
    await flow.arrived('told', 4);
    await platform.submit('pump-01', { temperature: 60 });
    const told = (await flow.arrived('told', 5)).map((message) => {
      const { event, alert } = message as { event?: string; alert?: Alert };
      return `${event ?? ''} ${alert?.severity ?? ''} x${String(alert?.occurrences)} ${alert?.status ?? ''}`;
    });
    assert.deepEqual(told, [
      'raised warning x1 active',
      'updated warning x2 active',
      'updated critical x3 active',
      'updated critical x4 active',
      'resolved critical x4 resolved',
    ]);
    assert.equal(new Set(flow.messages('told').map(({ alert }) => (alert as Alert).id)).size, 1);
    assert.deepEqual(
      flow.messages('woken').map(({ alert }) => (alert as Alert).last_value),
      [120, 90],
    );
    assert.deepEqual(await platform.query(`select change, note from alert_history where change = 'severity'`), [
      { change: 'severity', note: 'warning -> critical' },
    ]);
  });
});
