import assert from 'node:assert/strict';
import { ALERT, deliveryOf, DELIVERY_ID, linkTo, RUNNING } from '../../../../test/notify/deliveries.ts';
import type { Outcome } from '../../types.ts';
import { FlowChannel } from './flow-channel.ts';
import { FlowEntries } from './flow-entries.ts';
import type { FlowActionMessage } from './flow-entries.ts';

describe('the channel of flows', () => {
  let entries: FlowEntries;
  let channel: FlowChannel;
  beforeEach(() => {
    entries = new FlowEntries();
    channel = new FlowChannel({ entries, linkTo, timeoutMs: 50 });
  });
  const send = (signal = RUNNING): Promise<Outcome> => channel.send(deliveryOf({ type: 'flow', entry: 'pumps' }), signal);

  it('hands the alert to the entry, with the id by which a repeat is known', async () => {
    const taken: FlowActionMessage[] = [];
    entries.register('pumps', (message) => void taken.push(message));
    assert.deepEqual(await send(), { delivered: true, reason: 'The entry "pumps" took it.' });
    await send();
    assert.deepEqual(taken[0], {
      ...{ id: DELIVERY_ID, attempt: 1, event: 'raised' },
      alert: { version: 1, ...ALERT },
      device: { name: 'Pump 1', type: 'pump', location: 'Hall A' },
      link: `http://plant.example/alerts/${ALERT.id}`,
    });
    assert.deepEqual(taken[1], taken[0]);
  });

  it('tries for a minute when there is no such entry, and names those that exist', async () => {
    entries.register('fans', () => undefined);
    const outcome = await send();
    assert.ok(!outcome.delivered && outcome.retryable);
    assert.match(outcome.reason, /No flow has an iiot-rule-action-in named "pumps" \(there are "fans"\)/);
    assert.equal(
      channel.retryDelaysMs.reduce((sum, delayMs) => sum + delayMs, 0),
      60_000,
    );
  });

  it('tries again when the entry fails, or does not take it in time', async () => {
    const remove = entries.register('pumps', () => Promise.reject(new Error('stuck')));
    assert.deepEqual(await send(), { delivered: false, retryable: true, reason: 'The entry "pumps" failed: stuck' });
    remove();
    entries.register('pumps', () => new Promise(() => undefined));
    assert.deepEqual(await send(), { delivered: false, retryable: true, reason: 'The entry "pumps" did not take it in time.' });
  });

  it('does not wait for a flow when the platform stops', async () => {
    entries.register('pumps', () => new Promise(() => undefined));
    const waiting = new FlowChannel({ entries, linkTo }).send(deliveryOf({ type: 'flow', entry: 'pumps' }), AbortSignal.abort());
    assert.deepEqual(await waiting, { delivered: false, retryable: true, reason: 'The platform stopped before the flow took it.' });
  });
});
