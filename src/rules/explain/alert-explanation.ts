import { BUILT_IN_VERSION } from '../../contracts/alerts.ts';
import type { Alert } from '../../contracts/alerts.ts';
import type { ExplanationStep } from '../../contracts/backtest.ts';
import type { AlertExplanation } from '../../contracts/explanations.ts';
import { DEFAULT_LATENESS_SECONDS } from '../../contracts/rule-terms.ts';
import { SEVERITIES } from '../../contracts/rules.ts';
import type { AuthoredRule, DecisionInput, RuleTransition, Severity } from '../../contracts/rules.ts';
import { HELD_BACK } from '../announcer.ts';
import { conditionText } from './condition-text.ts';
import { gateSteps } from './gate-steps.ts';
import { correctionText } from './correction-text.ts';
import { scopeFacts } from './scope-step.ts';
import type { LimitFacts, ReadingFacts } from './words/facts.ts';
import { step } from './words/words.ts';
import type { Words } from './words/words.ts';

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
export function explainAlert(record: AlertRecord, words: Words): AlertExplanation {
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
    sentence: sentenceOf(record, decided, compared, words),
    steps: stepsOf(record, decided, compared, words),
    suppressed: suppressedIn(record, decided, words),
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

function readingFacts(record: AlertRecord, { device_id: deviceId, key, value, at }: DecisionInput): ReadingFacts {
  return { deviceId, key, value, unit: readingUnit(record), atUs: usOf(at) };
}

function sentenceOf(record: AlertRecord, decided: Decided, compared: readonly DecisionInput[], words: Words): string {
  const { alert, definition, raised } = record;
  const say = words.say.alert;
  if (isBuiltIn(alert)) return builtInSentence(alert, words);
  const readings = compared.map((input) => readingFacts(record, input));
  const seen = readings.length === 0 ? lookedAt(record, words) : say.readings(readings);
  const figure = raised?.value ?? alert.value;
  const isFigure = definition?.rule_type === 'statistical' && figure !== null;
  return say.sentence(usOf(decided.at), seen, {
    figure: isFigure ? say.figure(figure, alert.unit) : '',
    condition: definition === undefined ? '' : conditionText(definition, words),
    heldUs: usOf(decided.at) - usOf(decided.since),
  });
}

/** Its message says what was seen. */
function builtInSentence({ raised_at: at, message, device_id: device, key, value, threshold, unit }: Alert, { say }: Words): string {
  const limit: LimitFacts | null = value === null || threshold === null ? null : { figure: value, operator: '>=', limit: threshold, unit };
  return say.alert.builtIn(usOf(at), { message, device, key }, limit);
}

/** What a rule that looks by the clock saw. */
function lookedAt({ alert: { device_id: deviceId, value }, definition }: AlertRecord, { say }: Words): string {
  if (definition?.rule_type !== 'schedule' || typeof value !== 'number') return say.alert.looked(deviceId);
  const { check, key = '' } = definition.conditions;
  return check === 'no_data' ? say.alert.silent({ key, deviceId }, value) : say.alert.offline(deviceId, value);
}

function stepsOf(record: AlertRecord, decided: Decided, compared: readonly DecisionInput[], words: Words): ExplanationStep[] {
  const { alert, definition, history } = record;
  const { say } = words;
  const steps = [step('rule', 'info', versionText(record, words))];
  if (definition !== undefined) {
    steps.push(step('scope', 'passed', say.alert.wasFor(say.scope.of(scopeFacts(definition.scope)), alert.device_id)));
  }
  for (const input of compared) steps.push(step('reading', 'info', say.reading.was(readingFacts(record, input))));
  if (definition !== undefined) steps.push(...conditionSteps(definition, record, decided, words));
  for (const why of record.raised?.held ?? []) steps.push(step('held back', 'info', heldText(why, words)));
  steps.push(decisionStep(record, decided, words));
  const after = history.filter(({ change }) => change !== 'raised' && change !== 'note');
  steps.push(...after.map((entry) => step('afterwards', 'info', afterwardsText(entry, words))));
  return steps;
}

/** What is stored is English; anything but the one reason that there is stays as it is. */
function heldText(why: string, { say }: Words): string {
  return why === HELD_BACK ? say.untold.heldBack() : why;
}

function decisionStep({ alert, history }: AlertRecord, decided: Decided, { say }: Words): ExplanationStep {
  const [atUs, knownUs] = [usOf(decided.at), usOf(decided.known_at)];
  if (history[0]?.change === 'corrected') return step('decision', 'info', say.decision.notRaisedThen(atUs));
  const isLater = knownUs - atUs >= 1_000_000;
  return step('decision', 'passed', say.decision.raised({ severity: alert.severity, atUs, knownUs: isLater ? knownUs : undefined }));
}

function versionText(record: AlertRecord, { say }: Words): string {
  const { alert, rule } = record;
  const { rule_name: name, rule_version: version } = alert;
  switch (ruleStateOf(record)) {
    case 'built_in':
      return say.rule.builtIn(name);
    case 'unchanged':
      return say.rule.unchanged(name, version);
    case 'disabled':
      return say.rule.disabled(name, version);
    case 'changed':
      return say.rule.changed(name, version, rule?.version ?? 0);
    case 'removed':
      return say.rule.removed(name, version, rule?.removedAt == null ? null : usOf(rule.removedAt));
  }
}

function conditionSteps(definition: AuthoredRule, { alert, raised }: AlertRecord, decided: Decided, words: Words): ExplanationStep[] {
  const { say } = words;
  const steps: ExplanationStep[] = [];
  const { min_quality: quality = 0, cooldown_seconds: cooldown = 0, conditions, active } = definition;
  const [atUs, sinceUs] = [usOf(decided.at), usOf(decided.since)];
  if (quality > 0) steps.push(step('quality', 'passed', say.reading.wasGood(quality)));
  const figure = alert.value === null ? null : (raised?.value ?? alert.value);
  const limit = { value: alert.threshold, unit: alert.unit };
  steps.push(step('comparison', 'passed', say.alert.compared(conditionText(definition, words), figure, limit)));
  const seconds = 'duration_seconds' in conditions ? (conditions.duration_seconds ?? 0) : 0;
  if (seconds > 0) steps.push(step('duration', 'passed', say.clearing.hadHeld(sinceUs, atUs - sinceUs, seconds)));
  if (cooldown > 0) steps.push(step('cooldown', 'passed', say.gates.wasCooled(cooldown)));
  if (active !== undefined) steps.push(step('hours', 'passed', say.gates.wasOpen(atUs, active)));
  return steps;
}

function afterwardsText({ at, change, actor, note, body }: AlertRecord['history'][number], words: Words): string {
  const { afterwards, corrected } = words.say;
  const atUs = usOf(at);
  switch (change) {
    case 'repeated':
      return afterwards.repeated(atUs, occurrencesOf(body));
    case 'cleared':
      return afterwards.cleared(atUs);
    case 'corrected':
      return note === null ? corrected.unknown() : correctionText(note, words);
    case 'severity': {
      const { from, to } = riseOf(note);
      return isSeverity(from) && isSeverity(to) ? afterwards.rose(atUs, from, to) : afterwards.other(atUs, change, actor);
    }
    default:
      return afterwards.other(atUs, change, actor);
  }
}

/** As the history notes it: `warning -> critical`. */
function riseOf(note: string | null): { from: string | undefined; to: string | undefined } {
  const [from, to] = note?.split(' -> ') ?? [];
  return { from, to };
}

function isSeverity(word: string | undefined): word is Severity {
  return SEVERITIES.some((severity) => severity === word);
}

function suppressedIn(record: AlertRecord, decided: Decided, words: Words): AlertExplanation['suppressed'] {
  const { alert, raised, definition, late, history } = record;
  const { untold, corrected } = words.say;
  const found = (raised?.held ?? []).map((why) => ({ what: untold.itself(usOf(decided.known_at)), why: heldText(why, words) }));
  if (alert.occurrences > 1) found.push({ what: untold.repeats(alert.occurrences - 1), why: untold.repeatsWhy() });
  if (late.count > 0) {
    const newestUs = late.lastAt === null ? null : usOf(late.lastAt);
    const why = untold.lateWhy(definition?.lateness_seconds ?? DEFAULT_LATENESS_SECONDS);
    found.push({ what: untold.late(late.count, newestUs), why });
  }
  for (const { change, note } of history) {
    if (change !== 'corrected') continue;
    found.push({ what: note === null ? corrected.unnamed() : correctionText(note, words), why: corrected.why() });
  }
  return [...found, ...cooldownAfter(record, words)];
}

/** What a cooldown that began with the end of this alert holds back. */
function cooldownAfter({ definition, history }: AlertRecord, words: Words): AlertExplanation['suppressed'] {
  const cleared = history.findLast(({ change }) => change === 'cleared');
  if (definition === undefined || cleared === undefined) return [];
  const { cooldown_seconds: seconds } = definition;
  const timeUs = usOf(cleared.at);
  const [first] = gateSteps({ cooldown_seconds: seconds }, { clearedUs: timeUs, timeUs }, words);
  return first?.outcome === 'stopped' ? [{ what: words.say.untold.next(), why: first.text }] : [];
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
