import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { cruise, type ICruiseOptions, type ICruiseResult } from 'dependency-cruiser';
import config from '../../.dependency-cruiser.mjs';

/** Who imports what, and which rule forbids it (none: allowed). */
const CASES: { from: string; imports: string; forbiddenBy: string | undefined }[] = [
  { from: 'src/core/a.ts', imports: "import { x } from '../contracts/target.ts'", forbiddenBy: 'core-alone' },
  { from: 'src/contracts/a.ts', imports: "import type { X } from '../core/target.ts'", forbiddenBy: undefined },
  { from: 'src/contracts/a.ts', imports: "import { x } from '../core/target.ts'", forbiddenBy: 'contracts-types-of-core' },
  { from: 'src/rules/a.ts', imports: "import { x } from '../contracts/target.ts'", forbiddenBy: undefined },
  { from: 'src/rules/a.ts', imports: "import type { X } from '../engine/target.ts'", forbiddenBy: 'rules-pure' },
  { from: 'src/rules/a.ts', imports: "import { readFileSync as x } from 'node:fs'", forbiddenBy: 'rules-no-effects' },
  { from: 'src/telemetry/a.ts', imports: "import { x } from '../storage/repositories/target.ts'", forbiddenBy: undefined },
  { from: 'src/telemetry/a.ts', imports: "import { x } from '../storage/target.ts'", forbiddenBy: 'domain' },
  { from: 'src/telemetry/a.ts', imports: "import { x } from '../broker/target.ts'", forbiddenBy: 'domain' },
  { from: 'src/flows/a.ts', imports: "import { x } from '../storage/repositories/target.ts'", forbiddenBy: undefined },
  { from: 'src/flows/a.ts', imports: "import type { X } from '../broker/target.ts'", forbiddenBy: 'domain' },
  { from: 'src/broker/a.ts', imports: "import { x } from '../sources/target.ts'", forbiddenBy: undefined },
  { from: 'src/broker/a.ts', imports: "import type { X } from '../storage/target.ts'", forbiddenBy: 'adapter-broker' },
  { from: 'src/api/a.ts', imports: "import { x } from '../realtime/target.ts'", forbiddenBy: 'adapter-api' },
  { from: 'src/storage/a.ts', imports: "import type { X } from '../devices/target.ts'", forbiddenBy: undefined },
  { from: 'src/storage/a.ts', imports: "import { x } from '../devices/target.ts'", forbiddenBy: 'storage-below-domain' },
  { from: 'src/cache/a.ts', imports: "import { x } from '../contracts/target.ts'", forbiddenBy: undefined },
  { from: 'src/cache/a.ts', imports: "import type { X } from '../storage/target.ts'", forbiddenBy: 'cache' },
  { from: 'src/api/a.ts', imports: "import type { X } from '../cache/types.ts'", forbiddenBy: undefined },
  { from: 'src/api/a.ts', imports: "import { x } from '../cache/target.ts'", forbiddenBy: 'adapter-api' },
  { from: 'src/metrics/a.ts', imports: "import { x } from '../contracts/target.ts'", forbiddenBy: undefined },
  { from: 'src/metrics/a.ts', imports: "import type { X } from '../notify/target.ts'", forbiddenBy: 'metrics' },
  { from: 'src/api/a.ts', imports: "import type { X } from '../metrics/target.ts'", forbiddenBy: 'adapter-api' },
  { from: 'src/config/a.ts', imports: "import type { X } from '../app/target.ts'", forbiddenBy: 'only-app-constructs' },
  { from: 'src/app/a.ts', imports: "import { x } from '../broker/target.ts'", forbiddenBy: undefined },
  { from: 'nodes/one/a.ts', imports: "import type { X } from '../../src/app/target.ts'", forbiddenBy: undefined },
  { from: 'nodes/one/a.ts', imports: "import { x } from '../../src/app/target.ts'", forbiddenBy: 'nodes-types' },
  { from: 'nodes/one/a.ts', imports: "import { x } from '../../src/rules/target.ts'", forbiddenBy: undefined },
  { from: 'nodes/one/a.ts', imports: "import { x } from '../two/target.ts'", forbiddenBy: 'nodes-apart' },
  { from: 'dashboards/operator/src/a.ts', imports: "import type { X } from '../../../src/contracts/target.ts'", forbiddenBy: undefined },
  { from: 'dashboards/operator/src/a.ts', imports: "import { x } from '../../../src/contracts/target.ts'", forbiddenBy: 'web-app-types' },
  { from: 'dashboards/operator/src/a.ts', imports: "import type { X } from '../../../src/devices/target.ts'", forbiddenBy: 'web-app' },
  { from: 'dashboards/operator/src/a.ts', imports: "import { x } from '../../../nodes/shared/history/target.ts'", forbiddenBy: undefined },
  { from: 'dashboards/operator/src/a.ts', imports: "import { x } from '../../../nodes/shared/editor/target.ts'", forbiddenBy: 'web-app' },
  { from: 'src/api/a.ts', imports: "import { x } from '../../test/target.ts'", forbiddenBy: 'no-test-code' },
];

describe('The layers', () => {
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'insa-layers-'));
  });

  afterEach(() => {
    rmSync(root, { recursive: true });
  });

  for (const { from, imports, forbiddenBy } of CASES) {
    it(`${forbiddenBy === undefined ? 'allow' : 'forbid'} ${from}: ${imports}`, async () => {
      const path = /'(.*)'/.exec(imports)?.[1] ?? '';
      write(from, `${imports};\nexport const a: ${imports.includes('type') ? 'X' : 'typeof x'} | undefined = undefined;\n`);
      if (path.startsWith('.')) write(join(dirname(from), path), 'export type X = number;\nexport const x = 1;\n');
      assert.deepEqual(await violations(), forbiddenBy === undefined ? [] : [forbiddenBy]);
    });
  }

  it('forbid a circle', async () => {
    write('src/core/a.ts', "import { b } from './b.ts';\nexport const a = (): unknown => b;\n");
    write('src/core/b.ts', "import { a } from './a.ts';\nexport const b = (): unknown => a;\n");
    assert.deepEqual([...new Set(await violations())], ['no-circles']);
  });

  function write(path: string, text: string): void {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }

  async function violations(): Promise<string[]> {
    const { tsPreCompilationDeps = 'specify', enhancedResolveOptions = {} } = config.options ?? {};
    const options: ICruiseOptions = { tsPreCompilationDeps, enhancedResolveOptions, validate: true, baseDir: root };
    const { output } = await cruise(['.'], { ...options, ruleSet: { forbidden: config.forbidden ?? [] } });
    return (output as ICruiseResult).summary.violations.map(({ rule }) => rule.name);
  }
});
