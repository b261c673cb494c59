import type { Linter } from 'eslint';

interface Restriction {
  selector: string;
  message: string;
}

/** Reading the machine's clock or chance directly: results could then neither be tested nor replayed. */
export const ambientCalls: Restriction[] = [
  {
    selector: "CallExpression[callee.object.name='Date'][callee.property.name='now']",
    message: 'Take a Clock (src/core/clock.ts) and call nowMs().',
  },
  { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: 'Use new Date(clock.nowMs()).' },
  {
    selector: "CallExpression[callee.object.name='Math'][callee.property.name='random']",
    message: 'Take the source of chance as an argument.',
  },
];

/** Times, numbers and orders in the language of the browser, where the person has chosen one for the page. */
export const browserLanguage: Restriction[] = [
  {
    selector: 'CallExpression[callee.property.name=/^toLocale/][arguments.length=0]',
    message: 'Say the language: locale of useI18n(), or pageLanguage().',
  },
  {
    selector: "CallExpression[callee.property.name='localeCompare'][arguments.length=1]",
    message: 'Compare with byName() of language.ts.',
  },
  {
    selector: "NewExpression[callee.object.name='Intl']:matches([arguments.length=0], [arguments.0.name='undefined'])",
    message: 'Say the language: locale of useI18n(), or pageLanguage().',
  },
];

/** Tests that would keep all others from running. */
export const focusedTests: Restriction[] = [
  {
    selector: "MemberExpression[object.name=/^(describe|context|it|specify)$/][property.name='only']",
    message: 'Remove .only: it keeps all other tests from running.',
  },
];

/** Tests that would be left out without a word. A missing system program goes through needsProgram() instead. */
export const skippedTests: Restriction[] = [
  {
    selector: "MemberExpression[object.name=/^(describe|context|it|specify)$/][property.name='skip']",
    message: 'Remove .skip: repair the test or delete it.',
  },
  {
    selector: "MemberExpression[object.type='ThisExpression'][property.name='skip']",
    message: 'Use needsProgram() of test/support/system-programs.ts, which says why.',
  },
];

/** What holds in every TypeScript file (docs/style.md explains each). */
export const houseRules: Linter.RulesRecord = {
  eqeqeq: ['error', 'always', { null: 'ignore' }],
  'max-lines': ['error', { max: 400, skipBlankLines: false, skipComments: false }],
  'max-lines-per-function': ['error', { max: 50, skipBlankLines: true, skipComments: true }],
  'max-params': ['error', 4],
  'no-console': 'off',
  'no-param-reassign': 'error',
  'no-warning-comments': ['error', { terms: ['todo', 'fixme', 'xxx', 'hack'] }],
  'prefer-const': 'error',
  '@typescript-eslint/consistent-type-imports': 'error',
  '@typescript-eslint/no-explicit-any': 'error',
  '@typescript-eslint/no-floating-promises': 'error',
  '@typescript-eslint/no-non-null-assertion': 'error',
  '@typescript-eslint/no-unused-vars': ['error', { varsIgnorePattern: '^_', argsIgnorePattern: '^_' }],
  // Wrong wherever a flag changes while something is awaited (`if (this.stopping)` after an await), which is everywhere in a server.
  '@typescript-eslint/no-unnecessary-condition': 'off',
  '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
  '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true, allowNullish: false }],
  '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true, ignoreVoidOperator: true }],
};
