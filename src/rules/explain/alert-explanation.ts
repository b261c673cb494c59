import { BUILT_IN_VERSION } from '../../contracts/alerts.ts';
import type { Alert } from '../../contracts/alerts.ts';
import type { ExplanationStep } from '../../contracts/backtest.ts';
import type { AlertExplanation } from '../../contracts/explanations.ts';
import { DEFAULT_LATENESS_SECONDS } from '../../contracts/rule-terms.ts';
import type { AuthoredRule, DecisionInput, RuleTransition } from '../../contracts/rules.ts';
import { conditionText } from './condition-text.ts';
import { gateSteps } from './gate-steps.ts';
import { hoursText, instantText, scopeText, secondsText, step, usText, valueText } from './words.ts';

/** What is on record of an alert and its rule. */
export interface AlertRecord {
  alert: Alert;
  /** The decision that opened it; undefined when it was not recorded. */
  raised: RuleTransition | undefined;
  /** What happened to it, oldest first. */
  history: readonly { at: string; change: string; actor: string; note: string | null; body: unknown }[];
  /** The version that raised it; undefined when it is not stored. */
  definition: AuthoredRule | undefined;
  /** The rule as it is now; undefined when it is gone without a trace. */
  rule: { origin: 'stored' | 'flow'; version: number; enabled: boolean; removedAt: string | null } | undefined;
  /** Readings that came too late to be judged, for this rule and device, since it began. */
  late: { count: number; lastAt: string | null };
}

/** Why there is an alert: from what was recorded, in sentences for people. */
export function explainAlert(record: AlertRecord): AlertExplanation {
  const { alert, definition, rule } = record;
  const decided = record.raised ?? { at: alert.raised_at, since: alert.raised_at, known_at: alert.known_at };
  const compared = comparedIn(record);
  return {
    alert_id: alert.id,
    rule: {
      id: alert.rule_id,
      name: alert.rule_name,
      version: alert.rule_version,
      origin: rule?.origin ?? null,
      definition: definition === undefined ? null : { ...definition },
      current_version: rule?.version ?? null,
      state: ruleStateOf(record),
    },
    decided: { at: decided.at, since: decided.since, known_at: decided.known_at },
    compared: compared.map((input) => ({ ...input, unit: readingUnit(record) })),
    sentence: sentenceOf(record, decided, compared),
    steps: stepsOf(record, decided, compared),
    suppressed: suppressedIn(record, decided),
  };
}

interface Decided {
  at: string;
  since: string;
  known_at: string;
}

function comparedIn({ alert, raised, definition }: AlertRecord): readonly DecisionInput[] {
  const inputs = raised?.inputs ?? [];
  if (inputs.length > 0) return inputs;
  // The value of a schedule, or of a rule of the platform itself, is how long nothing came, not a reading.
  return alert.value === null || definition?.rule_type === 'schedule' || isBuiltIn(alert)
    ? []
    : [{ device_id: alert.device_id, key: alert.key, value: alert.value, at: alert.raised_at }];
}

/** The unit of the readings, which is not always that of the figure made of them. */
function readingUnit({ alert, definition }: AlertRecord): string | null {
  const isRate = definition?.rule_type === 'statistical' && definition.conditions.function === 'rate';
  return isRate ? (alert.unit?.replace(/\/s$/, '') ?? null) : alert.unit;
}

function isBuiltIn(alert: Alert): boolean {
  return alert.rule_version === BUILT_IN_VERSION;
}

function ruleStateOf({ alert, rule }: AlertRecord): AlertExplanation['rule']['state'] {
  if (isBuiltIn(alert)) return 'built_in';
  if (rule === undefined || rule.removedAt !== null) return 'removed';
  if (rule.version !== alert.rule_version) return 'changed';
  return rule.enabled ? 'unchanged' : 'disabled';
}

function sentenceOf(record: AlertRecord, decided: Decided, compared: readonly DecisionInput[]): string {
  const { alert, definition, raised } = record;
  if (isBuiltIn(alert)) return builtInSentence(alert);
  const readings = compared.map(
    ({ device_id: deviceId, key, value }) => `"${key}" of "${deviceId}" was ${valueText(value, readingUnit(record))}`,
  );
  const what = readings.length === 0 ? lookedAt(record) : readings.join(' and ');
  const figure = raised?.value ?? alert.value;
  const isFigure = definition?.rule_type === 'statistical' && figure !== null;
  const figureText = isFigure ? `, which made the figure ${valueText(figure, alert.unit)}` : '';
  const condition = definition === undefined ? '' : `; the rule asks for ${conditionText(definition)}`;
  const heldUs = usOf(decided.at) - usOf(decided.since);
  const held = heldUs > 0 ? `. It had held for ${usText(heldUs)}` : '';
  return `At ${instantText(usOf(decided.at))} ${what}${figureText}${condition}${held}.`;
}

/** Its message says what was seen. */
function builtInSentence({ raised_at: at, message, value, threshold, unit }: Alert): string {
  const limit =
    value === null || threshold === null ? '' : ` The value was ${valueText(value, unit)}; the limit is ${valueText(threshold, unit)}.`;
  return `At ${instantText(usOf(at))} the platform found: ${message}${limit}`;
}

/** What a rule that looks by the clock saw. */
function lookedAt({ alert, definition }: AlertRecord): string {
  const name = `"${alert.device_id}"`;
  if (definition?.rule_type !== 'schedule' || typeof alert.value !== 'number') return `${name} was looked at`;
  const { check, key } = definition.conditions;
  const forSo = secondsText(alert.value);
  return check === 'no_data' ? `no reading of "${key ?? ''}" of ${name} had come for ${forSo}` : `${name} had been offline for ${forSo}`;
}

function stepsOf(record: AlertRecord, decided: Decided, compared: readonly DecisionInput[]): ExplanationStep[] {
  const { alert, definition, history } = record;
  const steps = [versionStep(record)];
  if (definition !== undefined) {
    steps.push(step('scope', 'passed', `The rule is for ${scopeText(definition.scope)}; "${alert.device_id}" was one of them.`));
  }
  for (const { device_id: deviceId, key, value, at } of compared) {
    steps.push(
      step('reading', 'info', `"${key}" of "${deviceId}" was ${valueText(value, readingUnit(record))}, read at ${instantText(usOf(at))}.`),
    );
  }
  if (definition !== undefined) steps.push(...conditionSteps(definition, record, decided));
  for (const why of record.raised?.held ?? []) steps.push(step('held back', 'info', why));
  steps.push(decisionStep(record, decided));
  const after = history.filter(({ change }) => change !== 'raised' && change !== 'note');
  steps.push(...after.map((entry) => step('afterwards', 'info', afterwardsText(entry))));
  return steps;
}

function decisionStep({ alert, history }: AlertRecord, decided: Decided): ExplanationStep {
  const at = instantText(usOf(decided.at));
  if (history[0]?.change === 'corrected') {
    return step('decision', 'info', `It was not raised at ${at}: readings that came late showed it afterwards, and nobody was told.`);
  }
  const delayUs = usOf(decided.known_at) - usOf(decided.at);
  const known = delayUs >= 1_000_000 ? `, known at ${instantText(usOf(decided.known_at))} (${usText(delayUs)} later)` : '';
  return step('decision', 'passed', `Raised as "${alert.severity}" for ${at}${known}.`);
}

function versionStep(record: AlertRecord): ExplanationStep {
  const { alert, rule } = record;
  const raisedBy = `Version ${String(alert.rule_version)} of the rule "${alert.rule_name}" raised it`;
  switch (ruleStateOf(record)) {
    case 'built_in':
      return step('rule', 'info', `The rule "${alert.rule_name}" of the platform itself raised it; it is not in the list of rules.`);
    case 'unchanged':
      return step('rule', 'info', `${raisedBy}; the rule has not been changed since.`);
    case 'disabled':
      return step('rule', 'info', `${raisedBy}; the rule is switched off now.`);
    case 'changed':
      return step('rule', 'info', `${raisedBy}; the rule has been changed since and is version ${String(rule?.version ?? 0)} now.`);
    case 'removed': {
      const when = rule?.removedAt == null ? '' : ` (at ${rule.removedAt})`;
      return step('rule', 'info', `${raisedBy}; the rule has been removed since${when}.`);
    }
  }
}

function conditionSteps(definition: AuthoredRule, { alert, raised }: AlertRecord, decided: Decided): ExplanationStep[] {
  const steps: ExplanationStep[] = [];
  const { min_quality: quality = 0, conditions } = definition;
  if (quality > 0) steps.push(step('quality', 'passed', `Its quality was at least the ${String(quality)} that the rule asks for.`));
  const value = valueText(raised?.value ?? alert.value, alert.unit);
  const limit = alert.threshold === null ? '' : `; the limit was ${valueText(alert.threshold, alert.unit)}`;
  const figure = alert.value === null ? '' : ` The value was ${value}${limit}.`;
  steps.push(step('comparison', 'passed', `The rule asks for ${conditionText(definition)}.${figure}`));
  const seconds = 'duration_seconds' in conditions ? (conditions.duration_seconds ?? 0) : 0;
  if (seconds > 0) {
    const heldUs = usOf(decided.at) - usOf(decided.since);
    const text = `It had held since ${instantText(usOf(decided.since))} (${usText(heldUs)}); ${secondsText(seconds)} are asked for.`;
    steps.push(step('duration', 'passed', text));
  }
  if ((definition.cooldown_seconds ?? 0) > 0) {
    steps.push(
      step(
        'cooldown',
        'passed',
        `The cooldown of ${secondsText(definition.cooldown_seconds ?? 0)} after an earlier alert was over, or there was none.`,
      ),
    );
  }
  if (definition.active !== undefined) {
    steps.push(
      step('hours', 'passed', `${instantText(usOf(decided.at))} was within the hours of the rule: ${hoursText(definition.active)}.`),
    );
  }
  return steps;
}

function afterwardsText({ at, change, actor, note, body }: AlertRecord['history'][number]): string {
  const when = instantText(usOf(at));
  switch (change) {
    case 'repeated':
      return `Until ${when} it was seen ${String(occurrencesOf(body))} more times.`;
    case 'cleared':
      return `At ${when} the condition no longer held, and the alert was resolved.`;
    case 'corrected':
      return note ?? 'Readings that came late put the past right.';
    default:
      return `At ${when} it was ${change} by ${actor}.`;
  }
}

function suppressedIn(record: AlertRecord, decided: Decided): AlertExplanation['suppressed'] {
  const { alert, raised, definition, late, history } = record;
  const found = (raised?.held ?? []).map((why) => ({ what: `The alert itself, until ${instantText(usOf(decided.known_at))}`, why }));
  if (alert.occurrences > 1) {
    const count = alert.occurrences - 1;
    found.push({
      what: `${String(count)} further ${count === 1 ? 'reading' : 'readings'} that violated the condition`,
      why: 'A rule has one open alert for each device; repeats are counted on it and raise no other.',
    });
  }
  if (late.count > 0) {
    const last = late.lastAt === null ? '' : `, the newest of ${instantText(usOf(late.lastAt))}`;
    found.push({
      what: `${String(late.count)} ${late.count === 1 ? 'reading' : 'readings'} of this device that came late${last}`,
      why: `They were older than the newest reading judged by more than the lateness of ${secondsText(definition?.lateness_seconds ?? DEFAULT_LATENESS_SECONDS)}; they are stored and not judged.`,
    });
  }
  for (const { change, note } of history) {
    if (change !== 'corrected') continue;
    const why = 'Readings that came late put the past right without waking anybody.';
    found.push({ what: note ?? 'A change of when the condition held', why });
  }
  return [...found, ...cooldownAfter(record)];
}

/** What a cooldown that began with the end of this alert holds back. */
function cooldownAfter({ definition, history }: AlertRecord): AlertExplanation['suppressed'] {
  const cleared = history.findLast(({ change }) => change === 'cleared');
  if (definition === undefined || cleared === undefined) return [];
  const { cooldown_seconds: seconds } = definition;
  const [first] = gateSteps({ cooldown_seconds: seconds }, usOf(cleared.at), usOf(cleared.at));
  return first?.outcome === 'stopped' ? [{ what: 'The next alert of this rule for this device', why: first.text }] : [];
}

function occurrencesOf(body: unknown): number {
  return isTransition(body) && typeof body.occurrences === 'number' ? body.occurrences : 0;
}

/** What alert nodes record is a transition, or nothing. */
function isTransition(body: unknown): body is Partial<RuleTransition> {
  return typeof body === 'object' && body !== null;
}

function usOf(iso: string): number {
  return Date.parse(iso) * 1_000;
}
