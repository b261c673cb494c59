import vue from 'eslint-plugin-vue';
import tseslint from 'typescript-eslint';
import { exportDocs } from './scripts/lint/export-docs.ts';
import { ambientCalls, browserLanguage, focusedTests, houseRules, skippedTests } from './scripts/lint/house-rules.ts';

const EDITOR_FILES = ['nodes/**/*.editor.ts', 'nodes/shared/editor/**/*.ts'];
const TEST_FILES = ['**/*.test.ts', 'test/**/*.ts'];

export default tseslint.config(
  { ignores: ['dist/', 'coverage/', 'data/', 'node_modules/', 'dashboards/operator/dist/', '**/*.js', '**/*.mjs'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.ts', '**/*.vue'],
    extends: [tseslint.configs.strictTypeChecked],
    plugins: { insa: { rules: { 'export-docs': exportDocs } } },
    languageOptions: { parserOptions: { project: ['./tsconfig.json'], tsconfigRootDir: import.meta.dirname } },
    rules: {
      ...houseRules,
      'insa/export-docs': 'error',
      'no-restricted-syntax': ['error', ...ambientCalls, ...focusedTests, ...skippedTests],
    },
  },
  { files: EDITOR_FILES, languageOptions: { parserOptions: { project: ['./tsconfig.editor.json'] } } },
  {
    files: ['dashboards/operator/**/*.ts', 'dashboards/operator/**/*.vue'],
    extends: [vue.configs['flat/recommended'], vue.configs['no-layout-rules']],
    languageOptions: {
      parserOptions: { parser: tseslint.parser, project: ['./dashboards/operator/tsconfig.json'], extraFileExtensions: ['.vue'] },
    },
    rules: { 'no-restricted-syntax': ['error', ...ambientCalls, ...browserLanguage, ...focusedTests, ...skippedTests] },
  },
  {
    // The places that may read the machine's clock: the core's, the web app's, and what is no part of the product.
    files: ['src/core/**/*.ts', 'dashboards/operator/src/clock.ts', 'scripts/**/*.ts', 'bench/**/*.ts'],
    rules: { 'no-restricted-syntax': ['error', ...focusedTests, ...skippedTests] },
  },
  {
    files: TEST_FILES,
    rules: {
      'insa/export-docs': 'off',
      'max-lines-per-function': 'off',
      '@typescript-eslint/no-unnecessary-type-conversion': 'off',
      '@typescript-eslint/unbound-method': 'off',
      'no-restricted-syntax': ['error', ...focusedTests, ...skippedTests],
    },
  },
  // Made by a script, which keeps to no length.
  { files: ['dashboards/operator/src/api/endpoints.ts'], rules: { 'max-lines': 'off' } },
  { files: ['test/support/system-programs.ts'], rules: { 'no-restricted-syntax': ['error', ...focusedTests] } },
);
