import type { Severity } from '../contracts/rules.ts';
import type { PointValue } from '../contracts/telemetry.ts';

/** What a message template may name. */
export interface MessageValues {
  device: { id: string; name: string };
  rule: { name: string };
  key: string;
  value: PointValue | null;
  unit: string | null;
  threshold: number | null;
  severity: Severity;
}

/** The text of an alert whose rule has no message of its own. */
export const DEFAULT_MESSAGE = '{{device.name}}: {{key}} is {{value}} {{unit}} (limit {{threshold}})';

/** As `templateProblem` takes them: with any space inside the braces. */
const FIELD = /( ?)\{\{\s{0,200}([a-z_.]{1,40})\s{0,200}\}\}/g;

/**
 * The message of a transition: `{{field}}` becomes its value, once (a value that looks like a field stays as it is), no code runs.
 * An unknown field stays visible, so that a typing mistake shows. A value that is absent takes the space before it along.
 * Control characters are dropped: they could not be stored.
 */
export function renderMessage(template: string, values: MessageValues): string {
  const text = (template.trim() === '' ? DEFAULT_MESSAGE : template).replace(FIELD, (whole: string, space: string, field: string) => {
    const value = valueOf(field, values);
    if (value === undefined) return whole;
    return value === '' ? '' : space + value;
  });
  // Line breaks and tabs may stay.
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, '');
}

function valueOf(field: string, values: MessageValues): string | undefined {
  switch (field) {
    case 'device.name':
      return values.device.name;
    case 'device.id':
      return values.device.id;
    case 'key':
      return values.key;
    case 'value':
      return textOf(values.value);
    case 'unit':
      return values.unit ?? '';
    case 'threshold':
      return textOf(values.threshold);
    case 'severity':
      return values.severity;
    case 'rule.name':
      return values.rule.name;
    default:
      return undefined;
  }
}

/** Fractions with at most six significant digits, which is more than any sensor has: 80.19729025 reads 80.1973, and 0.1 + 0.2 reads 0.3. */
function textOf(value: PointValue | null): string {
  if (value === null) return '';
  return typeof value === 'number' && !Number.isInteger(value) ? String(Number(value.toPrecision(6))) : String(value);
}
