import assert from 'node:assert/strict';
import { warningsIn } from '../api/health.ts';
import type { Warning } from '../api/health.ts';
import { Warnings } from './warnings.ts';

describe('warnings of the platform', () => {
  let told: Warning[] | undefined;
  let kept: Map<string, string>;

  beforeEach(() => {
    kept = new Map();
  });

  const page = () =>
    new Warnings({
      load: () => Promise.resolve(told),
      store: { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => void kept.set(key, value) },
    });
  const tell = async (warnings: Warnings, texts: string[] | undefined): Promise<readonly string[]> => {
    told = texts === undefined ? undefined : warningsIn({ warnings: texts });
    await warnings.refresh();
    return warnings.shown.value.map(({ text }) => text);
  };

  it('are shown until they end; what is known stays while the platform does not answer', async () => {
    const warnings = page();
    assert.deepEqual(await tell(warnings, ['a', 'b']), ['a', 'b']);
    assert.deepEqual(await tell(warnings, undefined), ['a', 'b']);
    assert.deepEqual(await tell(warnings, []), []);
  });

  it('are hidden when dismissed, over a reload too; others are shown', async () => {
    const warnings = page();
    await tell(warnings, ['a', 'b']);
    warnings.dismiss();
    assert.deepEqual(warnings.shown.value, []);
    assert.deepEqual(await tell(page(), ['a', 'b', 'c']), ['c']);
  });

  it('are shown again when they ended and came back', async () => {
    const warnings = page();
    await tell(warnings, ['a']);
    warnings.dismiss();
    await tell(warnings, []);
    assert.deepEqual(await tell(warnings, ['a']), ['a']);
  });

  it('survive what others wrote under their name', async () => {
    for (const text of ['{', '"a"', '[1, "a"]']) {
      kept.set('insa.dismissed-warnings', text);
      assert.deepEqual(await tell(page(), ['b']), ['b']);
    }
  });
});
