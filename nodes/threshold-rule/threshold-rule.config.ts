import * as z from 'zod/mini';
import { clearValueProblem, LONGEST_DURATION_SECONDS, OPERATORS } from '../../src/contracts/rule-terms.ts';
import { DEFAULT_MESSAGE } from '../../src/rules/message-template.ts';
import { choice, optionalNumber, requiredNumber } from '../shared/fields.ts';
import { nodeConfig } from '../shared/node-config.ts';
import { LATENESS_DEFAULT, RULE_FIELDS, SHARED_DEFAULTS, sharedProblem } from '../shared/rule-fields.ts';

const thresholdRuleSchema = z
  .object({
    ...RULE_FIELDS,
    operator: choice('The operator', OPERATORS),
    value: requiredNumber('The limit'),
    clearValue: optionalNumber('The clear value'),
    durationSeconds: optionalNumber('The duration', { min: 0, max: LONGEST_DURATION_SECONDS }),
  })
  .check((context) => {
    const { operator, value, clearValue } = context.value;
    const problem = clearValueProblem({ operator, value, clear_value: clearValue });
    if (problem !== undefined) context.issues.push({ code: 'custom', path: ['clearValue'], input: clearValue, message: problem });
    const shared = sharedProblem(context.value);
    if (shared !== undefined) context.issues.push({ code: 'custom', path: [shared.field], input: undefined, message: shared.message });
  });

export type ThresholdRuleConfig = z.output<typeof thresholdRuleSchema>;

/** A limit on one quantity, per device. */
export const thresholdRuleConfig = nodeConfig<ThresholdRuleConfig>({
  type: 'iiot-threshold-rule',
  version: 3,
  defaults: {
    name: '',
    deviceId: '',
    deviceType: '',
    location: '',
    key: '',
    operator: '>',
    value: '',
    clearValue: '',
    durationSeconds: '',
    severity: 'warning',
    message: DEFAULT_MESSAGE,
    unit: '',
    ...SHARED_DEFAULTS,
    ...LATENESS_DEFAULT,
    configVersion: 3,
  },
  schema: thresholdRuleSchema,
  texts: { message: 'message' },
  migrations: {
    // Version 2 brought cooldown, hours and quality; without them nothing is held back.
    1: (fields) => ({ ...fields, ...SHARED_DEFAULTS }),
    // Version 3 brought the lateness; blank is what every rule has.
    2: (fields) => ({ ...fields, ...LATENESS_DEFAULT }),
  },
});

/** The rule in words, as its label and its default name: `temperature > 80 °C`. */
export function ruleInWords(fields: { key?: unknown; operator?: unknown; value?: unknown; unit?: unknown }): string {
  const parts = [fields.key, fields.operator, fields.value, fields.unit];
  return parts.filter((part) => part !== undefined && part !== '').join(' ');
}
