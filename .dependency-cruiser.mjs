// The layers of docs/architecture.md: who may import whom. "type-only" imports are told apart from those of values.
const TYPE_ONLY = ['type-only'];
const DOMAIN = ['alerts', 'auth', 'devices', 'engine', 'sources', 'telemetry', 'notify', 'analytics'];
const ADAPTERS = ['api', 'broker', 'realtime', 'storage'];
const TEST = '\\.test\\.ts$';
const anyOf = (names) => `^src/(${names.join('|')})/`;

const only = (name, from, allowed, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from, pathNot: TEST },
  to: { path: '^(src|nodes|dashboards|settings)', pathNot: allowed },
});

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'no-circles',
      comment: 'Two modules that need each other are one, or miss a third.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: TYPE_ONLY } },
    },
    { name: 'no-unresolvable', comment: 'An import that leads nowhere.', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'declared-packages',
      comment: 'A package must be in package.json.',
      severity: 'error',
      from: { path: '^(src|nodes|settings)', pathNot: TEST },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'], dependencyTypesNot: TYPE_ONLY },
    },
    {
      name: 'no-test-code',
      comment: 'The product does not import tests.',
      severity: 'error',
      from: { pathNot: [TEST, '^test/'] },
      to: { path: [TEST, '^(test|bench|scripts)/'] },
    },
    only('core-alone', '^src/core/', ['^src/core/'], 'core imports nothing of ours.'),
    {
      ...only('contracts-alone', '^src/contracts/', ['^src/contracts/'], 'contracts import nothing of ours but types of core.'),
      to: { path: '^(src|nodes|dashboards|settings)', pathNot: ['^src/contracts/', '^src/core/'] },
    },
    {
      name: 'contracts-types-of-core',
      severity: 'error',
      comment: 'contracts import only types of core.',
      from: { path: '^src/contracts/', pathNot: TEST },
      to: { path: '^src/core/', dependencyTypesNot: TYPE_ONLY },
    },
    only('rules-pure', '^src/rules/', ['^src/(rules|contracts|core)/'], 'rules are pure: only contracts and core.'),
    {
      name: 'rules-no-effects',
      severity: 'error',
      comment: 'rules, contracts: no I/O and no package but zod.',
      from: { path: '^src/(rules|contracts)/', pathNot: TEST },
      to: { dependencyTypes: ['core', 'npm', 'npm-dev', 'npm-optional', 'npm-peer'], pathNot: 'node_modules/zod/' },
    },
    only(
      'domain',
      anyOf(DOMAIN),
      [anyOf(DOMAIN), '^src/(core|contracts|rules)/', '^src/storage/(repositories/|database\\.ts)'],
      'domain folders use core, contracts, rules, each other and repositories.',
    ),
    ...ADAPTERS.map((adapter) =>
      only(
        `adapter-${adapter}`,
        `^src/${adapter}/`,
        [`^src/${adapter}/`, anyOf(DOMAIN), '^src/(core|contracts|rules)/', '^src/config/'],
        'adapters never import each other; src/app wires them.',
      ),
    ),
    {
      name: 'storage-below-domain',
      severity: 'error',
      comment: 'storage knows the domain by its types alone.',
      from: { path: '^src/storage/', pathNot: TEST },
      to: { path: anyOf(DOMAIN), dependencyTypesNot: TYPE_ONLY },
    },
    {
      name: 'only-app-constructs',
      severity: 'error',
      comment: 'src/app is imported by main, settings and (types alone) nodes.',
      from: { path: '^src/', pathNot: ['^src/app/', '^src/main\\.ts$', TEST] },
      to: { path: '^src/app/' },
    },
    only('nodes-values', '^nodes/', ['^nodes/', '^src/'], 'nodes import our sources only.'),
    {
      name: 'nodes-types',
      severity: 'error',
      comment: 'nodes take values from core, contracts and rules; everything else through services.',
      from: { path: '^nodes/', pathNot: TEST },
      to: { path: '^src/', pathNot: '^src/(core|contracts|rules)/', dependencyTypesNot: TYPE_ONLY },
    },
    {
      name: 'nodes-apart',
      severity: 'error',
      comment: 'a node does not import another.',
      from: { path: '^nodes/([^/]+)/', pathNot: TEST },
      to: { path: '^nodes/', pathNot: '^nodes/($1|shared)/' },
    },
    only(
      'web-app',
      '^dashboards/',
      ['^dashboards/', '^src/contracts/', '^src/core/permissions\\.ts$'],
      'the web app knows contracts and the names of permissions.',
    ),
    {
      name: 'web-app-types',
      severity: 'error',
      comment: 'the web app takes types alone.',
      from: { path: '^dashboards/', pathNot: TEST },
      to: { path: '^src/', dependencyTypesNot: TYPE_ONLY },
    },
    {
      name: 'sql-in-storage',
      severity: 'error',
      comment: 'pg is used in storage only.',
      from: { path: '^(src|nodes)/', pathNot: ['^src/storage/', TEST] },
      to: { path: 'node_modules/(pg|pg-.*|node-pg-migrate)/', dependencyTypesNot: TYPE_ONLY },
    },
    {
      name: 'node-red-in-app',
      severity: 'error',
      comment: 'The platform does not know that Node-RED exists.',
      from: { path: '^src/', pathNot: ['^src/app/', TEST] },
      to: { path: 'node_modules/(node-red|@node-red)/' },
    },
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
