import assert from 'node:assert/strict';
import type { Locator } from 'playwright-core';
import { refusal, startMailServer } from '../notify/smtp.ts';
import type { MailServer } from '../notify/smtp.ts';
import { httpServer, tcpServer } from '../notify/webhook-servers.ts';
import type { TestServer } from '../notify/webhook-servers.ts';
import { needsProgram } from '../support/system-programs.ts';
import { FormEditor, FORMS } from './support/form-editor.ts';

/** What a person sees of a test that the form sends: the platform, a mail server and an endpoint run, nothing is made up. */
describe('Send test in the forms of action nodes', () => {
  const chromiumPath = needsProgram('chromium');
  let editor: FormEditor;
  let mail: MailServer;
  let hooks: Awaited<ReturnType<typeof httpServer>>;
  let silent: TestServer;

  before(async () => {
    [mail, hooks, silent] = await Promise.all([
      startMailServer({
        name: 'mail.example.com',
        disableReverseLookup: true,
        onRcptTo: ({ address }, _session, done) => (address.startsWith('gone@') ? done(refusal(550, 'no such user here')) : done()),
      }),
      httpServer((request, response) => {
        const isBroken = request.url === '/broken';
        response.writeHead(isBroken ? 500 : 202, { 'content-type': isBroken ? 'text/html' : 'application/json' });
        response.end(isBroken ? 'not <b>now</b>' : '{"accepted": true}');
      }),
      tcpServer(() => undefined),
    ]);
    editor = await FormEditor.start(chromiumPath, {
      SMTP_URL: `smtp://127.0.0.1:${String(mail.port)}/?name=plant.example.com`,
      MAIL_FROM: 'Plant <plant@example.com>',
      WEBHOOK_ALLOW_CIDRS: '127.0.0.1/32',
    });
  });

  after(async () => {
    await editor.stop();
    await Promise.all([mail.stop(), hooks.stop(), silent.stop()]);
  });

  afterEach(() => {
    assert.deepEqual(editor.complaints, []);
  });

  const openFilled = async (type: string): Promise<void> => {
    await editor.open(type);
    for (const [name, value] of Object.entries(FORMS[type] ?? {})) await editor.enter(name, value);
  };
  const log = (): Locator => editor.page.locator('#insa-send-test-log');
  const sendTest = async (said: string | RegExp): Promise<string> => {
    await editor.page.locator('#insa-send-test').click();
    await editor.page.locator('#insa-send-test-outcome').getByText(said).waitFor();
    return log().innerText();
  };

  it('e-mail: send an example with the subject and text of the form to all its addresses, and show what was said', async () => {
    await openFilled('email');
    assert.equal(await log().isVisible(), false);
    await editor.enter('subject', 'Hot: {{device.name}} {{value}} {{unit}}');
    const said = await sendTest('Delivered: 250 OK queued as 4711');
    for (const line of [
      /^connection: Connection established to 127\.0\.0\.1:\d+$/m,
      /^server: 220 /m,
      /^client: EHLO plant\.example\.com$/m,
      /^client: MAIL FROM:<plant@example\.com>/m,
      /^client: RCPT TO:<ops@example\.com>/m,
      /^client: RCPT TO:<shift@example\.com>/m,
      /^client: DATA$/m,
      /^server: 250 OK queued as 4711$/m,
    ]) {
      assert.match(said, line);
    }
    const taken = mail.mails.at(-1) ?? assert.fail();
    assert.deepEqual(taken.to, ['ops@example.com', 'shift@example.com']);
    assert.equal(taken.mail.subject, 'Test: Hot: Test device 85.2 °C');
    assert.match(taken.mail.text ?? '', /Please look after Test device\.\s+Its limit is 80\./);
    await editor.picture('node-email');
    await editor.leave('cancel');
  });

  it('e-mail: show who was refused, and send nothing while the form is wrong', async () => {
    await openFilled('email');
    await editor.enter('recipients', 'gone@example.com, ops@example.com');
    await sendTest(/^Delivered, but not to all: Refused: gone@example\.com \(550 no such user here\)\. For the others: 250/);
    await editor.enter('recipients', 'gone@example.com');
    const said = await sendTest(/^Not delivered: .*550 no such user here/);
    assert.match(said, /^server: 550 no such user here$/m);
    const before = mail.connections();
    await editor.enter('recipients', 'nobody');
    await sendTest('First put right what is marked: "nobody" is no address.');
    assert.equal(await log().isVisible(), false);
    assert.equal(mail.connections(), before);
    await editor.leave('cancel');
  });

  it('webhook: send to the endpoint, and show the request and its answer as text', async () => {
    await openFilled('webhook');
    await editor.enter('url', `http://127.0.0.1:${String(hooks.port)}/alerts`);
    const said = await sendTest(/^Delivered: /);
    const received = hooks.received.at(-1) ?? assert.fail();
    assert.deepEqual([received.url, received.headers['authorization'], received.headers['x-line']], ['/alerts', 'Bearer abc', '2']);
    for (const line of [
      /^connection: 127\.0\.0\.1/m,
      /^POST \/alerts HTTP\/1\.1$/m,
      /^x-insa-signature: sha256=/im,
      /^HTTP 202$/m,
      /^\{"accepted": true\}$/m,
    ]) {
      assert.match(said, line);
    }
    assert.ok(!said.includes('Bearer abc'), 'what authenticates is masked');
    await editor.picture('node-webhook');
    await editor.enter('url', `http://127.0.0.1:${String(hooks.port)}/broken`);
    assert.match(await sendTest(/^Not delivered: .*500/), /^HTTP 500$[^]*^not <b>now<\/b>$/m);
    await editor.leave('cancel');
  });

  it('webhook: say why an address was not connected to, and that an endpoint does not answer', async () => {
    await openFilled('webhook');
    await editor.enter('url', 'http://10.1.2.3/alerts');
    await sendTest(/^Not delivered: .*10\.1\.2\.3.*private address.*WEBHOOK_ALLOW_CIDRS/);
    await editor.enter('url', `http://127.0.0.1:${String(silent.port)}/`);
    assert.match(await sendTest(/^Not delivered: .*10 s/), /^POST \/ HTTP\/1\.1$/m);
    await editor.leave('cancel');
    assert.deepEqual(editor.complaints, []);
  });
});
