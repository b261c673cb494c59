import assert from 'node:assert/strict';
import { channelTo, delivery, going } from './email-parts.ts';
import { startMailServer } from './smtp.ts';

describe('the longest that one try of an e-mail takes', function () {
  this.timeout(20_000);

  it('holds for a server that hangs at one recipient, whose connection is closed; others get theirs meanwhile', async () => {
    let closed = 0;
    const asked = Promise.withResolvers<undefined>();
    const server = await startMailServer({
      onRcptTo: ({ address }, _session, done) => {
        if (address.startsWith('hangs')) asked.resolve(undefined);
        else done();
      },
      onClose: () => (closed += 1),
    });
    // The wait for each answer is as long as an administrator may set it: it does not end the try.
    const channel = channelTo(`smtp://127.0.0.1:${String(server.port)}/?socketTimeout=600000`, { longestSendMs: 1_500 });
    const hanging = channel.send(delivery({ recipient: 'hangs@example.com', event: 'test', content: {} }), going);
    await asked.promise;
    const other = await channel.send(delivery({ recipient: 'ops@example.com', event: 'test', content: {} }), going);
    assert.ok(other.delivered, other.reason);
    const outcome = await hanging;
    assert.deepEqual(outcome, {
      delivered: false,
      retryable: true,
      reason: `The mail server 127.0.0.1:${String(server.port)} did not finish within 1.5 s.`,
    });
    while (closed === 0) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(closed, 1, 'the connection of the others stays');
    await channel.close();
    await server.stop();
  });

  it('holds for figures that do not come', async () => {
    const server = await startMailServer();
    const channel = channelTo(`smtp://127.0.0.1:${String(server.port)}`, {
      longestSendMs: 300,
      reports: { daily: () => new Promise(() => undefined), rules: () => new Promise(() => undefined) },
    });
    const content = { start: '2026-11-20T00:00:00.000Z', end: '2026-11-21T00:00:00.000Z', timezone: 'UTC' };
    const outcome = await channel.send(delivery({ event: 'daily_report', content }), going);
    await channel.close();
    await server.stop();
    assert.deepEqual(outcome, { delivered: false, retryable: true, reason: 'The e-mail could not be made within 0.3 s.' });
    assert.equal(server.connections(), 0);
  });
});
