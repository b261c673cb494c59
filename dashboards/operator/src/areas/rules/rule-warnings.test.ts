import assert from 'node:assert/strict';
import { flowWarnings } from '../../../../../src/app/flow-warnings.ts';
import { warningsOf } from './rule-warnings.ts';

const TAB = { id: 't', type: 'tab', label: 'Plant' };
const SOURCES = [
  { id: 'b', type: 'iiot-mqtt-broker', z: 't', wires: [['i']] },
  { id: 'h', type: 'iiot-http-telemetry', z: 't', wires: [['i']] },
];

describe('the warnings about a rule', () => {
  it('are those of the platform that name a wired rule, and those of the node of the stored rules', () => {
    const wired = { id: 'r', type: 'iiot-threshold-rule', z: 't', name: 'Hot "pump"', wires: [[]] };
    const flows = [TAB, ...SOURCES, { id: 'i', type: 'iiot-ingest', z: 't', wires: [['r']] }, wired];
    const warnings = flowWarnings(flows, 2);
    const [unwired, ...rest] = warningsOf({ origin: 'flow', name: 'Hot "pump"', enabled: true }, warnings);
    assert.match(unwired?.text ?? '', /reaches no alert node/);
    assert.deepEqual(rest, []);
    assert.deepEqual(warningsOf({ origin: 'flow', name: 'Hot', enabled: true }, warnings), []);
    const [noNode] = warningsOf({ origin: 'stored', name: 'x', enabled: true }, warnings);
    assert.match(noNode?.text ?? '', /no iiot-stored-rules node is deployed/);
    assert.deepEqual(warningsOf({ origin: 'stored', name: 'x', enabled: false }, warnings), []);
    const unjudged = { id: 's', type: 'iiot-stored-rules', z: 't', wires: [[]] };
    const codes = warningsOf({ origin: 'stored', name: 'x', enabled: true }, flowWarnings([...flows, unjudged], 2)).map(({ code }) => code);
    assert.deepEqual(codes, ['judges_nothing', 'tells_nobody']);
  });
});
