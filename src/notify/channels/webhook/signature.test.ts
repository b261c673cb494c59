import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';
import { secretOf, signatureHeaders } from './signature.ts';

const BODY = '{"version":1,"text":"Größe, 温度"}';
const NEW = secretOf(Buffer.alloc(32, 1));
const OLD = secretOf(Buffer.alloc(32, 2));

describe('signatures of webhooks', () => {
  const nowSeconds = () => Math.floor(new Date().getTime() / 1_000);
  const headersOf = (secrets: readonly string[], timestampSeconds = nowSeconds()) =>
    signatureHeaders({ id: 'd1', timestampSeconds, body: BODY, secrets });

  it('are accepted by the reference library of Standard Webhooks', () => {
    assert.deepEqual(new Webhook(NEW).verify(BODY, headersOf([NEW])), JSON.parse(BODY));
  });

  it('are refused by it for another body, id, time, secret, and when they are old', () => {
    const reference = new Webhook(NEW);
    const good = headersOf([NEW]);
    const refused = (body: string, headers: Record<string, string>) =>
      assert.throws(() => reference.verify(body, headers), WebhookVerificationError);
    refused(`${BODY} `, good);
    refused(BODY, { ...good, 'webhook-id': 'd2' });
    refused(BODY, { ...good, 'webhook-timestamp': String(nowSeconds() + 1) });
    refused(BODY, headersOf([OLD]));
    refused(BODY, headersOf([NEW], nowSeconds() - 301));
  });

  it('are accepted with the old and with the new secret while both are in force', () => {
    const headers = headersOf([NEW, OLD]);
    for (const secret of [NEW, OLD]) assert.ok(new Webhook(secret).verify(BODY, headers));
    assert.match(headers['webhook-signature'] ?? '', /^v1,\S+ v1,\S+$/);
    assert.match(headers['X-INSA-Signature'] ?? '', /^sha256=[0-9a-f]{64} sha256=[0-9a-f]{64}$/);
  });

  it('have one of our own over time and body, with the same key', () => {
    const { 'X-INSA-Signature': signature, ...others } = headersOf([NEW], 1_790_000_000);
    const expected = createHmac('sha256', Buffer.alloc(32, 1)).update(`1790000000.${BODY}`).digest('hex');
    assert.equal(signature, `sha256=${expected}`);
    assert.equal(others['X-INSA-Timestamp'], '1790000000');
    assert.equal(others['X-INSA-Delivery'], 'd1');
  });

  it('take a secret that is plain text as its bytes, as the reference library does with the same bytes', () => {
    const text = 'a secret of the installation';
    const headers = headersOf([text]);
    assert.ok(new Webhook(Buffer.from(text).toString('base64')).verify(BODY, headers));
  });
});
