import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { silentLogger } from '../../../core/logger.ts';
import type { Logger } from '../../../core/logger.ts';
import { EmailTemplates, faultOf, TEMPLATE_FILES } from './templates.ts';
import { SAMPLES } from './views.ts';

describe('e-mail templates', () => {
  let folder: string;
  const warnings: string[] = [];
  const logger: Logger = { ...silentLogger, warn: (_fields, message) => void warnings.push(message) };

  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'insa-templates-'));
    warnings.length = 0;
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const own = (name: string, text: string) => writeFileSync(path.join(folder, name), text);
  const templates = () => new EmailTemplates({ ownFolder: folder, logger });
  const layout = readFileSync(path.join(import.meta.dirname, 'templates', 'layout.html.hbs'), 'utf8');

  it('of the platform name nothing but what there is', () => {
    for (const file of TEMPLATE_FILES) {
      const text = readFileSync(path.join(import.meta.dirname, 'templates', file), 'utf8');
      assert.equal(faultOf(file, text, layout), undefined, file);
    }
  });

  it('are taken from the folder of the installation, inside of its layout or of the platform’s', () => {
    own('test.html.hbs', '{{#> layout}}<p>Hola {{recipient}}</p>{{/layout}}');
    own('test.text.hbs', 'Hola {{recipient}} <&>\n');
    own('layout.html.hbs', '<html><body style="color:{{colour}}">ACME {{> @partial-block}}</body></html>');
    const { html, text } = templates().render('test', { ...SAMPLES.test, recipient: '<b>"x"' });
    assert.equal(html, '<html><body style="color:#b3261e">ACME <p>Hola &lt;b&gt;&quot;x&quot;</p></body></html>');
    assert.equal(text, 'Hola <b>"x" <&>\n');
    assert.deepEqual(warnings, []);
  });

  for (const [what, text, says] of [
    [
      'an unknown value',
      'x\n{{devise_name}}',
      /line 2 names \{\{devise_name\}\}, which is no value; there are subject, preheader, .*device_name/,
    ],
    ['an unknown part', '{{chart.svg}}', /names \{\{chart\.svg\}\}.*there are cid, top, bottom, from, to, caption/],
    ['a name below a text', '{{message.length}}', /nothing below it has a name/],
    ['a name above everything', '{{../message}}', /above everything/],
    ['an unknown name in a block', '{{#with chart}}{{message}}{{/with}}', /names \{\{message\}\}.*there are cid/],
    ['an unknown helper', '{{#loop chart}}{{/loop}}', /block "loop"; there are if, unless, each, with/],
    ['a call', '{{lookup chart "cid"}}', /calls something/],
    ['a value that is not escaped', '{{{message}}}', /without escaping/],
    ['a value that is not escaped, in another way', '{{& message}}', /without escaping/],
    ['a part that there is not', '{{> footer}}', /includes "footer"; there is layout/],
    ['a part by calculation', '{{> (lookup . "message")}}', /includes ""/],
    ['a decorator', '{{#*inline "x"}}{{/inline}}', /must not have/],
    ['parameters of a block', '{{#with chart as |c|}}{{c.cid}}{{/with}}', /"as \|name\|"/],
    ['unknown data', '{{@foo}}', /there are @index/],
    ['braces that do not pair up', '{{#if message}}', /not a Handlebars template/],
    ['too much text', 'x'.repeat(200_001), /200000 characters/],
  ] as const) {
    it(`are refused with ${what}, and the platform’s is used`, () => {
      own('alert-raised.html.hbs', text);
      assert.ok(templates().render('alert-raised', SAMPLES['alert-raised']).html.includes('INSA'));
      assert.equal(warnings.length, 1);
      assert.match(warnings[0] ?? '', /^The e-mail template alert-raised\.html\.hbs cannot be used: /);
      assert.match(warnings[0] ?? '', says);
    });
  }

  it('may use each, with its places, and names from further out', () => {
    const text = '{{#each devices}}{{@index}}{{#if @first}}!{{/if}} {{name}} of {{../count}} {{@root.timezone}};{{else}}none{{/each}}';
    own('device-offline.text.hbs', text);
    const { text: rendered } = templates().render('device-offline', SAMPLES['device-offline']);
    assert.equal(rendered, '0! Pump 7 of 2 America/Bogota;1 Pump 8 of 2 America/Bogota;\n');
    assert.deepEqual(warnings, []);
  });

  it('reach nothing but the values: no constructor, no prototype', () => {
    for (const name of ['constructor', '__proto__', 'toString', 'chart.constructor']) {
      assert.match(faultOf('alert-raised.text.hbs', `{{${name}}}`, undefined) ?? '', /which is no value/, name);
    }
  });

  it('with a name that is none are told of', () => {
    own('alert.html.hbs', 'x');
    templates();
    assert.match(
      warnings[0] ?? '',
      /^The file alert\.html\.hbs is no e-mail template; there are layout\.html\.hbs, alert-raised\.html\.hbs/,
    );
  });

  it('need no folder', () => {
    new EmailTemplates({ ownFolder: path.join(folder, 'none'), logger });
    assert.deepEqual(warnings, []);
  });
});
