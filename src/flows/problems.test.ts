import assert from 'node:assert/strict';
import type { FlowNode } from './flow-node.ts';
import { imported, onTab } from './merge.ts';
import { flowProblems } from './problems.ts';
import type { NodeKnowledge } from './problems.ts';

describe('the problems of flows', () => {
  const known: NodeKnowledge = {
    types: new Set(['inject', 'debug', 'mqtt in', 'link out', 'link in', 'iiot-threshold-rule']),
    configProblems: (node) => (node['limit'] === '' ? [{ field: 'limit', message: 'The limit is empty; type a number.' }] : []),
  };
  const tab: FlowNode = { id: 't', type: 'tab', label: 'Plant' };
  const node = (id: string, more: Record<string, unknown> = {}): FlowNode => ({
    id,
    type: 'debug',
    z: 't',
    name: id,
    x: 1,
    y: 1,
    wires: [],
    ...more,
  });
  const check = (nodes: FlowNode[], deployed: FlowNode[] = []) =>
    flowProblems(nodes, imported(deployed, nodes, 'merge'), known).map(({ kind, field, message }) => [kind, field, message]);

  it('are none for whole flows, subflows and links included', () => {
    const subflow: FlowNode = {
      id: 's',
      type: 'subflow',
      name: 'Sub',
      in: [{ wires: [{ id: 'in-s' }] }],
      out: [{ wires: [{ id: 'in-s', port: 0 }] }],
    };
    const group: FlowNode = { id: 'g', type: 'group', z: 't', nodes: ['a'], x: 1, y: 1, w: 9, h: 9 };
    const nodes = [
      tab,
      subflow,
      group,
      node('in-s', { z: 's' }),
      node('use', { type: 'subflow:s', wires: [['a']] }),
      node('a', { g: 'g' }),
    ];
    const links = [node('out', { type: 'link out', links: ['in'] }), node('in', { type: 'link in', links: ['out'] })];
    assert.deepEqual(check([...nodes, ...links]), []);
  });

  const cases: [string, FlowNode[], string, string, RegExp][] = [
    [
      'an unknown type',
      [tab, node('a', { type: 'left-pad' })],
      'unknown_type',
      'flows.1.type',
      /"a" \(a\) on "Plant" is of the type "left-pad", which is not installed/,
    ],
    ['a type that every object has', [tab, node('a', { type: 'constructor' })], 'unknown_type', 'flows.1.type', /type "constructor"/],
    [
      'a missing subflow',
      [tab, node('a', { type: 'subflow:none' })],
      'unknown_type',
      'flows.1.type',
      /the subflow "none", which is not there/,
    ],
    [
      'a wire to nothing',
      [tab, node('a', { wires: [[], ['gone']] })],
      'broken_wire',
      'flows.1.wires.1',
      /"a" \(a\) on "Plant", output 2, is wired to "gone"/,
    ],
    [
      'a wire to another tab',
      [tab, { ...tab, id: 'u', label: 'Other' }, node('a', { wires: [['b']] }), node('b', { z: 'u' })],
      'broken_wire',
      'flows.2.wires.0',
      /use link nodes/,
    ],
    ['wires of another shape', [tab, node('a', { wires: ['b'] })], 'broken_wire', 'flows.1.wires', /no list of outputs/],
    ['a link to nothing', [tab, node('a', { type: 'link out', links: ['gone'] })], 'broken_wire', 'flows.1.links', /links to "gone"/],
    [
      'the end of a subflow that is wired to nothing',
      [{ id: 's', type: 'subflow', name: 'Sub', in: [{ wires: [{ id: 'gone' }] }] }],
      'broken_wire',
      'flows.0.in',
      /"Sub" is wired to "gone"/,
    ],
    [
      'ends of a subflow of another shape',
      [{ id: 's', type: 'subflow', name: 'Sub', out: 7 }],
      'broken_wire',
      'flows.0.out',
      /no list of ends/,
    ],
    ['a missing tab', [node('a')], 'missing_tab', 'flows.0.z', /stands on the tab "t", which is not there/],
    ['no tab at all', [{ id: 'a', type: 'debug', x: 1, y: 1, wires: [] }], 'missing_tab', 'flows.0.z', /stands on no tab/],
    ['a missing group', [tab, node('a', { g: 'g' })], 'missing_tab', 'flows.1.g', /is in the group "g"/],
    [
      'a missing configuration node',
      [tab, node('a', { type: 'mqtt in', broker: 'b' })],
      'missing_config_node',
      'flows.1.broker',
      /configuration node "b" \("broker"\)/,
    ],
    [
      'a bad setting of ours',
      [tab, node('a', { type: 'iiot-threshold-rule', limit: '' })],
      'invalid_config',
      'flows.1.limit',
      /on "Plant": The limit is empty/,
    ],
    ['an id that is there twice', [tab, node('a'), node('a')], 'duplicate_id', 'flows.2.id', /"a" is there twice/],
  ];
  for (const [name, nodes, kind, field, message] of cases) {
    it(`name ${name}`, () => {
      const [problem, ...others] = check(nodes);
      assert.deepEqual(others, []);
      assert.deepEqual(problem?.slice(0, 2), [kind, field]);
      assert.match(problem?.[2] ?? '', message);
    });
  }

  it('leave settings of nodes alone that are switched off, and nodes that stay', () => {
    const bad = { type: 'iiot-threshold-rule', limit: '' };
    assert.deepEqual(check([tab, node('a', { ...bad, d: true })]), []);
    assert.deepEqual(check([{ ...tab, disabled: true }, node('a', bad)]), []);
    assert.deepEqual(check([node('b')], [tab, node('a', { ...bad, wires: [['gone']] })]), []);
  });

  it('find tab, wires and subflows among what is deployed too', () => {
    assert.deepEqual(check([node('b', { wires: [['a']] })], [tab, node('a')]), []);
  });
});

describe('imported flows', () => {
  const [a, b, c]: [FlowNode, FlowNode, FlowNode] = [
    { id: 'a', type: 'tab' },
    { id: 'b', type: 'tab' },
    { id: 'c', type: 'tab' },
  ];

  it('replace by id, keep the rest in its place, and append what is new', () => {
    const other = { ...a, label: 'x' };
    assert.deepEqual(imported([a, b], [c, other], 'merge'), [other, b, c]);
    assert.deepEqual(imported([a, b], [c, other], 'replace'), [c, other]);
  });

  it('go on a given tab where their own is neither sent nor deployed', () => {
    const on = (z?: string): FlowNode => ({ id: 'n', type: 'debug', x: 1, ...(z === undefined ? {} : { z }) });
    assert.deepEqual(
      onTab([on('gone'), on('a'), on('b'), on(), a], [b], 't').map(({ z }) => z),
      ['t', 'a', 'b', 't', undefined],
    );
  });
});
