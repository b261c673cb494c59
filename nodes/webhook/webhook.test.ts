import assert from 'node:assert/strict';
import { actionFlow, queuedOf } from '../../test/nodes/support/action-flow.ts';
import { startFlowPlatform } from '../../test/nodes/support/flow-platform.ts';
import { RunningFlow } from '../../test/nodes/support/runtime.ts';
import { readConfig } from '../shared/node-config.ts';
import { webhookConfig } from './webhook.config.ts';

const FIELDS = { url: 'https://example.com/alerts', headers: 'Authorization: Bearer abc:def\n\nX-Plant: north', on: 'both' };

describe('iiot-webhook', () => {
  it('queues a request with its headers', async () => {
    const platform = await startFlowPlatform();
    await platform.createDevice('pump-01');
    const flow = new RunningFlow();
    await flow.start(platform, actionFlow('iiot-webhook', FIELDS));
    await platform.submit('pump-01', { temperature: 90 });
    await flow.arrived('passed', 1);
    const [queued] = await queuedOf(platform);
    assert.deepEqual([queued?.channel, queued?.recipient], ['webhook', 'https://example.com/alerts']);
    const headers = { Authorization: 'Bearer abc:def', 'X-Plant': 'north' };
    assert.deepEqual(queued?.content.action, { type: 'webhook', url: 'https://example.com/alerts', headers });
    await flow.stop();
    await platform.stop();
  });

  it('queues the headers of its credentials, whatever an older version left in the flow', async () => {
    const platform = await startFlowPlatform();
    await platform.createDevice('pump-01');
    const flow = new RunningFlow();
    const credentials = { act: { secretHeaders: 'Authorization: Bearer kept apart' } };
    await flow.start(platform, actionFlow('iiot-webhook', FIELDS), [], credentials);
    await platform.submit('pump-01', { temperature: 90 });
    await flow.arrived('passed', 1);
    const [queued] = await queuedOf(platform);
    const headers = { Authorization: 'Bearer kept apart' };
    assert.deepEqual(queued?.content.action, { type: 'webhook', url: 'https://example.com/alerts', headers });
    await flow.stop();
    await platform.stop();
  });

  const REFUSED: [string, object, string, RegExp][] = [
    ['no URL', { url: '' }, 'url', /The URL is blank/],
    ['a file', { url: 'file:///etc/passwd' }, 'url', /https:\/\/ or http:\/\//],
    ['a login in the URL', { url: 'https://user:secret@example.com/' }, 'url', /user name or password/],
    ['a header of ours', { headers: 'X-INSA-Signature: abc' }, 'headers', /the platform sets itself/],
    ['a header that frames the request', { headers: 'transfer-encoding: chunked' }, 'headers', /the platform sets itself/],
    ['a header without a name', { headers: 'Bearer abc' }, 'headers', /no name with a colon/],
    ['a header with a space in its name', { headers: 'My Header: 1' }, 'headers', /letters, digits and - only/],
    ['a header that HTTP cannot carry', { headers: 'X-Name: \u4f60' }, 'headers', /letters of Latin-1/],
    ['a line break inside a header', { headers: 'X-Name: a\rb' }, 'headers', /line break/],
    ['21 headers', { headers: Array.from({ length: 21 }, (_, n) => `X-${String(n)}: a`).join('\n') }, 'headers', /more than 20/],
  ];
  for (const [what, wrong, field, reason] of REFUSED) {
    it(`refuses ${what} in the form, and says why`, () => {
      const read = readConfig(webhookConfig, { ...FIELDS, ...wrong });
      assert.ok(!read.ok);
      assert.deepEqual(
        read.problems.map((problem) => problem.field),
        [field],
      );
      assert.match(read.problems[0]?.message ?? '', reason);
    });
  }
});
