import type {
  AuthoredRule,
  Operator,
  RULE_TYPES as RuleTypes,
  RuleType,
  Severity,
  Statistic,
  Weekday,
} from '../../../../../src/contracts/rules.ts';
import type { CHANNELS as Channels } from '../../../../../src/contracts/actions.ts';
import type { MESSAGE_FIELDS as MessageFields, ACTION_FIELDS as ActionFields } from '../../../../../src/contracts/template-terms.ts';
import type { ScheduleCheck } from '../../../../../src/contracts/rules.ts';

/*
 * The words that forms offer, in the order in which they offer them. The web app takes types alone from the contracts; these hold each list to
 * theirs, so that a word that is added there is missed here by the compiler.
 */

/** The types of rules. */
export const RULE_TYPES: typeof RuleTypes = ['threshold', 'comparison', 'schedule', 'statistical'];
/** How urgent an alert is, the least urgent first. */
export const SEVERITIES = ['info', 'warning', 'critical'] as const satisfies readonly Severity[];
/** How a value is compared with its limit. */
export const OPERATORS = ['>', '>=', '<', '<=', '==', '!='] as const satisfies readonly Operator[];
/** The figures of a window, the usual ones first. */
export const STATISTICS = ['avg', 'min', 'max', 'median', 'p95', 'stddev', 'sum', 'count', 'rate'] as const satisfies readonly Statistic[];
/** The days in the order of the week. */
export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const satisfies readonly Weekday[];
/** What a schedule looks for, the usual one first. */
export const SCHEDULE_CHECKS = ['no_data', 'device_offline', 'always'] as const satisfies readonly ScheduleCheck[];
/** The types of actions. */
export const CHANNELS: typeof Channels = ['email', 'webhook', 'mqtt', 'command', 'n8n', 'flow', 'script'];
/** Values that the message of an alert may have. */
export const MESSAGE_FIELDS: typeof MessageFields = [
  'device.name',
  'device.id',
  'key',
  'value',
  'unit',
  'threshold',
  'severity',
  'rule.name',
];
/** Values that texts of actions may have. */
export const ACTION_FIELDS: typeof ActionFields = [
  ...MESSAGE_FIELDS,
  'message',
  'alert.id',
  'alert.status',
  'alert.occurrences',
  'alert.raised_at',
  'alert.resolved_by',
  'device.location',
  'device.type',
  'link',
];

/** Where rules stand among each other unless they say otherwise. */
export const USUAL_PRIORITY = 5;
/** How late a reading may be unless the rule says otherwise, seconds. */
export const USUAL_LATENESS_SECONDS = 60;

/** Whether a text is one of the words of a list. */
export function isOneOf<Word extends string>(words: readonly Word[], text: unknown): text is Word {
  return words.some((word) => word === text);
}

export type { AuthoredRule, Operator, RuleType, ScheduleCheck, Severity, Statistic, Weekday };
