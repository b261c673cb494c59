import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { ESLint } from 'eslint';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Code that the house rules of docs/style.md refuse, the file it stands in, and the rule that says so. */
const REFUSED: { code: string; file: string; rule: string }[] = [
  { code: 'void Date.now();', file: 'src/contracts/limits.ts', rule: 'no-restricted-syntax' },
  { code: 'void new Date();', file: 'src/contracts/limits.ts', rule: 'no-restricted-syntax' },
  { code: 'void Math.random();', file: 'src/contracts/limits.ts', rule: 'no-restricted-syntax' },
  { code: 'void (5).toLocaleString();', file: 'dashboards/operator/src/language.ts', rule: 'no-restricted-syntax' },
  { code: 'void new Intl.NumberFormat();', file: 'dashboards/operator/src/language.ts', rule: 'no-restricted-syntax' },
  { code: 'void new Intl.Collator(undefined, {});', file: 'dashboards/operator/src/language.ts', rule: 'no-restricted-syntax' },
  { code: "void 'a'.localeCompare('b');", file: 'dashboards/operator/src/language.ts', rule: 'no-restricted-syntax' },
  { code: 'export function undocumented(): void {}', file: 'src/contracts/limits.ts', rule: 'insa/export-docs' },
  { code: 'Promise.resolve();', file: 'src/contracts/limits.ts', rule: '@typescript-eslint/no-floating-promises' },
  { code: 'export let value: any;', file: 'test/toolchain/lint.test.ts', rule: '@typescript-eslint/no-explicit-any' },
  { code: 'void process.env.HOME!;', file: 'test/toolchain/lint.test.ts', rule: '@typescript-eslint/no-non-null-assertion' },
  { code: "it.only('a', () => {});", file: 'test/toolchain/lint.test.ts', rule: 'no-restricted-syntax' },
  { code: "describe.skip('a', () => {});", file: 'test/toolchain/lint.test.ts', rule: 'no-restricted-syntax' },
  { code: "it('a', function () { this.skip(); });", file: 'test/toolchain/lint.test.ts', rule: 'no-restricted-syntax' },
  { code: 'export const f = (a: 1, b: 2, c: 3, d: 4, e: 5) => [a, b, c, d, e];', file: 'test/toolchain/lint.test.ts', rule: 'max-params' },
  { code: '\n'.repeat(401), file: 'test/toolchain/lint.test.ts', rule: 'max-lines' },
];

describe('The house rules', () => {
  // With CI=true the parser would take a file's text from the disk instead of ours.
  const parserOptions = { disallowAutomaticSingleRunInference: true };
  const eslint = new ESLint({ cwd: root, overrideConfig: { languageOptions: { parserOptions } } });
  const rulesBroken = async (code: string, file: string): Promise<(string | null)[]> => {
    const results = await eslint.lintText(code, { filePath: `${root}/${file}` });
    return results.flatMap(({ messages }) => messages.map(({ ruleId }) => ruleId));
  };

  for (const { code, file, rule } of REFUSED) {
    it(`${rule} refuses ${code.trim() || 'a long file'}`, async () => {
      assert.ok((await rulesBroken(code, file)).includes(rule));
    });
  }

  it('allow the clock in core and in tests', async () => {
    for (const file of ['src/core/clock.ts', 'test/toolchain/lint.test.ts'])
      assert.deepEqual(await rulesBroken('void Date.now();\n', file), []);
  });

  it('accept a documented export', async () => {
    assert.deepEqual(await rulesBroken('/** The answer. */\nexport const answer = 42;\n', 'src/contracts/limits.ts'), []);
  });
});
