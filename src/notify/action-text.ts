import type { ActionEvent } from '../contracts/actions.ts';
import type { AlertContent } from './types.ts';

/** As `templateProblem` takes them: with any space inside the braces. */
const FIELD = /\{\{\s{0,200}([a-z_.]{1,40})\s{0,200}\}\}/g;

/** Beside the alert: where it is shown. */
export interface ActionTextContext extends Pick<AlertContent, 'alert' | 'device'> {
  event: ActionEvent;
  link: string;
}

/**
 * A text of an action: `{{field}}` (`ACTION_FIELDS`) becomes its value, once, and no code runs. What is unknown stays as it is, so that a typing mistake
 * shows; what is absent becomes nothing. Nothing is escaped: that is up to whoever puts it into HTML, a header or a topic.
 */
export function renderActionText(template: string, context: ActionTextContext): string {
  return template.replace(FIELD, (whole: string, field: string) => valueOf(field, context) ?? whole);
}

function valueOf(field: string, { alert, device, link }: ActionTextContext): string | undefined {
  const values: Record<string, string | number | boolean | null> = {
    'device.name': device.name,
    'device.id': alert.device_id,
    'device.location': device.location,
    'device.type': device.type,
    key: alert.key,
    value: alert.status === 'resolved' ? alert.last_value : alert.value,
    unit: alert.unit,
    threshold: alert.threshold,
    severity: alert.severity,
    'rule.name': alert.rule_name,
    message: alert.message,
    'alert.id': alert.id,
    'alert.status': alert.status,
    'alert.occurrences': alert.occurrences,
    'alert.raised_at': alert.raised_at,
    'alert.resolved_by': alert.resolved_by,
    link,
  };
  if (!Object.hasOwn(values, field)) return undefined;
  const value = values[field];
  return value === undefined || value === null ? '' : String(value);
}
