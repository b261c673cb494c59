import assert from 'node:assert/strict';
import { LANGUAGES } from '../../../core/language.ts';
import { scopeFacts, scopeStep } from '../scope-step.ts';
import { EN_MANNER } from './en.ts';
import type { Sentences } from './en.ts';
import { ES_MANNER } from './es.ts';
import { formsOf } from './forms.ts';
import { wordsFor } from './words.ts';

const AT_US = 1_761_582_600_000_000;
const BOGOTA = 'America/Bogota';

describe('the words of explanations', () => {
  const plain = formsOf(EN_MANNER, undefined);
  const bogota = { en: formsOf(EN_MANNER, BOGOTA), es: formsOf(ES_MANNER, BOGOTA) };

  it('say times in at most two units', () => {
    for (const [seconds, text] of [
      [0, '0 s'],
      [0.25, '0.25 s'],
      [59, '59 s'],
      [60, '1 min'],
      [90, '1 min 30 s'],
      [3_600, '1 h'],
      [3_661, '1 h 1 min'],
      [86_400 * 3 + 60, '3 d 1 min'],
      [-5, '5 s'],
    ] as const) {
      assert.equal(plain.seconds(seconds), text);
    }
    assert.equal(bogota.es.seconds(0.25), '0,25 s');
  });

  it('say instants as programs read them without a zone, and in the zone of the person with one', () => {
    assert.equal(plain.at(AT_US), '2025-10-27T16:30:00Z');
    assert.equal(plain.at(AT_US + 250_000, 'Asia/Tokyo'), '2025-10-27T16:30:00.250Z');
    assert.equal(bogota.en.at(AT_US + 250_000), '27 Oct 2025, 11:30:00');
    assert.equal(bogota.es.at(AT_US), '27 oct 2025, 11:30:00');
    assert.equal(bogota.es.at(AT_US, BOGOTA), '27 oct 2025, 11:30:00');
    assert.equal(bogota.es.at(AT_US, 'UTC'), '27 oct 2025, 11:30:00 (America/Bogota)');
  });

  it('say values as people read them', () => {
    assert.equal(plain.value(80.19729025, '°C'), '80.1973 °C');
    assert.equal(plain.value(0.1 + 0.2), '0.3');
    assert.equal(plain.value(true, null), 'true');
    assert.equal(plain.value(null), 'nothing');
    assert.equal(plain.value('x'.repeat(100)).length, 62);
    assert.deepEqual(
      [80.19729025, 12_345, true, false, null, 'abc'].map((value) => bogota.es.value(value)),
      ['80,1973', '12345', 'verdadero', 'falso', 'nada', '«abc»'],
    );
  });

  it('say that no device is judged against itself', () => {
    const rule = {
      ...{ name: 'r', scope: {}, severity: 'info' as const, message: '', rule_type: 'comparison' as const },
      conditions: { left: { key: 'a' }, operator: '>=' as const, right: { key: 'a', device_id: 'p2' } },
    };
    const outcomes = ['p1', 'p2'].map((id) => scopeStep(rule, { id, type: '', location: '' }, wordsFor({ language: 'en' })));
    assert.deepEqual(
      outcomes.map(({ outcome }) => outcome),
      ['passed', 'stopped'],
    );
    assert.equal(outcomes[1]?.text, 'The rule compares other devices with "p2", and judges no device against itself.');
  });

  it('say whom a rule is for, and when', () => {
    const { scope, gates } = wordsFor({ language: 'en' }).say;
    assert.equal(scope.of(scopeFacts({ device_id: '', location: '' })), 'all devices');
    assert.equal(scope.of(scopeFacts({ device_id: 'a' })), 'the device "a"');
    assert.equal(scope.of(scopeFacts({ device_type: 'pump', location: 'Hall A' })), 'devices of the type "pump" at the location "Hall A"');
    assert.equal(gates.hoursOf({ timezone: 'UTC' }), 'every day, all day (UTC)');
    assert.equal(gates.hoursOf({ timezone: 'UTC', days: ['mon', 'tue'], from: '06:00' }), 'mon, tue, 06:00 to 24:00 (UTC)');
  });

  it('say each sentence in each language, with the same names, numbers and times', () => {
    const [english, spanish] = LANGUAGES.map((language) => samples(wordsFor({ language, timezone: BOGOTA }).say));
    assert.ok(english !== undefined && spanish !== undefined);
    assert.deepEqual(Object.keys(english), Object.keys(spanish));
    for (const [name, texts] of Object.entries(english)) {
      const others: readonly string[] = spanish[name] ?? [];
      assert.ok(texts.length > 0, name);
      for (const [i, text] of texts.entries()) {
        const other = others[i] ?? '';
        assert.notEqual(text, other, name);
        assert.doesNotMatch(text + other, /undefined|NaN|null|Invalid|\[object|[«»].*readings| {2}/, name);
        assert.deepEqual(factsIn(text), factsIn(other), `${text}\n${other}`);
      }
    }
    const said = Object.entries(wordsFor({ language: 'en' }).say).flatMap(([area, all]) =>
      Object.keys(all).map((name) => `${area}.${name}`),
    );
    assert.deepEqual(said.filter((name) => !(name in english)), []); // prettier-ignore
  });
});

/** Names in quotes, times of day, and numbers; the words of languages aside. */
function factsIn(text: string): string[] {
  const plain = text
    .replaceAll(/[«»"]/g, "'")
    .replaceAll(/(\d),(\d)/g, '$1.$2')
    .toLowerCase();
  return [...(plain.match(/'[^']*[-_/][^']*'|\d+(?:\.\d+)?/g) ?? [])].sort();
}

/** Every sentence, by area and name, said at least once. */
function samples(say: Sentences): Record<string, string[]> {
  const scope = { deviceId: undefined, deviceType: 'pump-type', location: 'hall-a' };
  const nobody = { deviceId: undefined, deviceType: undefined, location: undefined };
  const of = { key: 'oil_temperature', deviceId: 'pump-01' };
  const reading = { ...of, value: 81.5, unit: '°C', atUs: AT_US };
  const other = { ...reading, deviceId: 'pump-02', value: 70.25 };
  const limit = { figure: 81.5, operator: '>', limit: 80.5, unit: '°C' };
  const windowOf = (size: number) => ({ size, seconds: 300, untilUs: AT_US });
  const active = { timezone: 'Asia/Tokyo', days: ['mon', 'sun'] as ('mon' | 'sun')[], from: '06:00' };
  const cron = { schedule: '0 6 * * *', timezone: 'Asia/Tokyo' };
  const [wanted, enough] = [
    { wanted: 60, remain: 25.5 },
    { wanted: 60, remain: null },
  ] as const;
  const later = AT_US + 90_000_000;
  const decided = { severity: 'warning' as const, atUs: AT_US, knownUs: undefined };
  return {
    'scope.of': [scope, nobody, { ...nobody, deviceId: 'pump-01' }].map((facts) => say.scope.of(facts)),
    'scope.otherDevice': [say.scope.otherDevice('pump-01', 'pump-02')],
    'scope.itself': [say.scope.itself('pump-01')],
    'scope.inside': [say.scope.inside('pump-01', scope)],
    'scope.outside': [say.scope.outside('pump-01', scope, { deviceId: 'pump-02', deviceType: 'fan-type', location: 'hall-b' })],
    'state.notRunning': [say.state.notRunning('pump-01')],
    'state.active': [say.state.active('pump-01', AT_US), say.state.active('pump-01', null)],
    'state.pending': [say.state.pending('pump-01', AT_US)],
    'state.idle': [say.state.idle('pump-01')],
    'state.dueBefore': [say.state.dueBefore('pump-01', later, AT_US), say.state.dueBefore('pump-01', AT_US, null)],
    'reading.none': [say.reading.none(of, AT_US)],
    'reading.is': [say.reading.is(reading, 1_500_000, true), say.reading.is(reading, 0, false)],
    'reading.was': [say.reading.was(reading)],
    'reading.poor': [say.reading.poor(20, 50)],
    'reading.good': [say.reading.good(80, 50)],
    'reading.wasGood': [say.reading.wasGood(50)],
    'reading.passedOver': [say.reading.passedOver('too-hot'), say.reading.passedOver(true)],
    'lateness.stored': [say.lateness.stored()],
    'lateness.judged': [say.lateness.judged()],
    'lateness.behind': [true, false].flatMap((isKept) =>
      [0, 1_500_000].map((behindUs) => say.lateness.behind(behindUs, AT_US, { seconds: 60, isKept })),
    ),
    'compared.limit': [say.compared.limit(limit)],
    'compared.difference': [5, 0, -2.5].map((offset) => say.compared.difference(reading, '>', other, offset)),
    'compared.verdict': [true, false].map((holds) => say.compared.verdict('', holds).trim()),
    'compared.apart': [true, false].map((isWithin) => say.compared.apart(of, isWithin ? 0 : 90_000_000, { seconds: 60, isWithin })),
    'compared.tooFew': [1, 3].map((size) => say.compared.tooFew(windowOf(size), 9)),
    'compared.figure': ['avg', 'min', 'p95', 'rate'].map((name) => say.compared.figure(windowOf(name.length), name, 30.5, 'bar')),
    'clearing.goesOn': [say.clearing.goesOn()],
    'clearing.noClearValue': [say.clearing.noClearValue()],
    'clearing.notCrossed': [say.clearing.notCrossed(limit)],
    'clearing.crossed': [say.clearing.crossed(limit)],
    'clearing.ended': [say.clearing.ended(AT_US), say.clearing.ended(null)],
    'clearing.held': [null, 30_000_000].map((remainUs) => say.clearing.held(AT_US, 30_000_000, { seconds: 60, remainUs })),
    'clearing.hadHeld': [say.clearing.hadHeld(AT_US, 90_000_000, 60)],
    'gates.hoursOf': [say.gates.hoursOf(active), say.gates.hoursOf({ timezone: 'UTC' })],
    'gates.nothingEnded': [say.gates.nothingEnded()],
    'gates.cooled': [say.gates.cooled(AT_US, 600)],
    'gates.cooling': [say.gates.cooling(AT_US, 600, { us: later, leftUs: 90_000_000 })],
    'gates.wasCooled': [say.gates.wasCooled(600)],
    'gates.open': [say.gates.open(AT_US, active)],
    'gates.closed': [say.gates.closed(AT_US, active, later)],
    'gates.wasOpen': [say.gates.wasOpen(AT_US, active)],
    'decision.raises': [say.decision.raises('pump-01', 'critical', AT_US), say.decision.raises('pump-01', 'info', null)],
    'decision.finds': [say.decision.finds('pump-01', 'warning')],
    'decision.stays': [say.decision.stays('pump-01')],
    'decision.staysCounted': [say.decision.staysCounted('pump-01')],
    'decision.clears': [say.decision.clears('pump-01')],
    'decision.waits': [say.decision.waits(AT_US), say.decision.waits(null)],
    'decision.passedOver': [say.decision.passedOver()],
    'decision.notJudged': [say.decision.notJudged()],
    'decision.ended': [say.decision.ended()],
    'decision.nothing': [say.decision.nothing()],
    'decision.nothingFound': [say.decision.nothingFound()],
    'decision.raised': [say.decision.raised(decided), say.decision.raised({ ...decided, knownUs: later })],
    'decision.notRaisedThen': [say.decision.notRaisedThen(AT_US)],
    'schedule.state': [say.schedule.state('pump-01', AT_US), say.schedule.state('pump-01', null)],
    'schedule.due': [say.schedule.due(cron, later, AT_US), say.schedule.due(cron, null, AT_US)],
    'schedule.always': [say.schedule.always()],
    'schedule.notOffline': [say.schedule.notOffline('pump-01')],
    'schedule.offline': [say.schedule.offline('pump-01', 90, wanted), say.schedule.offline('pump-01', 90, enough)],
    'schedule.old': [say.schedule.old(of, 90, wanted)],
    'schedule.neverHeard': [say.schedule.neverHeard(of, 90, enough)],
    'condition.threshold': [say.condition.threshold('oil-level', '>', 1.5, 60), say.condition.threshold('oil-level', '>', 1.5, 0)],
    'condition.comparison': ['pump-01', undefined].map((deviceId) =>
      say.condition.comparison('oil-level', '<', { key: 'oil-limit', deviceId, offset: -1.5 }, { length: 30, tolerance: 300 }),
    ),
    'condition.always': [say.condition.always(cron)],
    'condition.offline': [say.condition.offline(60, cron)],
    'condition.silent': [say.condition.silent('oil-level', 60, cron)],
    'condition.statistical': [say.condition.statistical('avg', 'oil-level', 300, { operator: '>', limit: 1.5 })],
    'alert.sentence': [
      say.alert.sentence(AT_US, say.alert.looked('pump-01'), { figure: say.alert.figure(1.5, 'bar'), condition: '…', heldUs: 90_000_000 }),
    ],
    'alert.readings': [say.alert.readings([reading, other])],
    'alert.figure': [say.alert.figure(81.5, '°C')],
    'alert.looked': [say.alert.looked('pump-01')],
    'alert.silent': [say.alert.silent(of, 90)],
    'alert.offline': [say.alert.offline('pump-01', 90)],
    'alert.builtIn': [say.alert.builtIn(AT_US, { message: 'It is "pump-01".', device: 'pump-01', key: 'silence' }, limit)],
    'alert.compared': [limit, { ...limit, figure: null }].map(({ figure }) =>
      say.alert.compared('…', figure, { value: 80.5, unit: 'bar' }),
    ),
    'alert.wasFor': [say.alert.wasFor('…', 'pump-01')],
    'rule.builtIn': [say.rule.builtIn('too-hot')],
    'rule.unchanged': [say.rule.unchanged('too-hot', 3)],
    'rule.disabled': [say.rule.disabled('too-hot', 3)],
    'rule.changed': [say.rule.changed('too-hot', 3, 4)],
    'rule.removed': [say.rule.removed('too-hot', 3, AT_US), say.rule.removed('too-hot', 3, null)],
    'afterwards.repeated': [say.afterwards.repeated(AT_US, 1), say.afterwards.repeated(AT_US, 12)],
    'afterwards.cleared': [say.afterwards.cleared(AT_US)],
    'afterwards.rose': [say.afterwards.rose(AT_US, 'info', 'critical')],
    'afterwards.other': [say.afterwards.other(AT_US, 'resolved', 'rule disabled'), say.afterwards.other(AT_US, 'acknowledged', 'maria')],
    'corrected.unknown': [say.corrected.unknown()],
    'corrected.unnamed': [say.corrected.unnamed()],
    'corrected.why': [say.corrected.why()],
    'corrected.added': [say.corrected.added(AT_US, later)],
    'corrected.withdrawn': [say.corrected.withdrawn(AT_US)],
    'corrected.changed': [null, later].map((toUs) => say.corrected.changed({ fromUs: AT_US, toUs }, { fromUs: later, toUs })),
    'untold.heldBack': [say.untold.heldBack()],
    'untold.itself': [say.untold.itself(AT_US)],
    'untold.repeats': [say.untold.repeats(1), say.untold.repeats(2)],
    'untold.repeatsWhy': [say.untold.repeatsWhy()],
    'untold.late': [say.untold.late(1, AT_US), say.untold.late(2, null)],
    'untold.lateWhy': [say.untold.lateWhy(60)],
    'untold.next': [say.untold.next()],
  };
}
