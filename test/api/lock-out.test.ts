import assert from 'node:assert/strict';
import type { RateLimiterAbstract } from 'rate-limiter-flexible';
import { memoryLimiters } from '../../src/auth/limiters.ts';
import { KNOWN_PLACE_MS } from '../../src/auth/login-guard.ts';
import { call, Client, PASSWORD, startApi } from './support.ts';
import type { ApiFixture } from './support.ts';

/** Guessing is slow, and nobody can use that to keep somebody else out. */
describe('the lock-out of guessers', () => {
  let fixture: ApiFixture;
  const counters = new Map<string, RateLimiterAbstract>();
  let addresses = 0;
  let users = 0;

  before(async () => {
    fixture = await startApi({
      // The test is the proxy, and says from where each request comes.
      trustProxy: '1',
      limiters: (options) => {
        const limiter = memoryLimiters(options);
        counters.set(options.name, limiter);
        return limiter;
      },
    });
  });
  after(() => fixture.stop());

  const newAddress = () => `203.0.113.${String((addresses += 1))}`;
  const login = (username: string, password: string, address: string) =>
    call(fixture.url, 'POST', '/api/v1/auth/login', { body: { username, password }, headers: { 'x-forwarded-for': address } });
  /** As if the wait of an account at an address were over. */
  const waited = (username: string, address: string) => counters.get('login-pace')?.delete(`${address} ${username}`);
  const refusals = (actor: string) =>
    fixture.sql(
      `select details->>'reason' as reason from audit_log where action = 'login' and outcome = 'refused' and actor = $1 order by audit_id`,
      [actor],
    );

  async function newUser(): Promise<string> {
    const username = `locked-${String((users += 1))}`;
    await fixture.addUser(username, 'viewer');
    return username;
  }

  async function guess(username: string, address: string, times: number): Promise<void> {
    for (let i = 0; i < times; i += 1) await login(username, `guess number ${String(i)}`, address);
  }

  it('doubles the wait with each failure after the fifth, up to 15 minutes', async () => {
    const username = await newUser();
    const address = newAddress();
    await guess(username, address, 5);
    const waits: number[] = [];
    for (let failure = 6; failure <= 11; failure += 1) {
      await waited(username, address);
      assert.equal((await login(username, 'guess', address)).status, 401);
      const held = await login(username, PASSWORD, address);
      assert.equal(held.status, 429, 'the right password has to wait as well');
      assert.equal(held.headers.get('ratelimit-remaining'), '0');
      assert.equal(held.headers.get('ratelimit-limit'), '5');
      // Whole minutes: some of the wait may be over.
      waits.push(Math.ceil(Number(held.headers.get('retry-after')) / 60));
    }
    assert.deepEqual(waits, [2, 4, 8, 15, 15, 15]);
  });

  it('forgets the failures of an address with a login that succeeds', async () => {
    const username = await newUser();
    const address = newAddress();
    await guess(username, address, 7);
    await waited(username, address);
    assert.equal((await login(username, PASSWORD, address)).status, 200);
    await guess(username, address, 4);
    assert.equal((await login(username, PASSWORD, address)).status, 200);
  });

  it('does not hold back other addresses of the same account, nor other accounts of the address', async () => {
    const username = await newUser();
    const attacker = newAddress();
    await guess(username, attacker, 6);
    assert.equal((await login(username, PASSWORD, attacker)).status, 429);
    assert.equal((await login(username, PASSWORD, newAddress())).status, 200);
    assert.equal((await login(await newUser(), PASSWORD, attacker)).status, 200);
  });

  it('slows down unknown addresses when many of them guess, but not the one the person works at', async () => {
    const username = await newUser();
    const home = newAddress();
    assert.equal((await login(username, PASSWORD, home)).status, 200);
    for (let i = 0; i < 21; i += 1) await guess(username, newAddress(), 1);

    const attacker = newAddress();
    assert.equal((await login(username, 'guess', attacker)).status, 401, 'one attempt');
    const held = await login(username, 'guess', attacker);
    assert.equal(held.status, 429, 'and no second one for a quarter of an hour');
    assert.equal(Math.ceil(Number(held.headers.get('retry-after')) / 60), 15);
    assert.equal(held.headers.get('ratelimit-limit'), '1');

    await guess(username, home, 3);
    assert.equal((await login(username, PASSWORD, home)).status, 200, 'with mistakes and all');
    assert.equal((await login(username, PASSWORD, newAddress())).status, 200, 'who knows the password gets in from anywhere');
  });

  it('knows an address for 30 days after the last login from there, over restarts', async () => {
    const username = await newUser();
    const home = newAddress();
    await login(username, PASSWORD, home);
    const [row] = await fixture.sql(`select place from login_places join users using (user_id) where username = $1`, [username]);
    assert.equal(row?.['place'], home);
    for (let i = 0; i < 21; i += 1) await guess(username, newAddress(), 1);
    fixture.clock.offsetMs = KNOWN_PLACE_MS + 60_000;
    try {
      await guess(username, home, 1);
      assert.equal((await login(username, PASSWORD, home)).status, 429, 'it counts as unknown again');
    } finally {
      fixture.clock.offsetMs = 0;
    }
  });

  it('treats names that do not exist as it treats those that do', async () => {
    const name = 'nobody-of-that-name';
    const attacker = newAddress();
    const seen: unknown[] = [];
    for (const username of [name, await newUser()]) {
      const address = newAddress();
      for (let i = 0; i < 7; i += 1) {
        const { status, headers, body } = await login(username, 'guess', address);
        seen.push([status, headers.get('ratelimit-limit'), headers.get('ratelimit-remaining'), body.detail.replaceAll(/\d+ s/g, '')]);
      }
    }
    assert.deepEqual(seen.slice(0, 7), seen.slice(7));
    for (let i = 0; i < 21; i += 1) await guess(name, newAddress(), 1);
    await guess(name, attacker, 1);
    assert.equal((await login(name, 'guess', attacker)).status, 429, 'guessed at from many addresses, too');
  });

  it('counts an address of IPv6 with its whole network, and one of IPv4 the same in both notations', async () => {
    const username = await newUser();
    for (let i = 1; i <= 5; i += 1) await login(username, 'guess', `2001:db8:1:2::${String(i)}`);
    assert.equal((await login(username, PASSWORD, '2001:DB8:1:2:ffff::1')).status, 429);
    assert.equal((await login(username, PASSWORD, '2001:db8:1:3::1')).status, 200);
    const address = newAddress();
    await guess(username, `::ffff:${address}`, 5);
    assert.equal((await login(username, PASSWORD, address)).status, 429);
  });

  it('allows 60 attempts a minute from one address, whatever the accounts', async () => {
    const address = newAddress();
    const answers = await Promise.all(Array.from({ length: 61 }, (_, i) => login(`spray-${String(i)}`, 'guess', address)));
    assert.equal(answers.filter(({ status }) => status === 429).length, 1);
    assert.equal(answers.filter(({ status }) => status === 401).length, 60);
  });

  it('writes down what it refuses, with the reason', async () => {
    const username = await newUser();
    const address = newAddress();
    await guess(username, address, 6);
    assert.deepEqual(
      (await refusals(username)).map(({ reason }) => reason),
      [...Array.from({ length: 5 }, () => 'wrong_password'), 'rate_limited'],
    );
    const other = await newUser();
    const client = await Client.login(fixture, other);
    await client.post('/auth/logout');
    const done = await fixture.sql(`select action, outcome, address from audit_log where actor = $1 order by audit_id`, [other]);
    assert.deepEqual(
      done.map(({ action, outcome }) => [action, outcome]),
      [
        ['login', 'ok'],
        ['logout', 'ok'],
      ],
    );
    assert.ok(done.every(({ address: from }) => typeof from === 'string' && from !== ''));
  });

  it('writes of a name that nobody has its first three characters and its length: it may be a password in the wrong field', async () => {
    await login('never-seen', 'guess', newAddress());
    assert.deepEqual(await refusals('never-seen'), []);
    const lines = await fixture.sql(`select actor, details from audit_log where action = 'login' order by audit_id desc limit 1`);
    assert.deepEqual(lines, [{ actor: 'unknown', details: { reason: 'unknown_user', username: 'nev', username_length: 10 } }]);
    assert.equal((await fixture.sql(`select 1 from audit_log where (audit_log.*)::text like '%never-seen%'`)).length, 0);
  });

  it('holds back guessing of the current password by somebody who took over a screen', async () => {
    const username = await newUser();
    const client = await Client.login(fixture, username);
    const change = (current: string) =>
      client.send('PUT', '/auth/password', { current_password: current, new_password: 'another long password' });
    for (let i = 0; i < 5; i += 1) assert.equal((await change('guess')).status, 400);
    assert.equal((await change(PASSWORD)).status, 429);
    const rows = await fixture.sql(`select details->>'reason' as reason from audit_log where action = 'password.change' and actor = $1`, [
      username,
    ]);
    assert.equal(rows.filter(({ reason }) => reason === 'rate_limited').length, 1);
  });
});
