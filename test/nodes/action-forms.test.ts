import assert from 'node:assert/strict';
import path from 'node:path';
import axe from 'axe-core';
import type { Browser, Locator, Page } from 'playwright-core';
import { launch, SCREENS, submitLogin, visit } from '../dashboard/support.ts';
import type { Visit } from '../dashboard/support.ts';
import { refusal, startMailServer } from '../notify/smtp.ts';
import type { MailServer } from '../notify/smtp.ts';
import { httpServer, tcpServer } from '../notify/webhook-servers.ts';
import type { TestServer } from '../notify/webhook-servers.ts';
import { EditorClient } from '../support/editor.ts';
import { ApiClient, eventually, startPlatform } from '../support/platform.ts';
import type { RunningPlatform } from '../support/platform.ts';
import { needsProgram } from '../support/system-programs.ts';

/** Set, the pictures of docs/actions.md are made anew in this folder. */
const FOLDER = process.env['NODE_PICTURES'];

type Fields = Record<string, string | boolean>;

/** What a person enters into the form of each node. */
const FORMS: Record<string, Fields> = {
  email: {
    name: 'Tell the shift',
    recipients: 'ops@example.com, shift@example.com',
    subject: '{{severity}}: {{device.name}} has {{value}} {{unit}}',
    text: 'Please look after {{device.name}}.\nIts limit is {{threshold}}.',
    timezone: 'America/Bogota',
    on: 'raised',
  },
  webhook: {
    name: 'Desk',
    url: 'https://hooks.example.com/insa?line=2',
    headers: 'Authorization: Bearer abc\nX-Line: 2',
    on: 'resolved',
  },
  'mqtt-publish': {
    name: 'Lamp',
    topic: 'plant/{{device.location}}/lamp',
    payload: '{"on": "{{alert.status}}"}',
    qos: '2',
    retain: true,
    on: 'raised',
  },
  command: {
    name: 'Stop it',
    deviceId: 'boiler-01',
    command: 'set_speed',
    params: '{"rpm": 0, "why": "{{rule.name}}"}',
    timeoutSeconds: '45',
    on: 'both',
  },
  actions: { name: 'What the rules say' },
  'alert-in': { name: 'Critical only', events: 'raised,acknowledged', severity: 'critical', deviceId: 'boiler-01' },
  'rule-action-in': { name: 'pumps' },
};

/** What is wrong, and what the form says of it. */
const BAD: [type: string, field: string, value: string, said: RegExp][] = [
  ['email', 'recipients', '', /^Enter at least one address/],
  ['email', 'recipients', 'ops@example.com, nobody', /^"nobody" is no address\. Enter an address such as/],
  ['email', 'recipients', Array.from({ length: 101 }, (_, i) => `a${String(i)}@example.com`).join(' '), /101 addresses; at most 100/],
  [
    'email',
    'subject',
    '{{device.nam}} is hot',
    /^The subject has \{\{device\.nam\}\}, which is no field; .*\{\{device\.name\}\}, \{\{device\.id\}\}/,
  ],
  ['email', 'text', 'Look {{ at it', /^The text has braces that do not pair up/],
  ['email', 'timezone', 'Mars/Olympus', /^The time zone "Mars\/Olympus" is unknown/],
  ['webhook', 'url', '', /^The URL is blank/],
  ['webhook', 'url', 'ftp://example.com/x', /begins with https:\/\/ or http:\/\//],
  ['webhook', 'url', 'https://user:secret@example.com/', /^It has a user name or password/],
  [
    'webhook',
    'url',
    'http://169.254.169.254/latest',
    /^The address 169\.254\.169\.254 is a link-local address, where clouds keep the metadata/,
  ],
  ['webhook', 'headers', 'Authorization', /^The line "Authorization" has no name with a colon/],
  ['webhook', 'headers', 'Host: example.com', /^"Host": It sets a header that the platform sets itself/],
  ['webhook', 'headers', 'X A: b', /^"X A": The name of a header has letters, digits and - only/],
  ['mqtt-publish', 'topic', 'insa/commands/boiler-01', /is one of the platform's own/],
  ['mqtt-publish', 'topic', 'plant/#', /wildcard|#/],
  ['mqtt-publish', 'topic', 'plant/{{nothing}}', /^The topic has \{\{nothing\}\}, which is no field/],
  ['mqtt-publish', 'payload', '{{password}}', /^The payload has \{\{password\}\}, which is no field/],
  ['command', 'command', 'set speed', /^The name of a command has/],
  ['command', 'params', '[1]', /^The parameters are no JSON object/],
  ['command', 'params', '{"rpm": "{{rpm}}"}', /^The parameter has \{\{rpm\}\}, which is no field/],
  ['command', 'timeoutSeconds', '1.5', /not a whole number of seconds/],
  ['command', 'timeoutSeconds', '3601', /^The time to answer 3601 is too large; enter at most 3600/],
  ['actions', 'name', 'x'.repeat(101), /^The name has 101 characters/],
  ['rule-action-in', 'name', '', /^The name is blank/],
];

/** The forms of the nodes that tell of alerts, in a real browser on the whole program. */
describe('the forms of action nodes', function () {
  this.timeout(120_000);
  const chromiumPath = needsProgram('chromium');
  let platform: RunningPlatform;
  let browser: Browser;
  let mail: MailServer;
  let hooks: Awaited<ReturnType<typeof httpServer>>;
  let silent: TestServer;
  let visited: Visit;
  let page: Page;

  before(async () => {
    [browser, mail, hooks, silent] = await Promise.all([
      launch(chromiumPath),
      startMailServer({
        onRcptTo: ({ address }, _session, done) => (address.startsWith('gone@') ? done(refusal(550, 'no such user here')) : done()),
      }),
      httpServer((request, response) => {
        response.writeHead(request.url === '/broken' ? 500 : 202, { 'content-type': 'text/plain' }).end('taken <b>note</b>');
      }),
      tcpServer(() => undefined),
    ]);
    platform = await startPlatform({
      env: {
        SMTP_URL: `smtp://127.0.0.1:${String(mail.port)}/?name=plant.example.com`,
        MAIL_FROM: 'Plant <plant@example.com>',
        WEBHOOK_ALLOW_CIDRS: '127.0.0.1/32',
      },
    });
    await (await ApiClient.login(platform)).createDevice('boiler-01');
    const editor = await EditorClient.login(platform);
    const { flows } = await editor.flows();
    await editor.fullDeploy([
      ...flows,
      { id: 'acts', type: 'tab', label: 'Acts' },
      ...Object.keys(FORMS).map((type, i) => ({ id: type, type: `iiot-${type}`, z: 'acts', x: 300, y: 80 + 70 * i, wires: [[]] })),
    ]);
    await openEditor();
  });

  after(async () => {
    await visited.close();
    await browser.close();
    await platform.dispose();
    await Promise.all([mail.stop(), hooks.stop(), silent.stop()]);
  });

  async function openEditor(): Promise<void> {
    visited = await visit(browser, platform, '/login?next=/editor/', { ...SCREENS.desktop, timezoneId: 'Europe/Berlin' });
    page = visited.page;
    await submitLogin(page, platform.adminUsername, platform.adminPassword);
    await page.locator('.red-ui-flow-node').first().waitFor();
    await page.evaluate("RED.workspaces.show('acts')");
  }

  const field = (name: string): Locator => page.locator(`#node-input-${name}`);
  const open = async (type: string): Promise<void> => {
    await page.evaluate(`RED.editor.edit(RED.nodes.node('${type}'))`);
    await field('name').waitFor();
    // The dialog slides in; what is clicked before it rests goes nowhere.
    await eventually(async () => (await restsAt()) || undefined, 'the dialog to come to rest');
  };
  const restsAt = (): Promise<boolean> =>
    page.evaluate<boolean>("document.querySelector('.red-ui-tray').getAnimations({ subtree: true }).length === 0");
  const leave = async (button: 'ok' | 'cancel'): Promise<void> => {
    await page.locator(`#node-dialog-${button}`).click();
    await field('name').waitFor({ state: 'detached' });
  };
  const enter = async (name: string, value: string | boolean): Promise<void> => {
    const input = field(name);
    if (typeof value === 'boolean') return input.setChecked(value);
    if (name === 'events') return chooseEvents(value.split(','));
    if ((await input.evaluate((element) => element.tagName)) === 'SELECT') await input.selectOption(value);
    else await input.fill(value);
  };
  const chooseEvents = async (events: string[]): Promise<void> => {
    for (const button of await page.locator('#insa-alert-events button').all()) {
      const isOn = (await button.getAttribute('aria-pressed')) === 'true';
      if (isOn !== events.includes(await button.innerText())) await button.click();
    }
  };
  const valueOf = (name: string): Promise<string | boolean> =>
    page.evaluate<string | boolean>(
      `(({ type, checked, value }) => (type === 'checkbox' ? checked : value))(document.querySelector('#node-input-${name}'))`,
    );
  const problem = (name: string): Locator => page.locator(`#dialog-form .insa-problem[data-field="${name}"]`);
  const isValid = (type: string): Promise<boolean> => page.evaluate<boolean>(`RED.nodes.node('${type}').valid`);
  const outcome = (): Locator => page.locator('#insa-send-test-outcome');
  const log = (): Locator => page.locator('#insa-send-test-log');
  const sendTest = async (said: string | RegExp): Promise<string> => {
    await page.locator('#insa-send-test').click();
    await outcome().getByText(said).waitFor();
    return log().innerText();
  };

  it('open, are filled in, and keep what was entered over a deployment and a new page', async () => {
    for (const [type, fields] of Object.entries(FORMS)) {
      await open(type);
      for (const [name, value] of Object.entries(fields)) await enter(name, value);
      const problems = await page.locator('#dialog-form .insa-problem, #dialog-form .insa-warning').allInnerTexts();
      assert.deepEqual(
        problems.filter((text) => text !== ''),
        [],
        type,
      );
      await leave('ok');
      assert.equal(await isValid(type), true, type);
    }
    const deployed = page.waitForResponse((answer) => answer.url().endsWith('/flows') && answer.request().method() === 'POST');
    await page.locator('#red-ui-header-button-deploy').click();
    assert.equal((await deployed).status(), 200);
    assert.deepEqual(visited.complaints, []);
    await visited.close();
    await openEditor();
    for (const [type, fields] of Object.entries(FORMS)) {
      await open(type);
      const kept: Fields = {};
      for (const name of Object.keys(fields)) kept[name] = await valueOf(name);
      assert.deepEqual(kept, fields, type);
      await leave('cancel');
    }
  });

  it('say what is wrong under the field, and mark the node', async () => {
    for (const [type, name, value, said] of BAD) {
      const what = `${type}.${name} = ${JSON.stringify(value).slice(0, 60)}`;
      const before = FORMS[type]?.[name] ?? '';
      await open(type);
      await enter(name, value);
      assert.match(await problem(name).innerText(), said, what);
      await field(name).blur();
      assert.match((await field(name).getAttribute('class')) ?? '', /input-error/, what);
      await leave('ok');
      assert.equal(await isValid(type), false, what);
      await page.locator(`#${type} .red-ui-flow-node-error`).waitFor();
      await open(type);
      assert.match(await problem(name).innerText(), said, what);
      await enter(name, before);
      assert.equal(await problem(name).innerText(), '', what);
      await leave('ok');
      assert.equal(await isValid(type), true, what);
    }
  });

  it('mark a node that came with line breaks in a header, which the fields themselves cannot hold', async () => {
    const validWith = (type: string, name: string, value: string): Promise<boolean> =>
      page.evaluate<boolean>(`((node) => {
        const before = node.${name};
        node.${name} = ${JSON.stringify(value)};
        RED.editor.validateNode(node);
        const { valid } = node;
        node.${name} = before;
        RED.editor.validateNode(node);
        return valid;
      })(RED.nodes.node('${type}'))`);
    assert.equal(await validWith('webhook', 'headers', 'X-A: b\rX-B: c'), false);
    assert.equal(await validWith('email', 'subject', 'Hot\r\nBcc: all@example.com'), false);
    assert.equal(await validWith('email', 'subject', 'Hot'), true);
    await open('email');
    await enter('subject', 'Hot\r\nBcc: all@example.com');
    assert.doesNotMatch(String(await valueOf('subject')), /[\r\n]/);
    await leave('cancel');
  });

  it('do not let an alert-in be without events', async () => {
    await open('alert-in');
    await chooseEvents([]);
    assert.match(await problem('events').innerText(), /^No event is chosen, so the node would never send/);
    await leave('ok');
    assert.equal(await isValid('alert-in'), false);
    await open('alert-in');
    await chooseEvents(['raised', 'acknowledged']);
    await leave('ok');
    assert.equal(await isValid('alert-in'), true);
  });

  it('warn of a device that is not registered, and of an address that must be let through', async () => {
    for (const type of ['command', 'alert-in']) {
      await open(type);
      await enter('deviceId', 'boiler-77');
      await page.getByText('The device "boiler-77" is not registered').waitFor();
      await leave('cancel');
    }
    await open('webhook');
    await enter('url', 'http://10.1.2.3/alerts');
    await page.getByText('The address 10.1.2.3 is a private address; it is sent to only where WEBHOOK_ALLOW_CIDRS').waitFor();
    await leave('cancel');
  });

  it('put a field where the cursor is', async () => {
    await open('email');
    await enter('subject', 'Hot:  now');
    await field('subject').evaluate((input) =>
      (input as unknown as { setSelectionRange(a: number, b: number): void }).setSelectionRange(5, 5),
    );
    await page.getByRole('button', { name: '{{value}}', exact: true }).click();
    assert.equal(await valueOf('subject'), 'Hot: {{value}} now');
    await leave('cancel');
  });

  for (const scheme of ['light', 'dark']) {
    it(`are aligned, whole and readable in the ${scheme} theme`, async () => {
      await page.evaluate(`document.documentElement.classList.toggle('nr-theme-dark', ${String(scheme === 'dark')})`);
      for (const type of Object.keys(FORMS)) {
        await open(type);
        await picture(`${type}-${scheme}`);
        const odd = await page.evaluate<string[]>(ODD_PLACES);
        assert.deepEqual(odd, [], type);
        await page.evaluate(axe.source);
        const violations = await page.evaluate<{ id: string; nodes: { html: string; failureSummary?: string }[] }[]>(
          "axe.run({ include: ['#dialog-form'], exclude: ['[id^=red-ui-trap]'] }, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] }).then((result) => result.violations)",
        );
        assert.deepEqual(
          violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.html} ${node.failureSummary ?? ''}`).join('\n')}`),
          [],
          type,
        );
        await leave('cancel');
      }
      await page.evaluate("document.documentElement.classList.remove('nr-theme-dark')");
    });
  }

  /** Of the open dialog alone, for whoever looks at them. */
  async function picture(name: string): Promise<void> {
    if (FOLDER !== undefined) await page.locator('.red-ui-tray').screenshot({ path: path.join(FOLDER, `node-${name}.png`) });
  }

  it('e-mail: send an example with the subject and text of the form to all its addresses, and show what was said', async () => {
    await open('email');
    assert.equal(await log().isVisible(), false);
    await enter('subject', 'Hot: {{device.name}} {{value}} {{unit}}');
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
    await picture('email-sent');
    await leave('cancel');
  });

  it('e-mail: show who was refused, and send nothing while the form is wrong', async () => {
    await open('email');
    await enter('recipients', 'gone@example.com, ops@example.com');
    await sendTest(/^Delivered: Refused: gone@example\.com \(550 no such user here\)\. For the others: 250/);
    await enter('recipients', 'gone@example.com');
    const said = await sendTest(/^Not delivered: .*550 no such user here/);
    assert.match(said, /^server: 550 no such user here$/m);
    await picture('email-refused');
    const before = mail.connections();
    await enter('recipients', 'nobody');
    await sendTest('First put right what is marked: "nobody" is no address.');
    assert.equal(await log().isVisible(), false);
    assert.equal(mail.connections(), before);
    await leave('cancel');
  });

  it('webhook: send to the endpoint, and show the request and its answer as text', async () => {
    await open('webhook');
    await enter('url', `http://127.0.0.1:${String(hooks.port)}/alerts`);
    const said = await sendTest(/^Delivered: /);
    const received = hooks.received.at(-1) ?? assert.fail();
    assert.deepEqual([received.url, received.headers['authorization'], received.headers['x-line']], ['/alerts', 'Bearer abc', '2']);
    for (const line of [
      /^connection: 127\.0\.0\.1/m,
      /^POST \/alerts HTTP\/1\.1$/m,
      /^x-insa-signature: sha256=/im,
      /^HTTP 202$/m,
      /^taken <b>note<\/b>$/m,
    ]) {
      assert.match(said, line);
    }
    assert.ok(!said.includes('Bearer abc'), 'what authenticates is masked');
    await picture('webhook-sent');
    await enter('url', `http://127.0.0.1:${String(hooks.port)}/broken`);
    assert.match(await sendTest(/^Not delivered: .*500/), /^HTTP 500$/m);
    await leave('cancel');
  });

  it('webhook: say why an address was not connected to, and that an endpoint does not answer', async () => {
    await open('webhook');
    await enter('url', 'http://10.1.2.3/alerts');
    await sendTest(/^Not delivered: .*10\.1\.2\.3.*private address.*WEBHOOK_ALLOW_CIDRS/);
    await enter('url', `http://127.0.0.1:${String(silent.port)}/`);
    assert.match(await sendTest(/^Not delivered: .*10 s/), /^POST \/ HTTP\/1\.1$/m);
    await leave('cancel');
    assert.deepEqual(visited.complaints, []);
  });
});

/** Texts that are cut, labels in two lines, and fields of one form that do not begin at one edge. */
const ODD_PLACES = `(() => {
  const form = document.querySelector('#dialog-form');
  const odd = [];
  if (form.scrollWidth > form.clientWidth + 1) odd.push('the form is wider than its place');
  const shown = (one) => one.offsetParent !== null;
  const edges = new Set();
  for (const label of form.querySelectorAll('.form-row > label')) {
    if (label.getBoundingClientRect().height > 30) odd.push('in two lines: ' + label.innerText);
    if (label.innerText.trim() === '') odd.push('a label without text');
  }
  for (const input of form.querySelectorAll('.form-row > label + input, .form-row > label + select, .form-row > label + textarea')) {
    if (!shown(input)) continue;
    edges.add(Math.round(input.getBoundingClientRect().left));
    if (input.scrollWidth > input.clientWidth + 1) odd.push('cut: ' + input.id);
  }
  if (edges.size > 1) odd.push('edges at ' + [...edges].join(', '));
  for (const text of form.querySelectorAll('[data-i18n]')) if (/^[a-z-]+\\.[a-z]+\\./.test(text.innerText)) odd.push('no text: ' + text.innerText);
  return odd;
})()`;
