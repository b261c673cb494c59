import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FlowNode } from '../../flows/flow-node.ts';
import { deployGuard } from './deploy-guard.ts';

describe('the guard of deployments', () => {
  const gone: FlowNode = { id: 'old', type: 'left-pad', z: 't' };
  const tab: FlowNode = { id: 't', type: 'tab', label: 'Plant' };
  const subflow: FlowNode = { id: 's', type: 'subflow', name: 'Sub' };
  const use: FlowNode = { id: 'use', type: 'subflow:s', z: 't' };
  const guard = deployGuard(
    { tokenHeader: 'x-internal', tokens: () => Promise.resolve(null) },
    {
      deployed: () => Promise.resolve([tab, gone, subflow, use]),
      types: () => Promise.resolve(new Set(['debug'])),
      filed: () => Promise.resolve([]),
    },
  );

  /** `passed`, or the text of the refusal. */
  function deploy(body: unknown, path = '/flows'): Promise<string> {
    const text = JSON.stringify(body);
    const headers = { 'content-type': 'application/json; charset=utf-8', 'content-length': String(Buffer.byteLength(text)) };
    const request = Object.assign(new PassThrough(), { method: 'POST', path, headers });
    request.end(text);
    return new Promise((resolve, reject) => {
      const response = { writeHead: () => undefined, end: (answer: string) => resolve(answer) };
      const next = (error?: unknown) =>
        error === undefined ? resolve('passed') : reject(error instanceof Error ? error : new Error('The body was not read'));
      guard(request as unknown as IncomingMessage, response as unknown as ServerResponse, next);
    });
  }

  it('lets a type that was missing before stay, and refuses every other one that is missing', async () => {
    const more: FlowNode = { id: 'more', type: 'left-pad', z: 't' };
    assert.equal(await deploy([tab, gone, more, { id: 'd', type: 'debug', z: 't' }]), 'passed');
    assert.match(await deploy({ flows: [tab, gone, { id: 'n', type: 'right-pad', z: 't' }] }), /"right-pad" \(n\) on "Plant"/);
  });

  it('refuses to take a subflow away from its instances', async () => {
    assert.equal(await deploy([tab, gone, subflow, use]), 'passed');
    assert.match(await deploy([tab, gone, use]), /instance of the subflow "s", which is not there/);
    assert.equal(await deploy({ label: 'New', nodes: [{ ...use, id: 'use-2' }] }, '/flow'), 'passed');
  });

  it('leaves what is no node to Node-RED, and names at most five', async () => {
    assert.equal(await deploy([null, 7, 'x', {}, { id: 'd', type: 'debug' }]), 'passed');
    assert.match(await deploy([{ type: ['exec'] }]), /"exec"/);
    const many = Array.from({ length: 7 }, (_, n) => ({ id: String(n), type: `none-${String(n)}` }));
    assert.match(await deploy(many), /And 2 more\.$/);
  });
});
