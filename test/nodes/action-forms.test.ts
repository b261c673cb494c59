import assert from 'node:assert/strict';
import axe from 'axe-core';
import { needsProgram } from '../support/system-programs.ts';
import { FormEditor, FORMS } from './support/form-editor.ts';
import type { Fields } from './support/form-editor.ts';

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
  ['email', 'text', 'It has {{{value}}}', /^The text has \{\{\{value\}\}\}, with more than two braces/],
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
  ['webhook', 'secretHeaders', 'Authorization', /^The line "Authorization" has no name with a colon/],
  ['webhook', 'secretHeaders', 'Host: example.com', /^"Host": It sets a header that the platform sets itself/],
  ['webhook', 'secretHeaders', 'X A: b', /^"X A": The name of a header has letters, digits and - only/],
  ['mqtt-publish', 'topic', 'insa/commands/boiler-01', /is one of the platform's own/],
  ['mqtt-publish', 'topic', 'plant/#', /wildcard|#/],
  ['mqtt-publish', 'topic', 'plant/{{nothing}}', /^The topic has \{\{nothing\}\}, which is no field/],
  ['mqtt-publish', 'payload', 'Now {{{value}}}', /^The payload has \{\{\{value\}\}\}, with more than two braces/],
  ['mqtt-publish', 'payload', '{{password}}', /^The payload has \{\{password\}\}, which is no field/],
  ['command', 'command', 'set speed', /^The name of a command has/],
  ['command', 'params', '[1]', /^The parameters are no JSON object/],
  ['command', 'params', '{"rpm": "{{rpm}}"}', /^The parameter has \{\{rpm\}\}, which is no field/],
  ['command', 'params', '{"rpm": "{{{value}}}"}', /^The parameter has \{\{\{value\}\}\}, with more than two braces/],
  ['command', 'timeoutSeconds', '1.5', /not a whole number of seconds/],
  ['command', 'timeoutSeconds', '3601', /^The time to answer 3601 is too large; enter at most 3600/],
  ['actions', 'name', 'x'.repeat(101), /^The name has 101 characters/],
  ['rule-action-in', 'name', '', /^The name is blank/],
  ['timeseries', 'period', 'long', /^The period "long" is not a time from one second to 366 days/],
  ['timeseries', 'maxValue', '-30', /^The largest value -30 is below the smallest -20/],
  ['timeseries', 'minValue', 'low', /^The smallest value "low" is not a number/],
  ['trend', 'throttleSeconds', '0', /^The pause 0 is too small/],
  ['trend', 'threshold', '-1', /^The threshold -1 is too small/],
  ['statistics', 'percentiles', '5, 101', /^"101" is no percentile/],
  ['correlation', 'otherDeviceId', 'boiler-01', /^This is the first device already/],
  ['correlation', 'keys', 'temperature', /^One quantity goes with nothing/],
  ['forecast', 'confidence', '99.9', /^The confidence 99.9 is too large/],
  ['forecast', 'horizon', '1000', /^The number of steps 1000 is too large; enter at most 100/],
];

/** The forms of the nodes that tell of alerts and of those that analyse, in a real browser on the whole program. */
describe('the forms of action and analysis nodes', () => {
  const chromiumPath = needsProgram('chromium');
  let editor: FormEditor;

  before(async () => {
    editor = await FormEditor.start(chromiumPath);
  });

  afterEach(() => {
    assert.deepEqual(editor.complaints, []);
  });

  after(() => editor.stop());

  it('show the default of a choice that the stored node lacks, and refuse it in no node', async () => {
    for (const [type, field, value] of [
      ['forecast', 'model', 'auto'],
      ['mqtt-publish', 'qos', '1'],
    ] as const) {
      assert.deepEqual(await editor.page.evaluate(`RED.nodes.node('${type}').validationErrors.filter((e) => /is not one of/.test(e))`), []);
      await editor.open(type);
      assert.equal(await editor.field(field).inputValue(), value);
      const said = await editor.problem(field).allInnerTexts();
      await editor.leave('cancel');
      assert.deepEqual(
        said.filter((text) => text !== ''),
        [],
      );
    }
  });

  it('open, are filled in, and keep what was entered over a deployment and a new page', async () => {
    for (const [type, fields] of Object.entries(FORMS)) {
      await editor.open(type);
      for (const [name, value] of Object.entries(fields)) await editor.enter(name, value);
      const problems = await editor.page.locator('#dialog-form .insa-problem, #dialog-form .insa-warning').allInnerTexts();
      assert.deepEqual(
        problems.filter((text) => text !== ''),
        [],
        type,
      );
      await editor.leave('ok');
      assert.equal(await editor.isValid(type), true, type);
    }
    await editor.deployAndOpenAnew();
    for (const [type, fields] of Object.entries(FORMS)) {
      await editor.open(type);
      const kept: Fields = {};
      for (const name of Object.keys(fields)) kept[name] = await editor.valueOf(name);
      assert.deepEqual(kept, fields, type);
      await editor.leave('cancel');
    }
  });

  it('say what is wrong under the field at once, as the mark of the field does', async () => {
    for (const type of Object.keys(FORMS)) {
      await editor.open(type);
      for (const [, name, value, said] of BAD.filter(([of]) => of === type)) {
        const what = `${type}.${name} = ${JSON.stringify(value).slice(0, 60)}`;
        const before = FORMS[type]?.[name] ?? '';
        await editor.enter(name, value);
        await editor.field(name).blur();
        assert.match(await editor.problem(name).innerText(), said, what);
        assert.match((await editor.field(name).getAttribute('class')) ?? '', /input-error/, what);
        await editor.enter(name, before);
        await editor.field(name).blur();
        assert.equal(await editor.problem(name).innerText(), '', what);
        assert.doesNotMatch((await editor.field(name).getAttribute('class')) ?? '', /input-error/, what);
      }
      await editor.leave('cancel');
      for (const [, name, value] of BAD.filter(([of]) => of === type))
        assert.equal(await editor.validWith(type, name === 'secretHeaders' ? 'headers' : name, value), false, `${type}.${name}`);
    }
  });

  it('keep what is wrong when it is saved all the same, with a mark on the node', async () => {
    for (const type of Object.keys(FORMS)) {
      const [, name, value, said] = BAD.findLast(([of]) => of === type) ?? [
        '',
        'events',
        '',
        /^No event is chosen, so the node would never send/,
      ];
      await editor.open(type);
      await editor.enter(name, value);
      await editor.leave('ok');
      assert.equal(await editor.isValid(type), false, type);
      await editor.page.locator(`#${type} .red-ui-flow-node-error`).waitFor();
      await editor.open(type);
      assert.match(await editor.problem(name).innerText(), said, type);
      await editor.enter(name, FORMS[type]?.[name] ?? '');
      await editor.leave('ok');
      assert.equal(await editor.isValid(type), true, type);
    }
  });

  it('mark a node that came with line breaks in a header, which the fields themselves cannot hold', async () => {
    assert.equal(await editor.validWith('webhook', 'headers', 'X-A: b\rX-B: c'), false);
    assert.equal(await editor.validWith('email', 'subject', 'Hot\r\nBcc: all@example.com'), false);
    assert.equal(await editor.validWith('email', 'subject', 'Hot'), true);
    await editor.open('email');
    await editor.enter('subject', 'Hot\r\nBcc: all@example.com');
    assert.doesNotMatch(String(await editor.valueOf('subject')), /[\r\n]/);
    await editor.leave('cancel');
  });

  it('warn of a device that is not registered, and of an address that must be let through', async () => {
    for (const type of ['command', 'alert-in', 'trend', 'correlation']) {
      await editor.open(type);
      await editor.enter('deviceId', 'boiler-77');
      await editor.page.getByText('The device "boiler-77" is not registered').waitFor();
      await editor.leave('cancel');
    }
    await editor.open('webhook');
    await editor.enter('url', 'http://10.1.2.3/alerts');
    await editor.page.getByText('The address 10.1.2.3 is a private address; it is sent to only where WEBHOOK_ALLOW_CIDRS').waitFor();
    await editor.leave('cancel');
  });

  it('put a field where the cursor is', async () => {
    await editor.open('email');
    await editor.enter('subject', 'Hot:  now');
    await editor
      .field('subject')
      .evaluate((input) => (input as unknown as { setSelectionRange(a: number, b: number): void }).setSelectionRange(5, 5));
    await editor.page.getByRole('button', { name: '{{value}}', exact: true }).click();
    assert.equal(await editor.valueOf('subject'), 'Hot: {{value}} now');
    await editor.leave('cancel');
  });

  for (const scheme of ['light', 'dark']) {
    it(`are aligned, whole and readable in the ${scheme} theme`, async () => {
      await editor.page.evaluate(`document.documentElement.classList.toggle('nr-theme-dark', ${String(scheme === 'dark')})`);
      for (const type of Object.keys(FORMS)) {
        await editor.open(type);
        if (type === 'forecast' && scheme === 'light') await editor.picture('node-forecast');
        const odd = await editor.page.evaluate<string[]>(ODD_PLACES);
        assert.deepEqual(odd, [], type);
        await editor.page.evaluate(axe.source);
        const violations = await editor.page.evaluate<{ id: string; nodes: { html: string; failureSummary?: string }[] }[]>(
          "axe.run({ include: ['#dialog-form'], exclude: ['[id^=red-ui-trap]'] }, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] }).then((result) => result.violations)",
        );
        assert.deepEqual(
          violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.html} ${node.failureSummary ?? ''}`).join('\n')}`),
          [],
          type,
        );
        await editor.leave('cancel');
      }
      await editor.page.evaluate("document.documentElement.classList.remove('nr-theme-dark')");
    });
  }
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
