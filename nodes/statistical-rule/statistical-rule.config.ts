import * as z from 'zod/mini';
import { clearValueProblem, fewestSamples, MOST_SAMPLES, OPERATORS, STATISTICS, windowProblem } from '../../src/contracts/rule-terms.ts';
import { choice, optionalNumber, requiredNumber, requiredText } from '../shared/fields.ts';
import { nodeConfig } from '../shared/node-config.ts';
import { LATENESS_DEFAULT, RULE_FIELDS, SHARED_DEFAULTS, sharedProblem } from '../shared/rule-fields.ts';

/** Checked by itself, so that what is wrong with it shows while the rest is not filled in yet. */
const windowField = z.pipe(
  requiredText('The window', 20),
  z.transform((window, context) => {
    const problem = window === '' ? undefined : windowProblem(window);
    if (problem !== undefined) context.issues.push({ code: 'custom', input: window, message: problem });
    return window;
  }),
);

const statisticalRuleSchema = z
  .object({
    ...RULE_FIELDS,
    statistic: choice('The figure', STATISTICS),
    /** Seconds, or text such as "5m". */
    window: windowField,
    operator: choice('The operator', OPERATORS),
    value: requiredNumber('The limit'),
    clearValue: optionalNumber('The clear value'),
    minSamples: optionalNumber('The number of readings', { min: 1, max: MOST_SAMPLES }),
  })
  .check((context) => {
    const { operator, value, clearValue, minSamples, statistic } = context.value;
    const add = (field: string, message: string | undefined): void => {
      if (message !== undefined) context.issues.push({ code: 'custom', path: [field], input: undefined, message });
    };
    add('clearValue', clearValueProblem({ operator, value, clear_value: clearValue }));
    const fewest = fewestSamples(statistic);
    if (minSamples !== undefined && !Number.isInteger(minSamples)) {
      add('minSamples', `The number of readings ${String(minSamples)} is not a whole number; enter one such as 10.`);
    } else if (minSamples !== undefined && minSamples < fewest) {
      add('minSamples', `"${statistic}" needs at least ${String(fewest)} readings; enter ${String(fewest)} or more.`);
    }
    const shared = sharedProblem(context.value);
    if (shared !== undefined) add(shared.field, shared.message);
  });

export type StatisticalRuleConfig = z.output<typeof statisticalRuleSchema>;

/** A figure over the last readings of one quantity, per device. */
export const statisticalRuleConfig = nodeConfig<StatisticalRuleConfig>({
  type: 'iiot-statistical-rule',
  version: 2,
  defaults: {
    name: '',
    deviceId: '',
    deviceType: '',
    location: '',
    key: '',
    statistic: 'avg',
    window: '5m',
    minSamples: '',
    operator: '>',
    value: '',
    clearValue: '',
    severity: 'warning',
    message: '{{device.name}}: {{rule.name}}, now {{value}} {{unit}}',
    unit: '',
    ...SHARED_DEFAULTS,
    ...LATENESS_DEFAULT,
    configVersion: 2,
  },
  schema: statisticalRuleSchema,
  texts: { message: 'message' },
  // Version 2 brought the lateness; blank is what every rule has.
  migrations: { 1: (fields) => ({ ...fields, ...LATENESS_DEFAULT }) },
});

/** The rule in words, as its label and its default name: `avg of temperature over 5m > 80 °C`. */
export function ruleInWords(fields: Readonly<Record<string, unknown>>): string {
  const { statistic, key, window, operator, value } = fields;
  const parts = [statistic, 'of', key, 'over', window, operator, value, figureUnit(statistic, fields['unit'])];
  return parts.filter((part) => part !== undefined && part !== '').join(' ');
}

/** The unit of the figure, given that of the readings. */
export function figureUnit(statistic: unknown, unit: unknown): string {
  if (typeof unit !== 'string' || unit === '' || statistic === 'count') return '';
  return statistic === 'rate' ? `${unit}/s` : unit;
}
