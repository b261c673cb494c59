import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
// Before there is a document: it would take ours for a real one.
import 'vue-i18n';
import type { AreaTexts, Texts } from '../../dashboards/operator/src/i18n.ts';
import { en } from '../../dashboards/operator/src/locales/en.ts';

const SOURCE = path.join(import.meta.dirname, '..', '..', 'dashboards', 'operator', 'src');
const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' }).filter(
  (file) => /\.(vue|ts)$/.test(file) && !/\.test\.ts$/.test(file),
);
const isText = (file: string): boolean => /(^|\/)(texts[^/]*|locales\/\w+)\.ts$/.test(file);

/** The texts of the web app, for people in two languages. */
describe('the texts of the web app', () => {
  before(() => {
    // What a browser has, as far as reading texts needs it.
    Object.assign(globalThis, { localStorage: { getItem: () => null }, document: { documentElement: {} } });
  });

  after(() => {
    Reflect.deleteProperty(globalThis, 'localStorage');
    Reflect.deleteProperty(globalThis, 'document');
  });

  it('are all used somewhere', async () => {
    const code = files.filter((file) => !isText(file)).map((file) => readFileSync(path.join(SOURCE, file), 'utf8'));
    const text = code.join('\n');
    // `areas.${name}` stands for every name.
    const patterns = [...text.matchAll(/`([\w-]+(?:\.[\w-]+)*\.(?:[\w.-]|\$\{[^`}]*\})*)`/g)]
      .map(([, template = '']) => template)
      .filter((template) => template.includes('${'))
      .map((template) => new RegExp(`^${template.replaceAll('.', '\\.').replaceAll(/\$\{[^}]*\}/g, '.+')}$`));
    const names = [...namesIn(en), ...(await areaTexts()).flatMap((texts) => namesIn(texts.en))];
    assert.ok(names.length > 1_000, String(names.length));
    const unused = names.filter(
      (name) => !text.includes(`'${name}'`) && !text.includes(`"${name}"`) && !patterns.some((one) => one.test(name)),
    );
    assert.deepEqual(unused, []);
  });
});

async function areaTexts(): Promise<AreaTexts[]> {
  const found = files.map((file) => path.join(SOURCE, file)).filter((file) => readFileSync(file, 'utf8').includes(' texts = defineTexts('));
  return Promise.all(found.map(async (file) => ((await import(pathToFileURL(file).href)) as { texts: AreaTexts }).texts));
}

function namesIn(texts: Texts, before = ''): string[] {
  return Object.entries(texts).flatMap(([name, inside]) =>
    typeof inside === 'string' ? [before + name] : namesIn(inside, `${before}${name}.`),
  );
}
