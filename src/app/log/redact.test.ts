import assert from 'node:assert/strict';
import { newKey } from '../../auth/new-key.ts';
import { createRedactor, MASK } from './redact.ts';

const redactor = createRedactor([
  'the password of the administrator',
  'smtps://mailer:m%40il-secret-9@mail.example.com',
  'postgres://insa:short@db.example.com/insa',
  undefined,
]);

/** Each with the part of it that nobody may read. */
const SECRETS: readonly (readonly [text: string, secret: string])[] = [
  ['Connecting to postgres://insa:s3cret@db:5432/insa failed', 's3cret'],
  ['redis://:only-a-password@cache:6379', 'only-a-password'],
  ['GET https://hooks.example.com/in?device=4&token=abcDEF123&x=1 failed', 'abcDEF123'],
  ['https://user@name:p@ss@host/x', 'p@ss'],
  ['fetch failed: https://ghp_0123456789abcdef@api.example.com', 'ghp_0123456789abcdef'],
  ['Authorization: Bearer abcdef0123456789', 'abcdef0123456789'],
  ['sent Bearer qwertyuiopasdfghjklzxc', 'qwertyuiopasdfghjklzxc'],
  ['Authorization: Basic aW5zYTpzM2NyZXQ=', 'aW5zYTpzM2NyZXQ='],
  ['cookie: a=1; insa_session=0123456789abcdef0123', '0123456789abcdef0123'],
  ['X-API-Key: some-key-of-somebody', 'some-key-of-somebody'],
  ['the token was eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dGhlc2lnbmF0dXJl', 'eyJzdWIiOiIxIn0'],
  ['the secret is whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
  ['{"user":"a","password":"hunter2 \\" and more","x":1}', 'hunter2'],
  ['{"user":"a","password":"hunter2 \\" and more","x":1}', 'and more'],
  ['body was {"user":"a","password":"hunter2","x":1}', 'hunter2'],
  ['body was "{\\"api_key\\":\\"hunter2\\"}"', 'hunter2'],
  ['smtp_password=hunter2 was refused', 'hunter2'],
  ['535 rejected: AUTH PLAIN AGluc2EAczNjcmV0', 'AGluc2EAczNjcmV0'],
  ['-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg\nkqhkiG9w0\n-----END PRIVATE KEY-----', 'kqhkiG9w0'],
  ['it said: the password of the administrator is wrong', 'the password of the administrator'],
  ['535 m@il-secret-9 is not accepted', 'm@il-secret-9'],
  ['535 m%40il-secret-9 is not accepted', 'm%40il-secret-9'],
];

/** Sentences of the platform and of people. */
const ORDINARY = [
  'A device sent https://docs.example.com:8080/a/b?from=2026-01-01&key=temperature and insa/devices/pump-01/telemetry.',
  'The bearer of this message may pass; a basic understanding is enough.',
  'Bearer tokens and Basic authentication are refused with 401.',
  'The password must be changed before anything else; send PUT /api/v1/auth/password.',
  'Nothing in the request says who is calling. Send "Authorization: Bearer <token>" or "X-API-Key: <key>".'.replace(
    /Send.*/,
    'Send a token or a key.',
  ),
  'METRICS_TOKEN is not set; ADMIN_PASSWORD is shorter than 12 characters.',
  'Keys begin with insa_device_ or insa_gateway_; the one shown as insa_device_Ab3_x9 was revoked.',
  'Mail to ops@example.com and smtp://mail.example.com:587 failed: connect ECONNREFUSED 127.0.0.1:587',
  'Redis (REDIS_URL) cannot be used; insa is the database, and insa the user.',
  'rule "Hot" raised at 81.5 °C for pump-01 (request 0197f3a2-6c1e-7d3b-9a55-0242ac120002)',
  '[{"key":"temperature","value":21.5,"unit":"°C"}]',
];

describe('secrets in logs', () => {
  for (const [text, secret] of SECRETS) {
    it(`are masked in ${JSON.stringify(text.slice(0, 60))}`, () => {
      const masked = redactor.line(`${JSON.stringify({ msg: text, nested: { list: [text] } })}\n`);
      assert.ok(!masked.includes(JSON.stringify(secret).slice(1, -1)), masked);
      assert.ok(masked.includes(MASK), masked);
      assert.ok(!redactor.text(text).includes(secret) || text.startsWith('{'), redactor.text(text));
    });
  }

  for (const kind of ['device', 'gateway', 'program'] as const) {
    it(`are masked in a key of a ${kind}, but for the beginning by which lists show it`, () => {
      const { key, prefix } = newKey(kind);
      assert.equal(redactor.text(`key ${key} is unknown`), `key ${prefix}${MASK} is unknown`);
      assert.ok(!redactor.text(`key ${key.slice(0, -20)}`).includes(key.slice(prefix.length, -20)));
    });
  }

  it('are masked in fields that are called so, at any depth, and in numbers', () => {
    const line = {
      password: 'a',
      body: { pin: 1, smtpPassword: 4711, headers: { authorization: 'x', 'set-cookie': ['a', 'b'] } },
      credentials: { user: 'a', pass: 'b' },
    };
    assert.deepEqual(JSON.parse(redactor.line(JSON.stringify(line))), {
      password: MASK,
      body: { pin: 1, smtpPassword: MASK, headers: { authorization: MASK, 'set-cookie': MASK } },
      credentials: MASK,
    });
  });

  for (const text of ORDINARY) {
    it(`are not seen in ${JSON.stringify(text.slice(0, 60))}`, () => {
      assert.equal(redactor.text(text), text);
      const line = `${JSON.stringify({ msg: text, key: 'temperature', token_type: 'Bearer', must_change_password: true, keys: 3 })}\n`;
      assert.equal(redactor.line(line), line);
    });
  }

  it('leave a line valid JSON, and one that is none readable', () => {
    assert.equal(redactor.line('no JSON password=abc\n'), `no JSON password=${MASK}\n`);
  });

  it('cannot be hidden behind a text that goes on and on: it is cut', () => {
    const cut = redactor.text(`password=abc ${'x'.repeat(100_000)} password=def`);
    assert.ok(cut.length < 17_000 && cut.startsWith(`password=${MASK} `) && !cut.includes('def'), cut.slice(0, 40));
  });
});
