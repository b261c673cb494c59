import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { flowWarnings as warningsOf } from './flow-warnings.ts';
import type { FlowNode } from './node-red/flow-files.ts';

const flowWarnings = (...given: Parameters<typeof warningsOf>) => warningsOf(...given).map(({ text }) => text);
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
const wiresTo = (each: FlowNode, id: string) =>
  each.type.startsWith('iiot-mqtt') || each.type.startsWith('iiot-http') ? [[id]] : each['wires'];
const withStored = [...changed('ingest', { wires: [['rule', 'stored']] }), node('stored', 'iiot-stored-rules', ['alert'])];

describe('flowWarnings', () => {
  it('says nothing about the flows that come with the product', () => {
    const read = (name: string) => JSON.parse(readFileSync(new URL(`../../flows/${name}.json`, import.meta.url), 'utf8')) as FlowNode[];
    const shipped = read('default');
    assert.deepEqual(flowWarnings(shipped), []);
    assert.deepEqual(flowWarnings([...shipped, ...read('demo-plant')], 3), []);
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

  it('follows messages out of a subflow', () => {
    const inside = [
      ...whole
        .filter(({ id }) => id !== 'ingest')
        .map((each) => (each.type === 'iiot-alert' ? each : { ...each, wires: wiresTo(each, 'sub') })),
      node('sub', 'subflow:s1', ['rule']),
      { id: 's1', type: 'subflow', in: [{ wires: [{ id: 'inner' }] }], out: [{ wires: [{ id: 'inner', port: 0 }] }] },
      { id: 'inner', type: 'iiot-ingest', z: 's1', wires: [[], []] },
    ];
    assert.deepEqual(flowWarnings(inside), []);
  });

  it('says when no ingest node reaches a rule', () => {
    const [warning, ...others] = flowWarnings(changed('ingest', { wires: [[], []] }));
    assert.match(warning ?? '', /The rule "Hot" on "Plant" is reached by no ingest node: it judges no reading\. Wire the first output/);
    assert.deepEqual(others, []);
  });

  it('asks readings of a schedule rule only when it misses them', () => {
    const schedule = (check: string) => flowWarnings([...whole, node('when', 'iiot-schedule-rule', ['alert'], { check })]);
    assert.deepEqual([schedule('device_offline'), schedule('always')], [[], []]);
    assert.match(schedule('no_data').join(), /The rule "iiot-schedule-rule" on "Plant" is reached by no ingest node/);
    assert.match(flowWarnings([...whole, node('when', 'iiot-schedule-rule')]).join(), /reaches no alert node/);
  });

  it('says when rules are stored and no node judges by them', () => {
    assert.deepEqual(flowWarnings(whole, 0), []);
    assert.match(flowWarnings(whole, 1).join(), /^1 stored rule judges nothing: no iiot-stored-rules node is deployed\. Place one between/);
    assert.match(flowWarnings(whole, 3).join(), /^3 stored rules judge nothing/);
    assert.deepEqual(flowWarnings(withStored, 3), []);
  });

  it('says when the node of stored rules is not wired, or when two compete', () => {
    const [unfed, unheard, ...others] = flowWarnings([...whole, node('stored', 'iiot-stored-rules')], 3);
    assert.match(unfed ?? '', /The node "iiot-stored-rules" on "Plant" is reached by no ingest node/);
    assert.match(unheard ?? '', /The node "iiot-stored-rules" on "Plant" reaches no alert node/);
    assert.deepEqual(others, []);
    const [competing, ...more] = flowWarnings([...withStored, node('zzz', 'iiot-stored-rules', [], { name: 'Second' })], 3);
    assert.match(
      competing ?? '',
      /Several iiot-stored-rules nodes are deployed; only "iiot-stored-rules" on "Plant" takes part, not "Second"/,
    );
    assert.deepEqual(more, []);
  });
});
