import * as z from 'zod/mini';
import { clearValueProblem, OPERATORS, SEVERITIES } from '../../src/contracts/rule-terms.ts';
import { DEFAULT_MESSAGE } from '../../src/rules/message-template.ts';
import { choice, optionalNumber, optionalText, requiredNumber, requiredText } from '../shared/fields.ts';
import { nodeConfig } from '../shared/node-config.ts';

const LONGEST_DURATION_SECONDS = 31 * 86_400;

const thresholdRuleSchema = z
  .object({
    name: optionalText('The name', 200),
    /** Blank: every device. */
    deviceId: optionalText('The device', 128),
    deviceType: optionalText('The device type', 100),
    location: optionalText('The location', 200),
    key: requiredText('The key', 100),
    operator: choice('The operator', OPERATORS),
    value: requiredNumber('The limit'),
    clearValue: optionalNumber('The clear value'),
    durationSeconds: optionalNumber('The duration', { min: 0, max: LONGEST_DURATION_SECONDS }),
    severity: choice('The severity', SEVERITIES),
    message: optionalText('The message', 2_000),
    /** The unit of the series, only to be shown. */
    unit: optionalText('The unit', 32),
  })
  .check((context) => {
    const { operator, value, clearValue } = context.value;
    const problem = clearValueProblem({ operator, value, clear_value: clearValue });
    if (problem !== undefined) context.issues.push({ code: 'custom', path: ['clearValue'], input: clearValue, message: problem });
  });

export type ThresholdRuleConfig = z.output<typeof thresholdRuleSchema>;

/** A limit on one quantity, per device. */
export const thresholdRuleConfig = nodeConfig<ThresholdRuleConfig>({
  type: 'iiot-threshold-rule',
  version: 1,
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
    configVersion: 1,
  },
  schema: thresholdRuleSchema,
});

/** The rule in words, as its label and its default name: `temperature > 80 °C`. */
export function ruleInWords(fields: { key?: unknown; operator?: unknown; value?: unknown; unit?: unknown }): string {
  const parts = [fields.key, fields.operator, fields.value, fields.unit];
  return parts.filter((part) => part !== undefined && part !== '').join(' ');
}
