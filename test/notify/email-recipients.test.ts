import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { alertContent, channelTo } from './email-parts.ts';
import { refusal, startMailServer } from './smtp.ts';
import type { MailServer } from './smtp.ts';
import { notification, startNotify, until } from './support.ts';
import type { NotifyFixture } from './support.ts';

/** What becomes of e-mails to several recipients, some of whom a mail server does not take. */
describe('recipients of e-mails', () => {
  let fixture: NotifyFixture;
  let server: MailServer;
  /** RCPT commands that were answered by nothing, by address. */
  let hanging: string[];

  beforeEach(async () => {
    fixture = await startNotify();
    hanging = [];
    server = await startMailServer({
      onRcptTo: ({ address }, _session, done) => {
        if (address.startsWith('hang')) hanging.push(address);
        else done(address.startsWith('gone') ? refusal(550, 'no such user') : address.startsWith('busy') ? refusal(450, 'busy') : null);
      },
    });
  });

  afterEach(async () => {
    await fixture.stop();
    await server.stop();
  });

  const start = () => fixture.dispatch(channelTo(`smtp://127.0.0.1:${String(server.port)}`));
  const email = (key: string, recipients: string[]) =>
    notification(key, { channel: 'email', recipient: recipients.join(', '), content: alertContent({ action: { recipients } }) });
  const outcomes = async () =>
    Object.fromEntries((await fixture.rows()).map(({ recipient, status, reason }) => [recipient, [status, reason?.slice(0, 3)] as const]));

  it('have a line of the ledger each: who is refused is tried again or reported, and the others get it once', async () => {
    await fixture.outbox.queue([email('a', ['ops@example.com', 'gone@example.com', 'busy@example.com'])]);
    start();
    await until(async () => (await fixture.rows()).every(({ attempts }) => attempts > 0), 'a first attempt of each');
    await until(async () => (await fixture.rows()).some(({ attempts }) => attempts > 1), 'a second attempt of one');
    const rows = await fixture.rows();
    assert.deepEqual(rows.map(({ recipient, status, attempts }) => [recipient, status, attempts > 1]).sort(), [
      ['busy@example.com', 'pending', true],
      ['gone@example.com', 'failed', false],
      ['ops@example.com', 'delivered', false],
    ]);
    assert.match(String(rows.find(({ recipient }) => recipient.startsWith('gone'))?.reason), /550 no such user/);
    assert.match(String(rows.find(({ recipient }) => recipient.startsWith('busy'))?.reason), /450 busy/);
    assert.deepEqual(
      server.mails.map(({ to, mail }) => [to, mail.to?.map(({ address }) => address)]),
      [[['ops@example.com'], ['ops@example.com']]],
    );
  });

  it('are told once, however often the same thing is queued, and also when an older version queued it for all of them together', async () => {
    const both = ['ops@example.com', 'boss@example.com'];
    assert.equal((await fixture.outbox.queue([email('a', both)])).length, 2);
    assert.equal((await fixture.outbox.queue([email('a', both)])).length, 0);
    await fixture.outbox.queue([email('b', ['ops@example.com'])]);
    // As an older version did.
    await fixture.database.db.system.query(`update notifications set recipient = $1, content = $2 where dedup_key = 'b'`, [
      both.join(', '),
      JSON.stringify(alertContent({ action: { recipients: both } })),
    ]);
    assert.equal((await fixture.outbox.queue([email('b', both)])).length, 0);
    start();
    await until(async () => (await fixture.rows()).every(({ status }) => status === 'delivered'), 'all delivered');
    assert.deepEqual(server.mails.map(({ to }) => to.join()).sort(), [
      'boss@example.com',
      'ops@example.com',
      'ops@example.com,boss@example.com',
    ]);
  });

  it('who hang do not keep an e-mail to another one waiting for 5 s, though there are twice as many as places', async () => {
    await fixture.outbox.queue(Array.from({ length: 10 }, (_, at) => email(`hang-${String(at)}`, [`hang${String(at)}@example.com`])));
    start();
    await until(() => hanging.length >= 5, 'all places to be taken');
    const startedAt = performance.now();
    await fixture.outbox.queue([email('urgent', ['urgent@example.com'])]);
    await until(async () => (await outcomes())['urgent@example.com']?.[0] === 'delivered', 'the urgent e-mail');
    assert.ok(performance.now() - startedAt < 5_000, `${String(performance.now() - startedAt)} ms`);
  });

  it('who hang take two connections at most, however much is for them', async () => {
    await fixture.outbox.queue(Array.from({ length: 30 }, (_, at) => email(`hang-${String(at)}`, ['hang@example.com'])));
    start();
    await until(() => hanging.length === 2, 'two connections');
    await delay(2_500);
    assert.equal(hanging.length, 2);
  });
});
