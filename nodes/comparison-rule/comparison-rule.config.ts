import * as z from 'zod/mini';
import { comparisonProblems, LONGEST_DURATION_SECONDS, OPERATORS } from '../../src/contracts/rule-terms.ts';
import { choice, optionalNumber, optionalText, requiredText } from '../shared/fields.ts';
import { nodeConfig } from '../shared/node-config.ts';
import { LATENESS_DEFAULT, RULE_FIELDS, SHARED_DEFAULTS, sharedProblem } from '../shared/rule-fields.ts';

const LONGEST_TOLERANCE_SECONDS = 7 * 86_400;
const SHORTEST_TOLERANCE_SECONDS = 0.001;
/** The fields of the form for those of the conditions. */
const FIELD_OF: Readonly<Record<string, string>> = { right: 'rightKey', clear_offset: 'clearOffset' };

const comparisonRuleSchema = z
  .object({
    ...RULE_FIELDS,
    operator: choice('The operator', OPERATORS),
    rightKey: requiredText('The other key', 100),
    /** Blank: the device that is judged. */
    rightDeviceId: optionalText('The other device', 128),
    offset: optionalNumber('The offset'),
    clearOffset: optionalNumber('The clear offset'),
    durationSeconds: optionalNumber('The duration', { min: 0, max: LONGEST_DURATION_SECONDS }),
    /** Blank: 300. */
    toleranceSeconds: optionalNumber('The tolerance', { min: SHORTEST_TOLERANCE_SECONDS, max: LONGEST_TOLERANCE_SECONDS }),
  })
  .check((context) => {
    const { deviceId, key, operator, rightKey, rightDeviceId, offset, clearOffset } = context.value;
    const add = (field: string, message: string): void => {
      context.issues.push({ code: 'custom', path: [field], input: undefined, message });
    };
    // A device that is named on the right may be the one that is judged.
    const right = { device_id: rightDeviceId === '' ? deviceId : rightDeviceId, key: rightKey };
    for (const { field, message } of comparisonProblems({
      left: { device_id: deviceId, key },
      operator,
      right,
      offset,
      clear_offset: clearOffset,
    })) {
      add(FIELD_OF[field] ?? field, message);
    }
    const shared = sharedProblem(context.value);
    if (shared !== undefined) add(shared.field, shared.message);
  });

export type ComparisonRuleConfig = z.output<typeof comparisonRuleSchema>;

/** Two quantities compared with each other, of one device or of two. */
export const comparisonRuleConfig = nodeConfig<ComparisonRuleConfig>({
  type: 'iiot-comparison-rule',
  version: 1,
  defaults: {
    name: '',
    deviceId: '',
    deviceType: '',
    location: '',
    key: '',
    operator: '>',
    rightKey: '',
    rightDeviceId: '',
    offset: '',
    clearOffset: '',
    durationSeconds: '',
    toleranceSeconds: '',
    severity: 'warning',
    message: '{{device.name}}: {{key}} is {{value}} {{unit}} (compared with {{threshold}})',
    unit: '',
    ...SHARED_DEFAULTS,
    ...LATENESS_DEFAULT,
    configVersion: 1,
  },
  schema: comparisonRuleSchema,
  texts: { message: 'message' },
});

/** The rule in words, as its label and its default name: `supply > return + 20 °C`. */
export function ruleInWords(fields: Readonly<Record<string, unknown>>): string {
  const { key, operator, rightKey, rightDeviceId } = fields;
  const ofDevice = typeof rightDeviceId === 'string' && rightDeviceId !== '' ? `of ${rightDeviceId}` : '';
  const parts = [key, operator, rightKey, ofDevice, offsetInWords(fields['offset'], fields['unit'])];
  return parts.filter((part) => part !== undefined && part !== '').join(' ');
}

/** `+ 20 °C`, `- 5`; nothing for zero and for what is blank or no number. */
function offsetInWords(offset: unknown, unit: unknown): string {
  const number = offset === '' || offset === undefined ? 0 : Number(offset);
  if (number === 0 || Number.isNaN(number)) return '';
  const amount = `${number < 0 ? '-' : '+'} ${String(Math.abs(number))}`;
  return typeof unit === 'string' && unit !== '' ? `${amount} ${unit}` : amount;
}
