import assert from 'node:assert/strict';
import { platformWarningSchema } from './warnings.ts';
import type { WarningFacts } from './warnings.ts';
import { platformWarning } from './warning-texts.ts';

const node = { name: 'Hot', tab: 'Plant' };
const all: [WarningFacts, RegExp, string | null][] = [
  [{ code: 'outlet_missing', params: { type: 'iiot-mqtt-broker', carries: 'mqtt' } }, /telemetry over MQTT is refused/, '/editor/'],
  [{ code: 'outlet_not_stored', params: { node, carries: 'http' } }, /"Hot" on "Plant" reaches no ingest node/, '/editor/'],
  [
    { code: 'several_nodes', params: { type: 'x', active: node, idle: [{ name: 'Two', tab: null }] } },
    /only "Hot" on "Plant" takes part, not "Two" on "a subflow"/,
    '/editor/',
  ],
  [{ code: 'stored_rules_idle', params: { type: 'x', count: 1 } }, /^1 stored rule judges nothing/, '/editor/'],
  [{ code: 'stored_rules_idle', params: { type: 'x', count: 2 } }, /^2 stored rules judge nothing/, '/editor/'],
  [{ code: 'judges_nothing', params: { node, is: 'rule' } }, /^The rule "Hot" on "Plant" is reached by no ingest node/, '/editor/'],
  [{ code: 'tells_nobody', params: { node, is: 'stored_rules' } }, /^The node "Hot" on "Plant" reaches no alert node/, '/editor/'],
  [
    { code: 'notifications_failed', params: { count: 1, channel: 'email', at: '2026-01-31T06:30:00.000Z' } },
    /^1 notification failed .* by the channel "email" at 2026-01-31T06:30:00\.000Z/,
    '/administration/notifications?status=failed',
  ],
  [
    { code: 'accounts_differ', params: { count: 1, device: 'pump-01' } },
    /^The account of the device "pump-01" does not agree .* The log names each device with its hour or day/,
    '/devices/pump-01',
  ],
  [
    { code: 'accounts_differ', params: { count: 3, device: 'p:1' } },
    /^The accounts of 3 devices \("p:1" among them\) do not agree/,
    '/devices/p%3A1',
  ],
  [{ code: 'judging_lags', params: { seconds: 300 } }, /have not judged what was stored 300 s ago/, null],
  [{ code: 'isolation_by_query', params: {} }, /may not create roles/, null],
  [{ code: 'redis_away', params: {} }, /^Redis \(REDIS_URL\) cannot be used: everything goes on, slower/, null],
];

describe('warnings of the platform', () => {
  it('have a sentence and a place for each code, and the shape that programs are told', () => {
    for (const [facts, text, place] of all) {
      const warning = platformWarning(facts);
      assert.match(warning.text, text);
      assert.equal(warning.place, place);
      assert.deepEqual(platformWarningSchema.parse(warning), warning);
    }
  });
});
