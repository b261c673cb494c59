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
    assert.deepEqual(result.refused, ['ops@example.com']);
    assert.ok(result.conversation.some(({ from, text }) => from === 'server' && text === '550 no such user here'));
  });

  it('tells an example alert to all recipients, with the subject and text of an action', async () => {
    const server = await startMailServer();
    const admin = await startWith(`smtp://127.0.0.1:${String(server.port)}`);
    const recipients = ['ops@example.com', 'shift@example.com', 'boss@example.com'];
    const answer = await admin.post(PATH, {
      recipients,
      subject: '{{device.name}}: {{value}} {{unit}} over {{threshold}}',
      text: 'Go & look after <{{device.id}}>.',
      timezone: 'America/Bogota',
    });
    assert.equal(answer.status, 200, answer.text);
    const result = JSON.parse(answer.text) as EmailTestResult;
    assert.deepEqual([result.delivered, result.refused, server.mails.length, server.mails[0]?.to], [true, [], 1, recipients]);
    const { subject, text = '', html = '' } = server.mails[0]?.mail ?? assert.fail();
    assert.equal(subject, 'Test: Test device: 85.2 °C over 80');
    assert.match(text, /This is a test: no device is in trouble\.\n\nGo & look after <test-device>\.\n/);
    assert.match(text, /America\/Bogota/);
    assert.ok(html.includes('Go &amp; look after &lt;test-device&gt;.'));
    const asked = result.conversation.flatMap(({ from, text: line }) =>
      from === 'client' ? (/^RCPT TO:<(.*?)>/.exec(line)?.[1] ?? []) : [],
    );
    assert.deepEqual(asked, recipients);
    const longest = await admin.post(PATH, { recipients, subject: 'x'.repeat(200) });
    assert.equal(longest.status, 200);
    assert.equal(server.mails[1]?.mail.subject, `Test: ${'x'.repeat(200)}`);
    await server.stop();
    const rows = await fixture.sql(`select distinct target from audit_log where action = 'notification.test_email'`);
    assert.deepEqual(rows, [{ target: recipients.join(', ') }]);
  });

  it('names the recipients that the server refused, and goes to the others', async () => {
    const server = await startMailServer({
      onRcptTo: ({ address }, _session, done) => (address.startsWith('gone@') ? done(refusal(550, 'no such user here')) : done()),
    });
    const admin = await startWith(`smtp://127.0.0.1:${String(server.port)}`);
    const answer = await admin.post(PATH, { recipients: ['gone@example.com', 'ops@example.com'] });
    await server.stop();
    const { delivered, reason, refused } = JSON.parse(answer.text) as EmailTestResult;
    assert.deepEqual([delivered, refused], [true, ['gone@example.com']]);
    assert.match(reason, /^Refused: gone@example\.com \(550 no such user here\)\. For the others: 250 /);
    assert.deepEqual(server.mails[0]?.to, ['ops@example.com']);
    assert.equal(server.mails[0]?.mail.subject, 'Test: Information: Test rule – Test device');
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
    const bad: [object, string][] = [
      [{}, 'recipient'],
      [{ recipients: [] }, 'recipients'],
      [{ recipients: ['ops@example.com', 'nobody'] }, 'recipients.1'],
      [{ recipients: ['ops@example.com'], subject: 'a\r\nBcc: b@example.com' }, 'subject'],
      [{ recipients: ['ops@example.com'], text: '{{password}}' }, 'text'],
      [{ recipient: 'ops@example.com', text: 'of an action' }, 'text'],
      [{ recipient: 'ops@example.com', recipients: ['b@example.com'] }, 'recipients'],
    ];
    for (const [body, field] of bad) {
      const answer = await admin.post(PATH, body);
      assert.deepEqual([answer.status, answer.body.errors[0]?.field], [400, field], JSON.stringify(body));
    }
    await fixture.addUser('watcher', 'viewer');
    const watcher = await Client.login(fixture, 'watcher');
    assert.equal((await watcher.post(PATH, { recipient: 'ops@example.com' })).status, 403);
  });
});
