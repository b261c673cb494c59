import * as z from 'zod/mini';
import {
  activeHoursProblem,
  LONGEST_COOLDOWN_SECONDS,
  LONGEST_LATENESS_SECONDS,
  SEVERITIES,
  WEEKDAYS,
} from '../../src/contracts/rule-terms.ts';
import type { Weekday } from '../../src/contracts/rule-terms.ts';
import type { AuthoredRule } from '../../src/contracts/rules.ts';
import { templateProblem } from '../../src/contracts/template-terms.ts';
import { choice, optionalNumber, optionalText, requiredText } from './fields.ts';

/** Days of the week as the form keeps them: "mon,tue"; blank: every day. */
function weekdays(what: string): z.ZodMiniType<Weekday[]> {
  return z.pipe(
    z.unknown(),
    z.transform((input, context) => {
      const words = (typeof input === 'string' ? input : '').split(/[ ,;]+/).filter((word) => word !== '');
      const days = WEEKDAYS.filter((day) => words.some((word) => word.toLowerCase() === day));
      const unknown = words.find((word) => !WEEKDAYS.some((day) => day === word.toLowerCase()));
      if (unknown === undefined) return days;
      context.issues.push({
        code: 'custom',
        input,
        message: `${what} "${unknown}" is not one of ${WEEKDAYS.join(', ')}; choose one of them.`,
      });
      return z.NEVER;
    }),
  );
}

/** A message template: checked by itself, so that what is wrong with it shows while the rest is not filled in yet. */
const messageField = z.pipe(
  optionalText('The message', 2_000),
  z.transform((message, context) => {
    const problem = templateProblem(message);
    // Other fields are checked against each other all the same: all that is wrong shows at once.
    if (problem !== undefined) context.issues.push({ code: 'custom', input: message, message: problem, continue: true });
    return message;
  }),
);

/** The fields that every rule node has. */
export const COMMON_FIELDS = {
  name: optionalText('The name', 200),
  /** Blank: every device. */
  deviceId: optionalText('The device', 128),
  deviceType: optionalText('The device type', 100),
  location: optionalText('The location', 200),
  severity: choice('The severity', SEVERITIES),
  message: messageField,
  cooldownSeconds: optionalNumber('The cooldown', { min: 0, max: LONGEST_COOLDOWN_SECONDS }),
  minQuality: optionalNumber('The lowest quality', { min: 0, max: 100 }),
  activeTimezone: optionalText('The time zone', 100),
  activeDays: weekdays('The day'),
  activeFrom: optionalText('The time', 5),
  activeTo: optionalText('The time', 5),
};

/** The fields of every rule node that judges readings as they come. */
export const RULE_FIELDS = {
  ...COMMON_FIELDS,
  key: requiredText('The key', 100),
  /** The unit of the series, only to be shown. */
  unit: optionalText('The unit', 32),
  /** Blank: 60. */
  latenessSeconds: optionalNumber('The lateness', { min: 0, max: LONGEST_LATENESS_SECONDS }),
};

/** Cooldown, hours and quality, as a node without them behaves. */
export const SHARED_DEFAULTS = { cooldownSeconds: '', minQuality: '', activeTimezone: '', activeDays: '', activeFrom: '', activeTo: '' };
/** The lateness of rules that judge readings, as a node without it behaves. */
export const LATENESS_DEFAULT = { latenessSeconds: '' };

/** The fields of every rule node, once they are checked. */
export type RuleFields = { [Field in keyof typeof COMMON_FIELDS]: z.output<(typeof COMMON_FIELDS)[Field]> } & {
  latenessSeconds?: number | undefined;
};

/** What is wrong with fields that are right one by one: the field and why. */
export function sharedProblem(fields: RuleFields): { field: keyof RuleFields; message: string } | undefined {
  const { minQuality, activeTimezone, activeDays, activeFrom, activeTo } = fields;
  if (minQuality !== undefined && !Number.isInteger(minQuality)) {
    return { field: 'minQuality', message: `The lowest quality ${String(minQuality)} is not a whole number; enter one from 0 to 100.` };
  }
  if (activeTimezone === '') {
    if (activeDays.length === 0 && activeFrom === '' && activeTo === '') return undefined;
    return {
      field: 'activeTimezone',
      message: 'The time zone is blank; enter one such as "America/Bogota", or leave days and hours blank too.',
    };
  }
  const problem = activeHoursProblem({ timezone: activeTimezone, from: given(activeFrom), to: given(activeTo) });
  if (problem === undefined) return undefined;
  const names = { timezone: 'activeTimezone', from: 'activeFrom', to: 'activeTo' } as const;
  return { field: names[problem.field], message: problem.message };
}

/** The part of a rule that every type has, as the engine runs it; what is blank in the form is left out. */
export function sharedRuleOf(fields: RuleFields): Omit<AuthoredRule, 'name' | 'rule_type' | 'conditions'> {
  const { deviceId, deviceType, location, severity, message, cooldownSeconds, minQuality, latenessSeconds } = fields;
  const active = activeOf(fields);
  return {
    scope: {
      ...(deviceId === '' ? {} : { device_id: deviceId }),
      ...(deviceType === '' ? {} : { device_type: deviceType }),
      ...(location === '' ? {} : { location }),
    },
    severity,
    message,
    ...(cooldownSeconds === undefined || cooldownSeconds === 0 ? {} : { cooldown_seconds: cooldownSeconds }),
    ...(active === undefined ? {} : { active }),
    ...(minQuality === undefined || minQuality === 0 ? {} : { min_quality: minQuality }),
    // Zero is a meaning of its own: nothing late takes its place.
    ...(latenessSeconds === undefined ? {} : { lateness_seconds: latenessSeconds }),
  };
}

function activeOf({ activeTimezone: timezone, activeDays: days, activeFrom: from, activeTo: to }: RuleFields): AuthoredRule['active'] {
  // A time zone alone says nothing about when.
  if (timezone === '' || (days.length === 0 && from === '' && to === '')) return undefined;
  return { timezone, ...(days.length === 0 ? {} : { days }), ...(from === '' ? {} : { from }), ...(to === '' ? {} : { to }) };
}

function given(text: string): string | undefined {
  return text === '' ? undefined : text;
}
