// The layers of docs/architecture.md: who may import whom. Imports of types alone are told apart from those of values.

/** @typedef {import('dependency-cruiser').IRegularForbiddenRuleType} Rule */

/** @type {import('dependency-cruiser').DependencyType[]} */
const TYPE_ONLY = ['type-only'];
/** @type {import('dependency-cruiser').DependencyType[]} */
const BUILT_IN_OR_PACKAGE = ['core', 'npm', 'npm-dev', 'npm-optional', 'npm-peer'];
const TEST = '\\.test\\.ts$';
const OURS = '^(src|nodes|dashboards)/|^settings\\.ts$';
const DOMAIN = '^src/(alerts|analytics|auth|backtest|dashboards|devices|engine|flows|notify|rulebook|sources|telemetry)/';
const ADAPTERS = ['api', 'broker', 'realtime', 'storage'];

/**
 * A folder that may import only some of our own.
 * @param {string} name
 * @param {string} comment
 * @param {string} from
 * @param {string[]} allowed
 * @returns {Rule}
 */
const only = (name, comment, from, allowed) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from, pathNot: TEST },
  to: { path: OURS, pathNot: allowed },
});

/**
 * Imports that are forbidden to a folder.
 * @param {string} name
 * @param {string} comment
 * @param {Rule['from']} from
 * @param {Rule['to']} to
 * @returns {Rule}
 */
const never = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    never(
      'no-circles',
      'Two modules that need each other are one, or miss a third.',
      {},
      { circular: true, viaOnly: { dependencyTypesNot: TYPE_ONLY } },
    ),
    never('no-unresolvable', 'An import that leads nowhere.', {}, { couldNotResolve: true }),
    never(
      'declared-packages',
      'A package must be in package.json.',
      { path: '^(src|nodes)/|^settings\\.ts$', pathNot: TEST },
      { dependencyTypes: ['npm-no-pkg', 'npm-unknown'], dependencyTypesNot: TYPE_ONLY },
    ),
    never(
      'no-test-code',
      'The product imports no tests.',
      { pathNot: [TEST, '^(test|bench)/'] },
      { path: [TEST, '^(test|bench|scripts)/'] },
    ),

    only('core-alone', 'core imports nothing of ours.', '^src/core/', ['^src/core/']),
    only('contracts-alone', 'contracts import nothing of ours but types of core.', '^src/contracts/', ['^src/(contracts|core)/']),
    never(
      'contracts-types-of-core',
      'contracts take types alone from core.',
      { path: '^src/contracts/', pathNot: TEST },
      { path: '^src/core/', dependencyTypesNot: TYPE_ONLY },
    ),
    only('rules-pure', 'rules know contracts and core.', '^src/rules/', ['^src/(rules|contracts|core)/']),
    never(
      'rules-no-effects',
      'rules and contracts do no I/O and use no package but zod and croner.',
      { path: '^src/(rules|contracts)/', pathNot: TEST },
      { dependencyTypes: BUILT_IN_OR_PACKAGE, pathNot: 'node_modules/(zod|croner)/' },
    ),
    only('domain', 'Domain folders use core, contracts, rules, each other, and repositories.', DOMAIN, [
      DOMAIN,
      '^src/(core|contracts|rules)/',
      '^src/storage/(repositories/|database\\.ts$)',
    ]),
    only('cache', 'The cache knows contracts and core; what it keeps is text.', '^src/cache/', ['^src/(cache|contracts|core)/']),
    only('metrics', 'Metrics know contracts and core; what they show comes through ports that src/app fills.', '^src/metrics/', [
      '^src/(metrics|contracts|core)/',
    ]),
    never(
      'metrics-package',
      'prom-client is spoken in src/metrics alone.',
      { path: '^(src|nodes)/', pathNot: ['^src/metrics/', TEST] },
      { path: 'node_modules/prom-client/' },
    ),
    ...ADAPTERS.map((adapter) =>
      only(`adapter-${adapter}`, 'Adapters never import each other; src/app wires them.', `^src/${adapter}/`, [
        `^src/${adapter}/`,
        DOMAIN,
        '^src/(core|contracts|rules|config)/',
        '^src/cache/types\\.ts$',
      ]),
    ),
    never(
      'storage-below-domain',
      'storage takes types alone from the domain.',
      { path: '^src/storage/', pathNot: TEST },
      { path: DOMAIN, dependencyTypesNot: TYPE_ONLY },
    ),
    never(
      'only-app-constructs',
      'src/app is imported by src/main.ts and settings.ts, and for its types by nodes.',
      { path: '^src/', pathNot: ['^src/app/', '^src/main\\.ts$', TEST] },
      { path: '^src/app/' },
    ),
    never(
      'nodes-types',
      'nodes take values from core, contracts and rules; everything else comes through services.',
      { path: '^nodes/', pathNot: TEST },
      { path: '^src/', pathNot: '^src/(core|contracts|rules)/', dependencyTypesNot: TYPE_ONLY },
    ),
    never(
      'nodes-apart',
      'A node imports its own folder and nodes/shared.',
      { path: '^nodes/([^/]+)/', pathNot: TEST },
      { path: '^(nodes|dashboards)/', pathNot: '^nodes/($1|shared)/' },
    ),
    only('web-app', 'The web app knows contracts, the names of permissions and the plot of the editor.', '^dashboards/', [
      '^dashboards/',
      '^nodes/shared/(history|editor/history)/',
      '^src/contracts/',
      '^src/core/permissions\\.ts$',
    ]),
    never(
      'web-app-types',
      'The web app takes types alone.',
      { path: '^dashboards/', pathNot: TEST },
      { path: '^src/', dependencyTypesNot: TYPE_ONLY },
    ),
    never(
      'sql-in-storage',
      'PostgreSQL is spoken in src/storage alone.',
      { path: '^(src|nodes)/', pathNot: ['^src/storage/', TEST] },
      { path: 'node_modules/(pg|pg-.*|node-pg-migrate)/', dependencyTypesNot: TYPE_ONLY },
    ),
    never(
      'node-red-in-app',
      'Below src/app nothing knows that Node-RED exists.',
      { path: '^src/', pathNot: ['^src/app/', TEST] },
      { path: 'node_modules/(node-red|@node-red)/' },
    ),
  ],
  options: {
    tsPreCompilationDeps: 'specify',
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.mjs', '.vue'],
    },
  },
};
