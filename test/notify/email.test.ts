import assert from 'node:assert/strict';
import { addressesOf } from '../../src/notify/channels/email/content.ts';
import type { EmailChannel } from '../../src/notify/channels/email/email-channel.ts';
import type { Delivery, Outcome } from '../../src/notify/types.ts';
import { ALERT, alertContent, channelTo, delivery, going, RESOLVED } from './email-parts.ts';
import { refusal, startMailServer } from './smtp.ts';
import type { MailServer, TakenMail } from './smtp.ts';

/** What arrives at a real SMTP server. */
describe('e-mail as it arrives', () => {
  let server: MailServer;
  let channel: EmailChannel;

  before(async () => {
    server = await startMailServer();
    channel = channelTo(`smtp://127.0.0.1:${String(server.port)}`);
  });
  beforeEach(() => {
    server.mails.length = 0;
  });
  after(async () => {
    await channel.close();
    await server.stop();
  });

  async function sent(one: Delivery, by = channel): Promise<TakenMail> {
    const outcome = await by.send(one, going);
    assert.deepEqual(outcome, { delivered: true, reason: '250 OK queued as 4711' });
    return server.mails.at(-1) ?? assert.fail('nothing arrived');
  }

  it('tells an alert: value, threshold, device, the time of the recipient, link, and its curve', async () => {
    const { from, to, mail } = await sent(delivery());
    assert.deepEqual([from, to], ['plant@example.com', ['ops@example.com']]);
    assert.equal(mail.from?.name, 'Plant Nord');
    assert.equal(mail.subject, 'Critical: Boiler too hot – Boiler 2');
    for (const part of [mail.html ?? '', mail.text ?? '']) {
      for (const fact of ['87.3 °C', '80 °C', 'boiler-2', 'Hall B', 'Boiler too hot', 'Sat 21 Nov 2026, 07:18:41', 'America/Bogota']) {
        assert.ok(part.includes(fact), `${fact} in ${part.slice(0, 3_000)}`);
      }
      assert.match(part, /https:\/\/iot\.example\.com\/alerts\/0190f0c2-0000-7000-8000-000000000001/);
    }
    assert.match(mail.html ?? '', /#b3261e/);
    const [picture] = mail.attachments;
    assert.deepEqual([picture?.mimeType, picture?.disposition], ['image/png', 'inline']);
    assert.ok(mail.html?.includes(`cid:${picture?.contentId?.replaceAll(/[<>]/g, '') ?? '?'}`));
    const png = Buffer.from(picture?.content as ArrayBuffer);
    assert.equal(png.subarray(1, 4).toString('latin1'), 'PNG');
    assert.ok(png.length < 60_000, `${String(png.length)} bytes`);
  });

  it('tells the end of an alert: how long, what is now, by whom', async () => {
    const { mail } = await sent(delivery({ event: 'resolved', content: alertContent({ alert: RESOLVED }) }));
    assert.equal(mail.subject, 'Resolved: Boiler too hot – Boiler 2');
    for (const fact of ['22 min', '77.9123 °C', 'condition cleared', '87.3 °C']) assert.ok(mail.text?.includes(fact), mail.text ?? '');
    assert.match(mail.html ?? '', /#22713a/);
  });

  it('lists the devices of a gateway that went offline, and those that came back', async () => {
    const devices = Array.from({ length: 60 }, (_, i) => ({
      device_id: `d-${String(i)}`,
      name: `Device ${String(i)}`,
      last_seen_at: null,
    }));
    const content = { devices, gateway: { device_id: 'gw', name: 'Hall <B>' }, at: ALERT.raised_at };
    const { mail } = await sent(delivery({ event: 'device_offline', content, recipient: 'a@example.com, b@example.com' }));
    assert.equal(mail.subject, 'Offline: 60 devices – Hall <B>');
    assert.deepEqual(
      mail.to?.map(({ address }) => address),
      ['a@example.com', 'b@example.com'],
    );
    assert.ok(mail.text?.includes('Device 49 (d-49), last seen never') === true && mail.text.includes('and 10 more'));
    assert.ok(mail.html?.includes('Hall &lt;B&gt;'));
    const back = await sent(delivery({ event: 'device_online', content: { ...content, devices: devices.slice(0, 1), gateway: null } }));
    assert.equal(back.mail.subject, 'Online: Device 0');
  });

  it('brings the daily report with its file, in which nothing is a formula', async () => {
    const content = { start: '2026-11-20T05:00:00.000Z', end: '2026-11-21T05:00:00.000Z', timezone: 'America/Bogota' };
    const { mail } = await sent(delivery({ event: 'daily_report', content }));
    assert.equal(mail.subject, 'Daily report, Fri 20 Nov 2026: 23 alerts, 45 of 48 devices online');
    assert.ok(mail.text?.includes('and 20 more in the attached file alerts-2026-11-20.csv'), mail.text ?? '');
    const [file] = mail.attachments;
    assert.deepEqual([file?.filename, file?.mimeType, file?.disposition], ['alerts-2026-11-20.csv', 'text/csv', 'attachment']);
    const csv = Buffer.from(file?.content as ArrayBuffer).toString('utf8');
    assert.equal(csv.trim().split('\r\n').length, 4);
    assert.ok(csv.includes(`"'=HYPERLINK(""http://evil.example"")"`), csv);
  });

  it('brings the summary of rules, the quiet ones too', async () => {
    const content = { start: '2026-11-16T05:00:00.000Z', end: '2026-11-23T05:00:00.000Z', timezone: 'America/Bogota' };
    const { mail } = await sent(delivery({ event: 'rule_summary', content }));
    assert.equal(mail.subject, 'Rules of the week Mon 16 Nov 2026 to Sun 22 Nov 2026: 63 alerts');
    assert.ok(mail.text?.includes('- Boiler too hot: 41 alerts (12 critical) of 3 devices, 1 open, resolved after 22 min on average'));
    assert.ok(mail.text?.includes('Rules without an alert: Filter clogged, Vibration'));
  });

  it('escapes what devices and rules are called', async () => {
    const evil = '<script>alert(1)</script>"\'&{{device.name}}';
    const content = alertContent({
      device: { name: evil },
      alert: { rule_name: evil, message: evil, resolved_by: evil },
      action: { text: `${evil} {{message}}` },
    });
    for (const event of ['raised', 'resolved'] as const) {
      const { mail } = await sent(delivery({ event, content }));
      assert.doesNotMatch(mail.html ?? '', /<script/);
      assert.ok(mail.html?.includes('&lt;script&gt;alert(1)&lt;/script&gt;'));
      assert.ok(mail.text?.includes('<script>alert(1)</script>'), 'plain text is not escaped');
    }
  });

  it('lets nobody write headers: not by a subject, a name, or an address', async () => {
    const evil = 'x\r\nBcc: evil@example.com\r\n\r\nbody\u2028y';
    const action = { subject: '{{device.name}} {{rule.name}}', recipients: ['ops@example.com'] };
    const { mail, to, raw } = await sent(
      delivery({ content: alertContent({ action, device: { name: evil }, alert: { rule_name: evil } }) }),
    );
    assert.deepEqual([to, mail.bcc], [['ops@example.com'], undefined]);
    assert.equal(mail.subject, 'x Bcc: evil@example.com body y x Bcc: evil@example.com body y');
    assert.doesNotMatch(raw.split('\r\n\r\n')[0] ?? '', /^bcc:/im);
    assert.deepEqual(addressesOf('a@example.com, b@example.com\r\nBcc: c@example.com,<x@example.com>'), ['a@example.com']);
  });

  it('has the same Message-ID and date at every try, and tells that a program wrote it', async () => {
    const one = delivery({ id: '0190f0c2-aaaa-7000-8000-000000000009' });
    const mails = [await sent(one), await sent({ ...one, attempt: 2 })];
    for (const { mail } of mails) {
      assert.equal(mail.messageId, '<0190f0c2-aaaa-7000-8000-000000000009@example.com>');
      assert.equal(mail.references, `<alert-${ALERT.id}@example.com>`);
      const header = (name: string) => mail.headers.find(({ key }) => key === name)?.value;
      assert.equal(header('auto-submitted'), 'auto-generated');
      assert.equal(header('x-insa-delivery'), one.id);
    }
    assert.equal(mails[0]?.mail.date, mails[1]?.mail.date);
  });

  it('goes without its curve when the readings cannot be had, and without a link when nobody knows where the platform is', async () => {
    const plain = channelTo(`smtp://127.0.0.1:${String(server.port)}`, {
      publicUrl: undefined,
      signalAround: () => Promise.reject(new Error('the database is away')),
    });
    const { mail } = await sent(delivery({ content: alertContent({ action: { timezone: 'Mars/Olympus' } }) }), plain);
    await plain.close();
    assert.equal(mail.attachments.length, 0);
    assert.doesNotMatch(mail.html ?? '', /<img|href/);
    assert.ok(mail.text?.includes('Sat 21 Nov 2026, 13:18:41'), 'the zone of the platform');
  });

  it('sends a hundred over few connections, each once', async () => {
    const before = server.connections();
    const waiting = Array.from({ length: 100 }, () => delivery());
    const outcomes: Outcome[] = [];
    // As the dispatcher hands them over.
    const place = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) outcomes.push(await channel.send(next, going));
    };
    await Promise.all(Array.from({ length: channel.atOnce }, place));
    assert.equal(outcomes.length, 100);
    assert.ok(outcomes.every(({ delivered }) => delivered));
    assert.equal(new Set(server.mails.map(({ mail }) => mail.messageId)).size, 100);
    assert.equal(server.mails.length, 100);
    assert.ok(server.connections() - before <= 6, `${String(server.connections() - before)} connections`);
  });

  it('names recipients that were refused and counts the rest as delivered', async () => {
    const picky = await startMailServer({
      onRcptTo: ({ address }, _session, done) => done(address.startsWith('gone') ? refusal(550, 'no such user') : null),
    });
    const to = channelTo(`smtp://127.0.0.1:${String(picky.port)}`);
    const recipients = ['ops@example.com', 'gone@example.com'];
    const outcome = await to.send(delivery({ content: alertContent({ action: { recipients } }) }), going);
    await to.close();
    await picky.stop();
    assert.equal(outcome.delivered, true);
    assert.match(outcome.reason, /^Refused: gone@example\.com \(550 no such user\)\. For the others: 250 /);
  });

  it('says which variable is missing, at once', async () => {
    const outcome = await channelTo(undefined).send(delivery(), going);
    assert.ok(!outcome.delivered && !outcome.retryable);
    assert.match(outcome.reason, /^E-mail is not set up: SMTP_URL is not set; set it, for example SMTP_URL=smtps:/);
    const neither: Outcome = await channelTo(undefined, { mail: { smtpUrl: undefined, from: undefined } }).send(delivery(), going);
    assert.match(neither.reason, /SMTP_URL and MAIL_FROM are not set/);
  });

  it('fails at once with content that is none', async () => {
    for (const one of [
      delivery({ content: {} }),
      delivery({ content: { action: {}, alert: {} } }),
      delivery({ event: 'daily_report', content: {} }),
    ]) {
      const outcome = await channel.send(one, going);
      assert.ok(!outcome.delivered && !outcome.retryable, outcome.reason);
    }
    const nobody = await channel.send(delivery({ event: 'test', recipient: 'nobody', content: {} }), going);
    assert.deepEqual(nobody, { delivered: false, retryable: false, reason: 'There is no e-mail address in "nobody".' });
  });

  it('is tried again when the figures of a report cannot be read', async () => {
    const fails = () => Promise.reject(new Error('the database is away'));
    const broken = channelTo(`smtp://127.0.0.1:${String(server.port)}`, { reports: { daily: fails, rules: fails } });
    const content = { start: '2026-11-20T05:00:00.000Z', end: '2026-11-21T05:00:00.000Z', timezone: 'UTC' };
    const outcome = await broken.send(delivery({ event: 'daily_report', content }), going);
    assert.deepEqual(outcome, { delivered: false, retryable: true, reason: 'The e-mail could not be made: the database is away' });
  });

  it('pauses between tries up to a day in all', () => {
    const total = channel.retryDelaysMs.reduce((sum: number, pause) => sum + pause, 0);
    assert.ok(total <= 24 * 3_600_000 && total > 23 * 3_600_000, String(total));
    assert.deepEqual(
      [...channel.retryDelaysMs].sort((a, b) => a - b),
      [...channel.retryDelaysMs],
    );
  });
});
