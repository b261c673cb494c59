import assert from 'node:assert/strict';
import { needsProgram } from '../support/system-programs.ts';
import { startMailServer } from '../notify/smtp.ts';
import type { MailServer } from '../notify/smtp.ts';
import { httpServer } from '../notify/webhook-servers.ts';
import { AdminFixture } from './admin-support.ts';
import { assertAccessible } from './support.ts';

type Receiver = Awaited<ReturnType<typeof httpServer>>;

/** The buttons that send something, with real servers at the other end. */
describe('tests that the administration sends', function () {
  this.timeout(120_000);
  const chromiumPath = needsProgram('chromium');
  let mail: MailServer;
  let receiver: Receiver;
  let admin: AdminFixture;

  before(async () => {
    mail = await startMailServer();
    receiver = await httpServer((_request, response) => response.writeHead(202).end('taken'));
    const env = {
      SMTP_URL: `smtp://127.0.0.1:${String(mail.port)}`,
      MAIL_FROM: 'plant@example.com',
      WEBHOOK_ALLOW_CIDRS: '127.0.0.0/8',
    };
    admin = await AdminFixture.start(chromiumPath, env);
  });

  afterEach(() => admin.closeVisits());

  after(async () => {
    await admin.stop();
    await mail.stop();
    await receiver.stop();
  });

  it('arrive by e-mail, and the page shows what the mail server said', async () => {
    const page = await admin.open({ section: 'notifications?tab=test' });
    const email = page.getByTestId('test-email');
    await email.getByLabel('To (e-mail address)').fill('ops@example.com');
    await email.getByRole('button', { name: 'Send test' }).click();
    await email.getByTestId('test-outcome').getByText('OK queued as 4711').waitFor();
    await email.getByTestId('test-outcome').getByText('Delivered', { exact: true }).waitFor();
    const [taken, ...others] = mail.mails;
    assert.deepEqual(others, []);
    assert.deepEqual([taken?.from, taken?.to], ['plant@example.com', ['ops@example.com']]);
    await assertAccessible(page);
  });

  it('arrive as a webhook, and the page shows the answer', async () => {
    const page = await admin.open({ section: 'notifications?tab=test' });
    const webhook = page.getByTestId('test-webhook');
    await webhook.getByLabel('Address (URL)').fill(`http://127.0.0.1:${String(receiver.port)}/hook`);
    await webhook.getByRole('button', { name: 'Send test' }).click();
    await webhook.getByTestId('test-outcome').getByText('Delivered', { exact: true }).waitFor();
    await webhook.getByTestId('test-outcome').getByText('202').waitFor();
    const [received, ...others] = receiver.received;
    assert.deepEqual(others, []);
    assert.deepEqual([received?.method, received?.url], ['POST', '/hook']);
    assert.match(String(received?.headers['webhook-signature']), /^v1,/);
    await assertAccessible(page);
  });
});
