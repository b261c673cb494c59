import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { formOf, languagesOf, textsOf } from './node-form.ts';

describe('the form of a node', () => {
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'insa-node-form-'));
    write(
      'nodes/sample/sample.editor.html',
      '<b></b>\n<!-- include ../shared/editor/part.html -->\n<i data-i18n="sample.label.own"></i>\n',
    );
    write('nodes/shared/editor/part.html', '<p data-i18n="{{texts}}.label.shared">{{other}}</p>\n');
    write('nodes/sample/locales/en-US/sample.json', { sample: { palette: 'sample', label: { own: 'Own', unit: 'mine' } } });
    write('nodes/shared/editor/locales/en-US/part.json', { label: { shared: 'Shared', unit: 'ours' } });
  });

  afterEach(() => {
    rmSync(root, { recursive: true });
  });

  const write = (file: string, content: string | object): void => {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), typeof content === 'string' ? content : JSON.stringify(content));
  };

  it('holds what it includes, with the name of the node for the placeholder', () => {
    assert.equal(
      formOf(root, 'sample'),
      '<b></b>\n<p data-i18n="sample.label.shared">{{other}}</p>\n<i data-i18n="sample.label.own"></i>\n',
    );
  });

  it('brings the texts of what it includes; its own words win', () => {
    assert.deepEqual(languagesOf(root, 'sample'), ['en-US']);
    assert.deepEqual(textsOf(root, 'sample', 'en-US'), {
      sample: { palette: 'sample', label: { own: 'Own', unit: 'mine', shared: 'Shared' } },
    });
  });

  it('is left with its own texts when it includes nothing', () => {
    write('nodes/sample/sample.editor.html', '<b></b>');
    assert.deepEqual(textsOf(root, 'sample', 'en-US'), { sample: { palette: 'sample', label: { own: 'Own', unit: 'mine' } } });
  });

  it('names the form and the include that is not there', () => {
    write('nodes/sample/sample.editor.html', '<!-- include ../shared/editor/prat.html -->');
    assert.throws(
      () => formOf(root, 'sample'),
      /nodes\/sample\/sample\.editor\.html includes \.\.\/shared\/editor\/prat\.html, which is not there/,
    );
  });

  it('refuses an include in what is included', () => {
    write('nodes/shared/editor/part.html', '<!-- include other.html -->');
    assert.throws(() => formOf(root, 'sample'), /includes \.\.\/shared\/editor\/part\.html, which includes others/);
  });
});
