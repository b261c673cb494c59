import * as z from 'zod/mini';
import { LONGEST_DURATION_SECONDS, SCHEDULE_CHECKS } from '../../src/contracts/rule-terms.ts';
import { scheduleProblems } from '../../src/contracts/schedule-terms.ts';
import { choice, optionalNumber, optionalText, requiredText } from '../shared/fields.ts';
import { nodeConfig } from '../shared/node-config.ts';
import { COMMON_FIELDS, SHARED_DEFAULTS, sharedProblem } from '../shared/rule-fields.ts';
import { durationInWords } from '../shared/rule-words.ts';

const SHORTEST_SILENCE_SECONDS = 0.001;
/** The fields of the form for those of the conditions. */
const FIELD_OF: Readonly<Record<string, string>> = { offline_seconds: 'offlineSeconds' };

/** The fields that only one check has. The form hides those of the others, so whatever is left in them must not make the rule invalid. */
const CHECK_OF = { offlineSeconds: 'device_offline', key: 'no_data', seconds: 'no_data' } as const;

const shownFields = z.transform((input: unknown): unknown => {
  const fields = input as Readonly<Record<string, unknown>>;
  const hidden = Object.entries(CHECK_OF).filter(([, check]) => check !== fields['check']);
  return { ...fields, ...Object.fromEntries(hidden.map(([field]) => [field, ''])) };
});

const allFields = z
  .object({
    ...COMMON_FIELDS,
    /** Five fields of cron. */
    schedule: requiredText('The schedule', 100),
    timezone: requiredText('The time zone', 100),
    check: choice('The check', SCHEDULE_CHECKS),
    offlineSeconds: optionalNumber('The time offline', { min: 0, max: LONGEST_DURATION_SECONDS }),
    /** Only `no_data` looks at a quantity. */
    key: optionalText('The key', 100),
    seconds: optionalNumber('The time without a reading', { min: SHORTEST_SILENCE_SECONDS, max: LONGEST_DURATION_SECONDS }),
  })
  .check((context) => {
    const { offlineSeconds, key, ...terms } = context.value;
    const add = (field: string, message: string): void => {
      context.issues.push({ code: 'custom', path: [field], input: undefined, message });
    };
    for (const { field, message } of scheduleProblems({ ...terms, offline_seconds: offlineSeconds, key: key === '' ? undefined : key })) {
      add(FIELD_OF[field] ?? field, message);
    }
    const shared = sharedProblem(context.value);
    if (shared !== undefined) add(shared.field, shared.message);
  });

const scheduleRuleSchema = z.pipe(shownFields, allFields);

export type ScheduleRuleConfig = z.output<typeof scheduleRuleSchema>;

/** At the times of a schedule: is a device offline, is a reading missing, or (always) a reminder. */
export const scheduleRuleConfig = nodeConfig<ScheduleRuleConfig>({
  type: 'iiot-schedule-rule',
  version: 1,
  defaults: {
    name: '',
    deviceId: '',
    deviceType: '',
    location: '',
    schedule: '*/15 * * * *',
    // The form of a new node fills in the time zone of whoever opens it.
    timezone: '',
    check: 'device_offline',
    offlineSeconds: '600',
    key: '',
    seconds: '600',
    severity: 'warning',
    message: '',
    ...SHARED_DEFAULTS,
    configVersion: 1,
  },
  schema: scheduleRuleSchema,
  texts: { message: 'message' },
});

/** What the rule looks for, as its label and its default name: `offline for 10 min`, `no temperature for 1 h`. */
export function ruleInWords(fields: Readonly<Record<string, unknown>>): string {
  switch (fields['check']) {
    case 'device_offline':
      return `offline${forTime(fields['offlineSeconds'])}`;
    case 'no_data':
      return `no ${String(fields['key'])}${forTime(fields['seconds'])}`;
    default:
      return `due at ${String(fields['schedule'])}`;
  }
}

function forTime(seconds: unknown): string {
  const number = Number(seconds);
  return number > 0 ? ` for ${durationInWords(number)}` : '';
}
