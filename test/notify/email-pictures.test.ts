import assert from 'node:assert/strict';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import type { Delivery } from '../../src/notify/types.ts';
import { launch } from '../dashboard/support.ts';
import { needsProgram } from '../support/system-programs.ts';
import { ALERT, alertContent, channelTo, delivery, going, RESOLVED } from './email-parts.ts';
import { startMailServer } from './smtp.ts';
import type { TakenMail } from './smtp.ts';

/** Set, the pictures of docs/email.md are made anew in this folder. */
const FOLDER = process.env['EMAIL_PICTURES'];
const DAY = { start: '2026-11-20T05:00:00.000Z', end: '2026-11-21T05:00:00.000Z', timezone: 'America/Bogota' };
const WEEK = { start: '2026-11-16T05:00:00.000Z', end: '2026-11-23T05:00:00.000Z', timezone: 'America/Bogota' };
const DEVICES = {
  devices: ['Pump 7', 'Pump 8', 'Roof fan 3'].map((name, i) => ({
    device_id: name.toLowerCase().replaceAll(' ', '-'),
    name,
    last_seen_at: new Date(Date.parse(ALERT.raised_at) - 40_000 - i * 7_000).toISOString(),
  })),
  gateway: { device_id: 'gateway-b', name: 'Gateway hall B' },
  at: ALERT.raised_at,
  timezone: 'America/Bogota',
};
const MAILS: Record<string, Partial<Delivery>> = {
  alert: {},
  resolved: { event: 'resolved', content: alertContent({ alert: RESOLVED }) },
  warning: {
    content: alertContent({
      alert: { severity: 'warning', occurrences: 3 },
      action: { text: 'Please look at the burner of {{device.name}} before you go home.' },
    }),
  },
  offline: { event: 'device_offline', content: DEVICES },
  daily: { event: 'daily_report', content: DAY },
  rules: { event: 'rule_summary', content: WEEK },
  test: { event: 'test', content: {} },
};

/** How e-mails look to whoever opens them, on a screen and on a phone. */
describe('e-mail as it is seen', () => {
  const chromiumPath = needsProgram('chromium');
  let browser: Browser;
  const taken = new Map<string, TakenMail>();

  before(async () => {
    browser = await launch(chromiumPath);
    const server = await startMailServer();
    const channel = channelTo(`smtp://127.0.0.1:${String(server.port)}`);
    for (const [name, rest] of Object.entries(MAILS)) {
      await channel.send(delivery(rest), going);
      taken.set(name, server.mails.at(-1) ?? assert.fail(name));
    }
    await channel.close();
    await server.stop();
  });
  after(() => browser.close());

  /** The HTML with its pictures in it, as a mail program puts it together. */
  function shown({ mail }: TakenMail): string {
    let html = mail.html ?? '';
    for (const { contentId, content, mimeType } of mail.attachments) {
      const data = `data:${mimeType};base64,${Buffer.from(content as ArrayBuffer).toString('base64')}`;
      if (contentId !== undefined) html = html.replaceAll(`cid:${contentId.replaceAll(/[<>]/g, '')}`, data);
    }
    return html;
  }

  for (const name of Object.keys(MAILS)) {
    it(`shows ${name} whole on a screen and on a phone, and loads nothing from elsewhere`, async () => {
      const html = shown(taken.get(name) ?? assert.fail(name));
      for (const width of [680, 390]) {
        const page = await browser.newPage({ viewport: { width, height: 500 } });
        const requests: string[] = [];
        page.on('request', (request) => {
          if (request.url().startsWith('http')) requests.push(request.url());
        });
        await page.setContent(html);
        assert.equal(await page.evaluate('document.documentElement.scrollWidth > innerWidth'), false, `${name} at ${String(width)} px`);
        assert.equal(await page.evaluate('[...document.images].every((one) => one.naturalWidth > 100)'), true);
        assert.deepEqual(requests, []);
        if (FOLDER !== undefined && (width === 680 || name === 'alert')) {
          const file = `email-${name}${width === 680 ? '' : '-phone'}.png`;
          await page.screenshot({ path: path.join(FOLDER, file), fullPage: true });
        }
        await page.close();
      }
    });
  }
});
