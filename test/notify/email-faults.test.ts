import assert from 'node:assert/strict';
import type { Outcome } from '../../src/notify/types.ts';
import { channelTo, delivery, going } from './email-parts.ts';
import { refusal, startMailServer, startOddServer } from './smtp.ts';
import type { Phase } from './smtp.ts';

/** What becomes of what a mail server may do wrong; the table of docs/email.md. */
describe('e-mail when the mail server fails', () => {
  /** What comes of one try; the time-outs are short by the URL, as an administrator may set them. */
  async function outcomeAt(
    port: number,
    rest: { query?: string; user?: string; longestSendMs?: number; socketTimeout?: number } = {},
  ): Promise<Outcome> {
    const waits = `connectionTimeout=400&greetingTimeout=400&socketTimeout=${String(rest.socketTimeout ?? 400)}`;
    const url = `smtp://${rest.user ?? ''}127.0.0.1:${String(port)}/?${waits}${rest.query ?? ''}`;
    const channel = channelTo(url, { longestSendMs: rest.longestSendMs ?? 5_000 });
    const outcome = await channel.send(delivery(), going);
    await channel.close();
    return outcome;
  }

  const retryable = (outcome: Outcome) => !outcome.delivered && outcome.retryable;
  const finallyFailed = (outcome: Outcome) => !outcome.delivered && !outcome.retryable;

  for (const phase of ['connect', 'EHLO', 'MAIL', 'RCPT', 'DATA', 'end'] satisfies Phase[]) {
    it(`is tried again after a server that hangs (${phase})`, async () => {
      const odd = await startOddServer(phase, 'hang');
      const outcome = await outcomeAt(odd.port);
      await odd.stop();
      assert.ok(retryable(outcome), outcome.reason);
      assert.match(outcome.reason, /did not answer in time/);
    });

    it(`is tried again after a server that hangs up (${phase}), and by nobody but the queue`, async () => {
      const odd = await startOddServer(phase, 'close');
      const outcome = await outcomeAt(odd.port);
      const connections = odd.connections();
      await odd.stop();
      assert.ok(retryable(outcome), outcome.reason);
      assert.match(outcome.reason, new RegExp(`127\\.0\\.0\\.1:${String(odd.port)}`));
      assert.equal(connections, 1);
    });
  }

  for (const phase of ['connect', 'MAIL', 'RCPT', 'DATA', 'end'] satisfies Phase[]) {
    for (const [answer, isRetried] of [
      ['421 4.3.2 shutting down', true],
      ['450 4.2.0 mailbox busy', true],
      ['452 4.3.1 out of room', true],
      ['550 5.7.1 not wanted', false],
      ['554 5.0.0 no', false],
    ] as const) {
      it(`${isRetried ? 'is tried again' : 'fails at once'} after ${answer.slice(0, 3)} (${phase})`, async () => {
        const odd = await startOddServer(phase, answer);
        const outcome = await outcomeAt(odd.port);
        await odd.stop();
        assert.equal(retryable(outcome), isRetried, outcome.reason);
        assert.ok(outcome.reason.includes(answer), outcome.reason);
      });
    }
  }

  it('is tried again when nobody listens', async () => {
    const odd = await startOddServer('connect', 'hang');
    await odd.stop();
    const outcome = await outcomeAt(odd.port);
    assert.ok(retryable(outcome));
    assert.match(outcome.reason, /ECONNREFUSED/);
  });

  it('gives up a server that sends a byte now and then', async () => {
    const odd = await startOddServer('MAIL', '250-slow');
    const outcome = await outcomeAt(odd.port, { longestSendMs: 300, socketTimeout: 5_000 });
    await odd.stop();
    assert.deepEqual(outcome, {
      delivered: false,
      retryable: true,
      reason: `The mail server 127.0.0.1:${String(odd.port)} did not finish within 0.3 s.`,
    });
  });

  it('ends soon when the platform stops', async () => {
    const odd = await startOddServer('MAIL', 'hang');
    const channel = channelTo(`smtp://127.0.0.1:${String(odd.port)}`);
    const stopping = new AbortController();
    const sending = channel.send(delivery(), stopping.signal);
    while (odd.connections() === 0) await new Promise((resolve) => setImmediate(resolve));
    stopping.abort();
    const outcome = await sending;
    await channel.close();
    await odd.stop();
    assert.ok(retryable(outcome));
    assert.match(outcome.reason, /platform stopped/);
  });

  it('fails at once when the login is refused, and names no password', async () => {
    const server = await startMailServer({
      authOptional: false,
      allowInsecureAuth: true,
      onAuth: (_auth, _session, done) => done(refusal(535, 'wrong')),
    });
    const outcome = await outcomeAt(server.port, { user: 'plant:hunter22@', query: '&requireTLS=false' });
    await server.stop();
    assert.ok(finallyFailed(outcome), outcome.reason);
    assert.match(outcome.reason, /refused the login: 535 .*check user and password in SMTP_URL/);
    assert.doesNotMatch(outcome.reason, /hunter22/);
  });

  it('does not send a password in the clear unless the URL says so', async () => {
    let asked = 0;
    const server = await startMailServer({
      allowInsecureAuth: true,
      onAuth: (_auth, _session, done) => {
        asked += 1;
        done(null, { user: 'plant' });
      },
    });
    const strict = await outcomeAt(server.port, { user: 'plant:hunter22@' });
    assert.equal(asked, 0);
    assert.ok(!strict.delivered, strict.reason);
    assert.match(strict.reason, /STARTTLS|TLS/);
    const loose = await outcomeAt(server.port, { user: 'plant:hunter22@', query: '&requireTLS=false' });
    await server.stop();
    assert.deepEqual([loose.delivered, asked], [true, 1]);
  });

  it('believes no certificate that nobody vouches for, unless the URL says so', async () => {
    for (const [secure, scheme] of [
      [true, 'smtps'],
      [false, 'smtp'],
    ] as const) {
      const server = await startMailServer({ secure, disabledCommands: [] });
      const to = (query: string) => channelTo(`${scheme}://127.0.0.1:${String(server.port)}/${query}`);
      const strict = to('');
      const refused = await strict.send(delivery(), going);
      assert.ok(retryable(refused), refused.reason);
      assert.match(refused.reason, /certificate/);
      assert.equal(server.mails.length, 0);
      const loose = to('?tls.rejectUnauthorized=false');
      assert.equal((await loose.send(delivery(), going)).delivered, true);
      await strict.close();
      await loose.close();
      await server.stop();
    }
  });

  it('is tried again as long as one of the refused recipients may be taken later', async () => {
    const server = await startMailServer({
      onRcptTo: ({ address }, _session, done) => done(address.startsWith('busy') ? refusal(450, 'busy') : refusal(550, 'gone')),
    });
    const channel = channelTo(`smtp://127.0.0.1:${String(server.port)}`);
    const of = (recipient: string) => delivery({ event: 'test', content: {}, recipient });
    const mixed = await channel.send(of('busy@example.com, gone@example.com'), going);
    const gone = await channel.send(of('gone@example.com'), going);
    await channel.close();
    await server.stop();
    assert.ok(retryable(mixed), mixed.reason);
    assert.match(mixed.reason, /450 busy/);
    assert.ok(finallyFailed(gone), gone.reason);
  });

  it('fails at once, with what to correct, when the options in SMTP_URL cannot be used', async () => {
    for (const [query, says] of [
      ['&socketTimeout=abc', /"socketTimeout" more than once/],
      ['&dnsTimeout=soon', /dnsTimeout=soon; it must be milliseconds/],
      ['&pool=false', /"pool", which is unknown; there are requireTLS/],
      ['&tls.rejectUnauthorized=no', /must be true or false/],
    ] as const) {
      const outcome = await outcomeAt(1, { query });
      assert.ok(finallyFailed(outcome));
      assert.match(outcome.reason, says);
    }
  });

  it('goes on after a fault on the same channel', async () => {
    let isBroken = true;
    const server = await startMailServer({ onMailFrom: (_address, _session, done) => done(isBroken ? refusal(451, 'later') : null) });
    const channel = channelTo(`smtp://127.0.0.1:${String(server.port)}`);
    const one = delivery();
    assert.ok(retryable(await channel.send(one, going)));
    isBroken = false;
    assert.equal((await channel.send({ ...one, attempt: 2 }, going)).delivered, true);
    await channel.close();
    await server.stop();
    assert.equal(server.mails[0]?.mail.messageId, `<${one.id}@example.com>`);
  });
});
