import type { z } from 'zod';
import { periodOf } from '../../../src/contracts/analysis-questions.ts';
import type { Contradiction } from '../../../src/contracts/analysis-questions.ts';
import type { StoredPoint } from '../../../src/contracts/telemetry.ts';
import type { NodeServices } from '../../../src/app/services.ts';
import { serveCatalog } from '../catalog-routes.ts';
import { defineNode } from '../define-node.ts';
import type { NodeConfig } from '../node-config.ts';
import type { PlatformRED } from '../platform.ts';
import { USUAL_PERIOD } from './analysis-fields.ts';
import { AnalysisNode } from './analysis-node.ts';
import type { LiveQuestion } from './analysis-node.ts';
import { bad, questionOf } from './question.ts';
import type { Asked, FormQuestion } from './question.ts';

/** What every analysis has in its form. */
interface AnalysisConfig {
  deviceId: string;
  period: string;
  throttleSeconds: number | undefined;
}

/** Whose series, from when to when. */
export interface AskedSeries {
  tenantId: string;
  deviceId: string;
  key: string;
  startUs: string;
  endUs: string;
}

/** One kind of analysis node. */
export interface AnalysisType<Config extends AnalysisConfig, Schema extends z.ZodType, Payload extends AnalysisPayload> {
  config: NodeConfig<Config>;
  /** The schema of the API's query. */
  schema: Schema;
  /** Options of which one alone may be given. */
  alternatives?: readonly (readonly string[])[];
  /** The options as the form has them, by the API's names. */
  optionsOf(config: Config): FormQuestion['options'];
  /** The quantity of the form, or those of an analysis of several. */
  keysOf(config: Config): { one: string } | { several: readonly string[] };
  /** What is wrong with the options together. */
  contradiction?(options: z.output<Schema>, deviceId: string): Contradiction | undefined;
  answer(analytics: NodeServices['analytics'], series: AskedSeries, options: z.output<Schema>): Promise<Payload>;
  /** A few letters for under the node. */
  statusOf(payload: Payload): string;
}

interface AnalysisPayload {
  start: string;
  end: string;
}

/** Registers a node that answers one kind of analysis: for a message that asks, and for live telemetry. */
export function defineAnalysisNode<Config extends AnalysisConfig, Schema extends z.ZodType<PeriodOptions>, Payload extends AnalysisPayload>(
  RED: PlatformRED,
  type: AnalysisType<Config, Schema, Payload>,
): void {
  serveCatalog(RED);
  defineNode(RED, {
    config: type.config,
    start: (context) =>
      new AnalysisNode(context, {
        answer: (asked, deviceId) => answer(type, { ...context, config: withDevice(context.config, deviceId) }, asked),
        liveQuestions: (deviceId, points) => liveQuestions(context.config, type.keysOf(context.config), { deviceId, points }),
      }),
  });
}

/** The device of the message takes the place of a blank one. */
function withDevice<Config extends AnalysisConfig>(config: Config, deviceId: string): Config {
  return config.deviceId === '' ? { ...config, deviceId } : config;
}

interface PeriodOptions {
  start?: string | undefined;
  end?: string | undefined;
}

async function answer<Config extends AnalysisConfig, Schema extends z.ZodType<PeriodOptions>, Payload extends AnalysisPayload>(
  type: AnalysisType<Config, Schema, Payload>,
  { config, services }: { config: Config; services: NodeServices },
  asked: Asked,
) {
  const keys = type.keysOf(config);
  const isOfOne = 'one' in keys;
  const form = {
    deviceId: config.deviceId,
    key: isOfOne ? keys.one : '',
    period: config.period === '' ? USUAL_PERIOD : config.period,
    options: type.optionsOf(config),
  };
  const { deviceId, key, lengthUs, options } = questionOf(form, asked, type);
  if (isOfOne && key === '') throw bad('key', 'No quantity is named: enter one in the node, or send msg.analysis.key.');
  const contradiction = type.contradiction?.(options, deviceId);
  if (contradiction !== undefined) throw bad(contradiction.field, contradiction.message);
  const series = { tenantId: services.tenantId, deviceId, key, ...periodOf(options, { nowMs: services.clock.nowMs(), lengthUs }) };
  const payload = await type.answer(services.analytics, series, options);
  const { start, end } = payload;
  return {
    topic: isOfOne ? `${deviceId}/${key}` : deviceId,
    payload,
    analysis: { device_id: deviceId, ...(isOfOne ? { key } : {}), start, end },
    status: type.statusOf(payload),
  };
}

/** A live message asks about each of its quantities that the node is about; of several together it asks once. */
function liveQuestions(
  config: AnalysisConfig,
  keys: { one: string } | { several: readonly string[] },
  { deviceId, points }: { deviceId: string; points: readonly StoredPoint[] },
): readonly LiveQuestion[] {
  if (config.deviceId !== '' && config.deviceId !== deviceId) return [];
  const numbers = points.filter(({ value }) => typeof value !== 'string').map(({ key }) => key);
  if ('several' in keys) {
    return numbers.some((key) => keys.several.includes(key)) ? [{ name: deviceId, asked: { device_id: deviceId } }] : [];
  }
  const wanted = new Set(numbers.filter((key) => keys.one === '' || keys.one === key));
  return [...wanted].map((key) => ({ name: `${deviceId} ${key}`, asked: { device_id: deviceId, key } }));
}
