import assert from 'node:assert/strict';
import { deliveryOf, SECRETS } from '../../../test/notify/deliveries.ts';
import type { Action } from '../../contracts/actions.ts';
import type { NewNotification } from '../types.ts';
import { openedContent, SealingOutbox, withHeaders } from './header-secrets.ts';

const WEBHOOK = { type: 'webhook', url: 'https://a.example.com/', headers: { 'X-Key': 'hunter2!', 'X-Long': 'l'.repeat(4_000) } } as const;
const N8N = { type: 'n8n', url: 'https://b.example.com/', header: { name: 'X-Key', value: 'hunter2!' } } as const;

describe('values of headers in what is queued', () => {
  const queued = async (action: Action, way: 'queue' | 'enqueue'): Promise<NewNotification> => {
    const taken: NewNotification[] = [];
    const take = (notifications: readonly NewNotification[]) => Promise.resolve(notifications.map((each) => String(taken.push(each))));
    const outbox = new SealingOutbox({ queue: take, enqueue: (_tx, notifications) => take(notifications) }, SECRETS);
    const given = [deliveryOf(action)];
    await (way === 'queue' ? outbox.queue(given) : outbox.enqueue({ query: () => Promise.reject(new Error('not asked')) }, given));
    const [one] = taken;
    assert.ok(one !== undefined);
    return one;
  };

  for (const action of [WEBHOOK, N8N]) {
    for (const way of ['queue', 'enqueue'] as const) {
      it(`are encrypted by ${way} of ${action.type}, and come back as they were for whoever sends it`, async () => {
        const { content } = await queued(action, way);
        assert.ok(!JSON.stringify(content).includes('hunter2'));
        assert.deepEqual(openedContent(SECRETS, 'default', content), deliveryOf(action).content);
      });
    }
  }

  it('are encrypted once, and what has none is left as it is', async () => {
    const { content } = await queued(WEBHOOK, 'queue');
    const again = await queued((content as { action: Action }).action, 'queue');
    assert.deepEqual(again.content, content);
    const flow = { type: 'flow', entry: 'x' } as const;
    assert.deepEqual((await queued(flow, 'queue')).content, deliveryOf(flow).content);
    for (const odd of [null, 'text', 7, [], { headers: null }, { header: 'x' }]) assert.deepEqual(withHeaders(odd, () => 'changed'), odd);
  });
});
