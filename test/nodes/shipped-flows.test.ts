import assert from 'node:assert/strict';
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { actionsConfig } from '../../nodes/actions/actions.config.ts';
import { alertInConfig } from '../../nodes/alert-in/alert-in.config.ts';
import { commandConfig } from '../../nodes/command/command.config.ts';
import { emailConfig } from '../../nodes/email/email.config.ts';
import { mqttPublishConfig } from '../../nodes/mqtt-publish/mqtt-publish.config.ts';
import { ruleActionInConfig } from '../../nodes/rule-action-in/rule-action-in.config.ts';
import { webhookConfig } from '../../nodes/webhook/webhook.config.ts';
import { alertConfig } from '../../nodes/alert/alert.config.ts';
import { comparisonRuleConfig } from '../../nodes/comparison-rule/comparison-rule.config.ts';
import { correlationConfig } from '../../nodes/correlation/correlation.config.ts';
import { demoPlantConfig } from '../../nodes/demo-plant/demo-plant.config.ts';
import { discardConfig } from '../../nodes/discard/discard.config.ts';
import { forecastConfig } from '../../nodes/forecast/forecast.config.ts';
import { httpTelemetryConfig } from '../../nodes/http-telemetry/http-telemetry.config.ts';
import { ingestConfig } from '../../nodes/ingest/ingest.config.ts';
import { mqttBrokerConfig } from '../../nodes/mqtt-broker/mqtt-broker.config.ts';
import { scheduleRuleConfig } from '../../nodes/schedule-rule/schedule-rule.config.ts';
import { readConfig } from '../../nodes/shared/node-config.ts';
import type { NodeConfig } from '../../nodes/shared/node-config.ts';
import { statisticalRuleConfig } from '../../nodes/statistical-rule/statistical-rule.config.ts';
import { statisticsConfig } from '../../nodes/statistics/statistics.config.ts';
import { storedRulesConfig } from '../../nodes/stored-rules/stored-rules.config.ts';
import { thresholdRuleConfig } from '../../nodes/threshold-rule/threshold-rule.config.ts';
import { timeseriesConfig } from '../../nodes/timeseries/timeseries.config.ts';
import { trendConfig } from '../../nodes/trend/trend.config.ts';
import { formOf, textsOf } from '../../scripts/build/node-form.ts';
import type { FlowNode } from '../../src/app/node-red/flow-files.ts';

const ROOT = path.join(import.meta.dirname, '..', '..');
const CONFIGS: NodeConfig<unknown>[] = [
  actionsConfig,
  alertInConfig,
  commandConfig,
  emailConfig,
  mqttPublishConfig(),
  ruleActionInConfig,
  webhookConfig,
  alertConfig,
  comparisonRuleConfig,
  correlationConfig,
  demoPlantConfig,
  discardConfig,
  forecastConfig,
  httpTelemetryConfig,
  ingestConfig,
  mqttBrokerConfig,
  scheduleRuleConfig,
  statisticalRuleConfig,
  statisticsConfig,
  storedRulesConfig,
  thresholdRuleConfig,
  timeseriesConfig,
  trendConfig,
];
/** What else flows of ours may be made of: core nodes that are on by default, and the palette's broker. */
const OTHERS = [
  'tab',
  'group',
  'comment',
  'debug',
  'inject',
  'function',
  'split',
  'switch',
  'mqtt in',
  'mqtt out',
  'mqtt-broker',
  'aedes broker',
];

const nodeNames = readdirSync(path.join(ROOT, 'nodes')).filter((name) => existsSync(path.join(ROOT, 'nodes', name, `${name}.ts`)));
const flows = [...globSync('flows/*.json', { cwd: ROOT }), ...globSync('nodes/*/examples/*.json', { cwd: ROOT })];

describe('flows that come with the product', () => {
  for (const file of flows) {
    it(`${file} is whole`, () => {
      const nodes = JSON.parse(readFileSync(path.join(ROOT, file), 'utf8')) as FlowNode[];
      const ids = new Set(nodes.map(({ id }) => id));
      assert.equal(ids.size, nodes.length, 'two nodes have one id');
      for (const node of nodes) {
        for (const target of wiresOf(node)) assert.ok(ids.has(target), `${node.id} is wired to ${target}, which is not there`);
        const config = CONFIGS.find(({ type }) => type === node.type);
        if (config === undefined) assert.ok(OTHERS.includes(node.type), `${node.id} is of type ${node.type}`);
        else assert.deepEqual(readConfig(config, node), { ok: true, config: okConfig(config, node) });
      }
    });
  }
});

describe('a folder of nodes/', () => {
  for (const name of nodeNames) {
    it(`${name} has everything a node needs`, () => {
      const config = CONFIGS.find(({ type }) => type === `iiot-${name}`);
      assert.ok(config !== undefined, `iiot-${name} is missing in the list of this test`);
      const has = (file: string) => existsSync(path.join(ROOT, 'nodes', name, file));
      const parts = ['config.ts', 'editor.ts', 'editor.html', 'help.md', 'test.ts'].map((ending) => `${name}.${ending}`);
      for (const file of [...parts, `locales/en-US/${name}.json`, `icons/${name}.svg`]) assert.ok(has(file), `${file} is missing`);
      assert.ok(globSync(`nodes/${name}/examples/*.json`, { cwd: ROOT }).length > 0, 'an example is missing');
    });

    it(`${name} has a help that says what goes in and out`, () => {
      const help = readFileSync(path.join(ROOT, 'nodes', name, `${name}.help.md`), 'utf8');
      for (const part of ['Properties', 'Outputs', 'Errors', 'Example']) assert.match(help, new RegExp(`^### ${part}$`, 'm'));
    });

    it(`${name} has a text for every key of its form`, () => {
      const texts = textsOf(ROOT, name, 'en-US');
      const keys = [...formOf(ROOT, name).matchAll(/data-i18n="([^"]+)"/g)].flatMap(([, value]) => (value ?? '').split(';'));
      for (const key of keys.map((part) => part.replace(/^\[[a-z-]+\]/, ''))) assert.equal(typeof textAt(texts, key), 'string', key);
    });
  }
});

function okConfig(config: NodeConfig<unknown>, node: FlowNode): unknown {
  const read = readConfig(config, node);
  if (!read.ok) assert.fail(`${node.id}: ${read.problems.map(({ field, message }) => `${field}: ${message}`).join(' ')}`);
  return read.config;
}

function wiresOf(node: FlowNode): string[] {
  return Array.isArray(node['wires']) ? (node['wires'] as string[][]).flat() : [];
}

function textAt(texts: unknown, key: string): unknown {
  return key.split('.').reduce<unknown>((part, name) => (part as Record<string, unknown> | undefined)?.[name], texts);
}
