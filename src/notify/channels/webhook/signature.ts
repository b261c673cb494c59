import { createHmac } from 'node:crypto';

/** What is signed: the same id and body at every try, the time of this one. */
export interface Signed {
  /** Of the notification; receivers know repeats by it. */
  id: string;
  /** When this try is made, whole seconds of the epoch. */
  timestampSeconds: number;
  body: string;
  /** The secret in force first; the one before it while both are in force. */
  secrets: readonly string[];
}

const PREFIX = 'whsec_';

/** A secret as Standard Webhooks writes it, of 24 to 64 random bytes: `whsec_` and their base64. */
export function secretOf(bytes: Buffer): string {
  return `${PREFIX}${bytes.toString('base64')}`;
}

/** The key in a secret: what stands after `whsec_` decoded from base64; any other text stands for its own bytes in UTF-8. */
function keyOf(secret: string): Buffer {
  return secret.startsWith(PREFIX) ? Buffer.from(secret.slice(PREFIX.length), 'base64') : Buffer.from(secret, 'utf8');
}

/**
 * The headers that prove who sent a request and when: our own (`X-INSA-*`, HMAC-SHA256 in hex over `{timestamp}.{body}`) and those of Standard
 * Webhooks (`webhook-*`, in base64 over `{id}.{timestamp}.{body}`). With several secrets each header of a signature has one of each, with
 * spaces between them.
 */
export function signatureHeaders({ id, timestampSeconds, body, secrets }: Signed): Record<string, string> {
  const timestamp = String(timestampSeconds);
  const keys = secrets.map(keyOf);
  const each = (prefix: string, encoding: 'hex' | 'base64', text: string) =>
    keys.map((key) => `${prefix}${createHmac('sha256', key).update(text).digest(encoding)}`).join(' ');
  return {
    'X-INSA-Delivery': id,
    'X-INSA-Timestamp': timestamp,
    'X-INSA-Signature': each('sha256=', 'hex', `${timestamp}.${body}`),
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': each('v1,', 'base64', `${id}.${timestamp}.${body}`),
  };
}
