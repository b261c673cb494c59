import type { KnipConfig } from 'knip';
import { nodeNames } from './scripts/build/nodes.ts';

/** What nobody imports but something starts: the program, Node-RED's nodes, scripts, tests, benches, the web app. */
const config: KnipConfig = {
  entry: [
    'src/main.ts',
    'settings.ts',
    ...nodeNames(import.meta.dirname).map((name) => `nodes/${name}/${name}.ts`),
    'nodes/*/*.editor.ts',
    'nodes/shared/editor/history/panel.ts',
    'scripts/run.mjs',
    'scripts/{build,check,dev,test,bench,import,openapi,flows,reset-admin,grafana-reader,grafana-dashboards,backup,restore}.ts',
    'scripts/lib/stop-with-npm.mjs',
    'scripts/test/reporter.ts',
    'bench/**/*.ts',
    'test/**/*.ts',
    '{src,nodes,scripts,dashboards}/**/*.test.ts',
    'dashboards/operator/src/main.ts',
    'dashboards/operator/vite.config.ts',
  ],
  project: ['{src,nodes,test,scripts,bench,dashboards}/**/*.{ts,mjs,vue}'],
  // Started or resolved by their path, or offered to users in the palette.
  ignoreDependencies: ['c8', 'vue-tsc', 'swagger-ui-dist', 'node-red-node-test-helper', 'node-red-contrib-aedes'],
  // The wire shapes are a vocabulary: some words wait for their reader outside this repository.
  ignoreIssues: { 'src/contracts/**': ['exports'] },
  ignoreExportsUsedInFile: true,
  rules: { types: 'off' },
};

export default config;
