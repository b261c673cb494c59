import assert from 'node:assert/strict';
import { delivery, alertContent } from '../../test/notify/email-parts.ts';
import { perRecipient } from './per-recipient.ts';

describe('notifications for each recipient', () => {
  const queued = (rest: object) => ({ ...delivery(), dedupKey: 'transition:1:act', ...rest });

  it('are made of an e-mail to several, each addressed to one alone, under a key of its own', () => {
    const recipients = ['ops@example.com', 'boss@example.com', 'ops@example.com'];
    const { key, each } = perRecipient(queued({ recipient: 'cut off', content: alertContent({ action: { recipients, subject: 'Hot' } }) }));
    assert.equal(key, 'transition:1:act');
    assert.deepEqual(
      each.map(({ dedupKey, recipient, content }) => [dedupKey, recipient, (content as { action: object }).action]),
      ['ops@example.com', 'boss@example.com'].map((address) => [
        `transition:1:act:${address}`,
        address,
        { type: 'email', recipients: [address], timezone: 'America/Bogota', subject: 'Hot' },
      ]),
    );
  });

  it('are made of reports and of devices offline, whose recipients are in the ledger’s text', () => {
    const { each } = perRecipient(queued({ event: 'daily_report', recipient: 'a@example.com, b@example.com', content: { start: 's' } }));
    assert.deepEqual(
      each.map(({ recipient, content }) => [recipient, content]),
      [
        ['a@example.com', { start: 's' }],
        ['b@example.com', { start: 's' }],
      ],
    );
  });

  it('are what was given when there is one recipient, or another channel', () => {
    for (const one of [queued({}), queued({ channel: 'webhook', recipient: 'https://example.com/a,b@c' }), queued({ recipient: '' })]) {
      assert.deepEqual(perRecipient(one), { tenantId: 'default', key: one.dedupKey, each: [one] });
    }
  });
});
