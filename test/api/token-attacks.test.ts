import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { call, Client, JWT_SECRET, startApi } from './support.ts';
import type { Answer, ApiFixture } from './support.ts';

type Claims = Record<string, unknown>;

const encode = (part: object | string): string => Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');

describe('tokens that are not good', () => {
  let fixture: ApiFixture;
  let admin: Client & { tokens: { access_token: string; refresh_token: string }; cookie: string };
  let claims: Claims;
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2_048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });

  before(async () => {
    fixture = await startApi();
    admin = await Client.login(fixture, 'admin');
    claims = jwt.decode(admin.tokens.access_token) as Claims;
  });
  after(() => fixture.stop());

  const show = (token: string, scheme = 'Bearer') =>
    call(fixture.url, 'GET', '/api/v1/auth/me', { headers: { authorization: `${scheme} ${token}` } });
  const sign = (changes: Claims, secret = JWT_SECRET, algorithm: jwt.Algorithm = 'HS256') =>
    jwt.sign({ ...claims, ...changes }, secret, { algorithm });
  /** A token of parts, whatever a library would say to them. */
  const forge = (header: object, payload: object, signature: string) => `${encode(header)}.${encode(payload)}.${signature}`;

  it('would be good if they were as ours are', async () => {
    assert.equal((await show(sign({}))).status, 200, 'what the tests below change is the reason of their refusal');
  });

  const attacks: Record<string, () => string | Promise<string>> = {
    'no algorithm': () => forge({ alg: 'none', typ: 'JWT' }, claims, ''),
    'no algorithm, in other letters': () => forge({ alg: 'nOnE', typ: 'JWT' }, claims, ''),
    'no algorithm and the signature of a good one': () => forge({ alg: 'none' }, claims, admin.tokens.access_token.split('.')[2] ?? ''),
    'no signature': () => `${admin.tokens.access_token.split('.').slice(0, 2).join('.')}.`,
    'no header at all': () => `.${encode(claims)}.`,
    'a foreign key': () => sign({}, 'another secret that nobody here uses'),
    'an empty key': () => {
      const [header, payload] = [encode({ alg: 'HS256', typ: 'JWT' }), encode(claims)];
      return `${header}.${payload}.${createHmac('sha256', '').update(`${header}.${payload}`).digest('base64url')}`;
    },
    'a key of its own, named in the header': () =>
      jwt.sign(claims, privateKey, { algorithm: 'RS256', header: { alg: 'RS256', jku: 'http://127.0.0.1:9/keys', kid: '../../dev/null' } }),
    'an RSA signature where a shared secret is expected': () => jwt.sign(claims, privateKey, { algorithm: 'RS256' }),
    'a public key as the shared secret': () => sign({}, publicKey),
    'our secret with another algorithm': () => sign({}, JWT_SECRET, 'HS512'),
    'its time over': () => sign({ iat: Number(claims['iat']) - 1_000, exp: Number(claims['iat']) - 1 }),
    'its time not come': () => sign({ nbf: Number(claims['iat']) + 600 }),
    'no end': () => {
      const { exp: _end, ...endless } = claims;
      return jwt.sign(endless, JWT_SECRET, { algorithm: 'HS256' });
    },
    'another person in it': () => {
      const [header = '', , signature = ''] = admin.tokens.access_token.split('.');
      return `${header}.${encode({ ...claims, sub: '00000000-0000-4000-8000-000000000000' })}.${signature}`;
    },
    'a later end in it': () => {
      const [header = '', , signature = ''] = admin.tokens.access_token.split('.');
      return `${header}.${encode({ ...claims, exp: Number(claims['exp']) + 86_400 })}.${signature}`;
    },
    'another audience': () => sign({ aud: 'somebody else' }),
    'the audience of the cookie': () => sign({ aud: 'insa:session' }),
    'another issuer': () => sign({ iss: 'somebody else' }),
    'a login that never was': () => sign({ login: '00000000-0000-4000-8000-000000000000' }),
    'a login that is no id': () => sign({ login: "' or 1=1 --" }),
    'no login': () => sign({ login: undefined }),
    'a person who is not the one of the login': () => sign({ sub: '00000000-0000-4000-8000-000000000000' }),
    'a refresh token': () => admin.tokens.refresh_token,
    'the value of the session cookie': () => admin.cookie.slice('insa_session='.length),
    'an API key': async () => (await admin.post('/api-keys', { name: 'as a token', kind: 'program' })).body.key,
    'two tokens': () => `${admin.tokens.access_token}, Bearer ${admin.tokens.access_token}`,
    'no text at all': () => '.',
    'a header that is no JSON': () => `${encode('{')}.${encode('{')}.x`,
    'a text of 7,000 characters': () => 'a'.repeat(7_000),
    'a login that has ended': async () => {
      const other = await Client.login(fixture, 'admin');
      assert.equal((await other.post('/auth/logout')).status, 204);
      return other.tokens.access_token;
    },
    'a person who was removed': async () => {
      const userId = await fixture.addUser('removed', 'engineer');
      const { access_token: token } = (await Client.login(fixture, 'removed')).tokens;
      assert.equal((await show(token)).status, 200);
      await fixture.sql('delete from users where user_id = $1', [userId]);
      fixture.clock.offsetMs += 31_000;
      return token;
    },
  };

  const answers: Answer[] = [];
  for (const [what, make] of Object.entries(attacks)) {
    it(`are refused: ${what}`, async () => {
      const answer = await show(await make());
      assert.equal(answer.status, 401, answer.text);
      answers.push(answer);
    });
  }

  it('are all refused in the same words, so that none tells how close it was', () => {
    assert.equal(answers.length, Object.keys(attacks).length);
    const said = new Set(answers.map(({ body: { request_id: _id, ...rest } }) => JSON.stringify(rest)));
    assert.equal(said.size, 1, [...said].join('\n'));
    for (const { headers } of answers) assert.equal(headers.get('www-authenticate'), 'Bearer');
    const [first] = answers;
    assert.equal(first?.body.code, 'UNAUTHENTICATED');
    assert.doesNotMatch(first?.text ?? '', /signature|algorithm|audience|issuer|malformed|jwt|claim/i);
  });

  it('are refused wherever a good one is taken: cookie, key and refresh', async () => {
    const { access_token: access, refresh_token: refresh } = admin.tokens;
    const me = (headers: Record<string, string>) => call(fixture.url, 'GET', '/api/v1/auth/me', { headers });
    assert.equal((await me({ cookie: `insa_session=${access}` })).status, 401, 'an access token is no cookie');
    assert.equal((await me({ cookie: `insa_session=${refresh}` })).status, 401);
    assert.equal((await me({ 'x-api-key': access })).status, 401);
    const spent = (token: string) => call(fixture.url, 'POST', '/api/v1/auth/refresh', { body: { refresh_token: token } });
    for (const token of [access, admin.cookie.slice('insa_session='.length), 'x']) assert.equal((await spent(token)).status, 401);
    assert.equal((await me({ authorization: 'Bearer x', cookie: admin.cookie })).status, 401, 'a good cookie does not excuse a bad token');
    assert.equal((await show(access)).status, 200, 'and the good one is still good');
  });
});
