import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { flowWarnings } from './flow-warnings.ts';
import type { FlowNode } from './node-red/flow-files.ts';

const tab: FlowNode = { id: 't', type: 'tab', label: 'Plant' };
const node = (id: string, type: string, to: string[] = [], more: object = {}): FlowNode => ({ id, type, z: 't', wires: [to], ...more });
const whole = [
  tab,
  node('mqtt', 'iiot-mqtt-broker', ['ingest']),
  node('http', 'iiot-http-telemetry', ['ingest']),
  node('ingest', 'iiot-ingest', ['rule']),
  node('rule', 'iiot-threshold-rule', ['alert'], { name: 'Hot' }),
  node('alert', 'iiot-alert'),
];
const changed = (id: string, more: object) => whole.map((each) => (each.id === id ? { ...each, ...more } : each));

describe('flowWarnings', () => {
  it('says nothing about the flow that comes with the product', () => {
    const shipped = JSON.parse(readFileSync(new URL('../../flows/default.json', import.meta.url), 'utf8')) as FlowNode[];
    assert.deepEqual(flowWarnings(shipped), []);
    assert.deepEqual(flowWarnings(whole), []);
  });

  it('says when no outlet of a kind is deployed', () => {
    const [warning, ...others] = flowWarnings(whole.filter(({ id }) => id !== 'http'));
    assert.match(warning ?? '', /No iiot-http-telemetry node is deployed: telemetry over HTTP is refused/);
    assert.deepEqual(others, []);
  });

  it('says when an outlet reaches no ingest node, or only a disabled one', () => {
    assert.match(flowWarnings(changed('mqtt', { wires: [[]] })).join(), /"iiot-mqtt-broker" on "Plant" reaches no ingest node/);
    assert.equal(flowWarnings(changed('ingest', { d: true })).length, 2);
    assert.equal(flowWarnings(changed('t', { disabled: true })).length, 2, 'nothing of a disabled tab is deployed');
  });

  it('says when two outlets compete, and which takes part', () => {
    const [warning] = flowWarnings([...whole, node('zzz', 'iiot-mqtt-broker', ['ingest'], { name: 'Second' })]);
    assert.match(warning ?? '', /only "iiot-mqtt-broker" on "Plant" takes part, not "Second" on "Plant"/);
  });

  it('says when a rule reaches no alert node', () => {
    assert.deepEqual(flowWarnings(changed('rule', { wires: [[], ['alert']] })), [], 'any output counts');
    assert.match(flowWarnings(changed('rule', { wires: [[], []] })).join(), /The rule "Hot" on "Plant" reaches no alert node/);
  });

  it('follows link nodes and subflows, and ends in circles', () => {
    const linked = [
      ...changed('rule', { wires: [['out']] }),
      node('out', 'link out', [], { links: ['in'] }),
      node('in', 'link in', ['sub']),
      node('sub', 'subflow:s1', ['out']),
      { id: 's1', type: 'subflow', in: [{ wires: [{ id: 'inner' }] }] },
      { id: 'inner', type: 'iiot-alert', z: 's1', wires: [[]] },
    ];
    assert.deepEqual(flowWarnings(linked), []);
  });
});
