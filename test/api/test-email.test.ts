import assert from 'node:assert/strict';
import type { EmailTestResult } from '../../src/contracts/email-test.ts';
import { refusal, startMailServer, startOddServer } from '../notify/smtp.ts';
import { Client, startApi } from './support.ts';
import type { ApiFixture } from './support.ts';

const PATH = '/notifications/test/email';
const PASSWORD_OF_MAIL = 'hunter22-äöü';

describe('POST /notifications/test/email', () => {
  let fixture: ApiFixture;

  afterEach(() => fixture.stop());

  async function startWith(smtpUrl: string | undefined): Promise<Client> {
    fixture = await startApi({ mail: { smtpUrl, from: 'plant@example.com' } });
    return Client.login(fixture, 'admin');
  }

  async function test(client: Client, recipient = 'ops@example.com'): Promise<EmailTestResult> {
    const answer = await client.post(PATH, { recipient });
    assert.equal(answer.status, 200, answer.text);
    return JSON.parse(answer.text) as EmailTestResult;
  }

  it('sends now and tells the whole conversation, without the password', async () => {
    const server = await startMailServer({
      authOptional: false,
      allowInsecureAuth: true,
      authMethods: ['PLAIN', 'LOGIN'],
      onAuth: ({ username, password }, _session, done) =>
        username === 'plant' && password === PASSWORD_OF_MAIL ? done(null, { user: 'plant' }) : done(refusal(535, 'wrong')),
    });
    const url = `smtp://plant:${encodeURIComponent(PASSWORD_OF_MAIL)}@127.0.0.1:${String(server.port)}/?requireTLS=false`;
    const result = await test(await startWith(url));
    await server.stop();
    assert.deepEqual([result.delivered, result.reason, result.server], [true, '250 OK queued as 4711', `127.0.0.1:${String(server.port)}`]);
    assert.equal(server.mails[0]?.mail.messageId, result.message_id);
    assert.equal(server.mails[0]?.mail.subject, 'Test of e-mail from the INSA IIoT platform');
    const said = result.conversation.map(({ from, text }) => `${from}: ${text}`);
    for (const line of [
      /^server: 220 /,
      /^client: EHLO /,
      /^client: AUTH PLAIN \*{8}$/,
      /^server: 235 /,
      /^client: MAIL FROM:<plant@example\.com>/,
      /^client: RCPT TO:<ops@example\.com>/,
      /^client: DATA$/,
      /^server: 354 /,
      /^server: 250 OK queued as 4711$/,
    ]) {
      assert.ok(
        said.some((one) => line.test(one)),
        `${String(line)} in\n${said.join('\n')}`,
      );
    }
    const secrets = [
      PASSWORD_OF_MAIL,
      encodeURIComponent(PASSWORD_OF_MAIL),
      ...[PASSWORD_OF_MAIL, `\0plant\0${PASSWORD_OF_MAIL}`].map((one) => Buffer.from(one).toString('base64')),
    ];
    for (const secret of secrets) assert.ok(!JSON.stringify(result).includes(secret), secret);
    const rows = await fixture.sql(`select actor, target, outcome, details from audit_log where action = 'notification.test_email'`);
    assert.deepEqual(rows, [
      { actor: 'admin', target: 'ops@example.com', outcome: 'ok', details: { delivered: true, reason: '250 OK queued as 4711' } },
    ]);
  });

  it('tells a refused recipient with the answer of the server', async () => {
    const server = await startMailServer({ onRcptTo: (_address, _session, done) => done(refusal(550, 'no such user here')) });
    const result = await test(await startWith(`smtp://127.0.0.1:${String(server.port)}`));
    await server.stop();
    assert.equal(result.delivered, false);
    assert.match(result.reason, /550 no such user here/);
    assert.ok(result.conversation.some(({ from, text }) => from === 'server' && text === '550 no such user here'));
  });

  it('tells a server that says nothing', async () => {
    const odd = await startOddServer('EHLO', 'hang');
    const result = await test(await startWith(`smtp://127.0.0.1:${String(odd.port)}/?socketTimeout=300&greetingTimeout=300`));
    await odd.stop();
    assert.match(result.reason, /did not answer in time/);
    assert.ok(result.conversation.some(({ text }) => text.startsWith('EHLO')));
  });

  it('tells which variable to set', async () => {
    const result = await test(await startWith(undefined));
    assert.deepEqual([result.delivered, result.server, result.message_id, result.conversation], [false, null, null, []]);
    assert.match(result.reason, /SMTP_URL is not set/);
  });

  it('refuses what is no address, and who may not', async () => {
    const admin = await startWith(undefined);
    for (const recipient of ['nobody', 'a@example.com, b@example.com', 'a@example.com\r\nBcc: b@example.com', '']) {
      const answer = await admin.post(PATH, { recipient });
      assert.deepEqual([answer.status, answer.body.errors[0]?.field], [400, 'recipient'], recipient);
    }
    await fixture.addUser('watcher', 'viewer');
    const watcher = await Client.login(fixture, 'watcher');
    assert.equal((await watcher.post(PATH, { recipient: 'ops@example.com' })).status, 403);
  });
});
