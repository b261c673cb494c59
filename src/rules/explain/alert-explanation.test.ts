import assert from 'node:assert/strict';
import type { Alert } from '../../contracts/alerts.ts';
import type { AuthoredRule, RuleTransition } from '../../contracts/rules.ts';
import { correctionNote } from '../../contracts/correction-notes.ts';
import { HELD_BACK } from '../announcer.ts';
import { explainAlert } from './alert-explanation.ts';
import type { AlertRecord } from './alert-explanation.ts';
import { wordsFor } from './words/words.ts';

const AT = '2026-03-03T10:00:35.000Z';
const PLAIN = wordsFor({ language: 'en' });

const alert: Alert = {
  id: '00000000-0000-4000-8000-000000000001',
  rule_id: '00000000-0000-4000-8000-000000000002',
  rule_version: 2,
  rule_name: 'Hot',
  device_id: 'pump-01',
  key: 'temperature',
  severity: 'warning',
  status: 'active',
  message: 'hot',
  value: 81.5,
  threshold: 80,
  unit: '°C',
  occurrences: 1,
  raised_at: AT,
  known_at: AT,
  last_value: 81.5,
  last_at: AT,
  acknowledged_by: null,
  acknowledged_at: null,
  resolved_by: null,
  resolved_at: null,
};

const raised: RuleTransition = {
  id: '00000000-0000-4000-8000-000000000003',
  tenant_id: 'default',
  kind: 'raised',
  rule_id: alert.rule_id,
  rule_version: 2,
  rule_name: 'Hot',
  device_id: 'pump-01',
  key: 'temperature',
  severity: 'warning',
  message: 'hot',
  value: 81.5,
  threshold: 80,
  unit: '°C',
  occurrences: 1,
  at: AT,
  since: '2026-03-03T10:00:00.000Z',
  known_at: '2026-03-03T10:01:05.000Z',
  inputs: [{ device_id: 'pump-01', key: 'temperature', value: 83, at: AT }],
  held: ['The device was reporting the past.'],
};

const common = { name: 'Hot', scope: {}, severity: 'warning' as const, message: '' };
const mean: AuthoredRule = {
  ...common,
  rule_type: 'statistical',
  conditions: { key: 'temperature', function: 'avg', window: '5m', operator: '>', value: 80 },
};

const recordOf = (more: Partial<AlertRecord>): AlertRecord => ({
  alert,
  raised,
  history: [],
  definition: mean,
  rule: { origin: 'flow', version: 2, enabled: true, removedAt: null },
  late: { count: 0, lastAt: null },
  ...more,
});

describe('the explanation of an alert', () => {
  it('names the figure beside the reading, the delay, and why it was held back', () => {
    const { sentence, steps, suppressed, rule } = explainAlert(recordOf({}), PLAIN);
    assert.equal(
      sentence,
      'At 2026-03-03T10:00:35Z "temperature" of "pump-01" was 83 °C, which made the figure 81.5 °C; the rule asks for "avg" of "temperature" over 5 min > 80. It had held for 35 s.',
    );
    assert.equal(rule.state, 'unchanged');
    assert.match(steps.at(-1)?.text ?? '', /known at 2026-03-03T10:01:05Z \(30 s later\)/);
    assert.deepEqual(suppressed, [{ what: 'The alert itself, until 2026-03-03T10:01:05Z', why: 'The device was reporting the past.' }]);
  });

  it('names both sides of a comparison, each with its time', () => {
    const inputs = [
      { device_id: 'pump-01', key: 'inlet', value: 50, at: AT },
      { device_id: 'pump-02', key: 'inlet', value: 40, at: '2026-03-03T10:00:30.000Z' },
    ];
    const definition: AuthoredRule = {
      ...common,
      rule_type: 'comparison',
      conditions: { left: { key: 'inlet' }, operator: '>', right: { device_id: 'pump-02', key: 'inlet' }, offset: 5, duration_seconds: 30 },
    };
    const { compared, steps, sentence } = explainAlert(recordOf({ raised: { ...raised, inputs }, definition }), PLAIN);
    assert.deepEqual(
      compared.map(({ unit }) => unit),
      ['°C', '°C'],
    );
    assert.equal(steps.filter(({ step }) => step === 'reading').length, 2);
    assert.match(sentence, /asks for "inlet" > "inlet" of "pump-02" \+ 5 for 30 s, of readings at most 5 min apart/);
  });

  it('tells what was looked at by the clock', () => {
    const conditions = { schedule: '0 6 * * *', timezone: 'UTC', check: 'device_offline' as const, offline_seconds: 60 };
    const definition: AuthoredRule = { ...common, rule_type: 'schedule', conditions };
    const { sentence, compared } = explainAlert(
      recordOf({
        raised: { ...raised, value: 70, inputs: undefined },
        definition,
        alert: { ...alert, value: 70, threshold: 60, unit: 's' },
      }),
      PLAIN,
    );
    assert.deepEqual(compared, []);
    assert.match(
      sentence,
      /"pump-01" had been offline for 1 min 10 s; the rule asks for a device that is offline for 1 min, looked at by the schedule "0 6 \* \* \*" \(UTC\)/,
    );
  });

  it('tells that nobody was told of what became known afterwards, and what late readings changed', () => {
    const note = 'Known afterwards from readings that came late: it held from 10:00 to 10:05.';
    const history = [{ at: AT, change: 'corrected', actor: 'rule', note, body: null }];
    const { steps, suppressed } = explainAlert(recordOf({ raised: undefined, history, late: { count: 3, lastAt: AT } }), PLAIN);
    assert.match(steps.find(({ step }) => step === 'decision')?.text ?? '', /not raised at .* nobody was told/);
    assert.equal(steps.at(-1)?.text, note);
    assert.deepEqual(
      suppressed.map(({ what }) => what),
      ['3 readings of this device that came late, the newest of 2026-03-03T10:00:35Z', note],
    );
  });

  it('tells what became of the rule', () => {
    const stateOf = (rule: AlertRecord['rule']) => explainAlert(recordOf({ rule }), PLAIN).rule.state;
    assert.equal(stateOf({ origin: 'stored', version: 3, enabled: true, removedAt: null }), 'changed');
    assert.equal(stateOf({ origin: 'stored', version: 2, enabled: false, removedAt: null }), 'disabled');
    assert.equal(stateOf({ origin: 'stored', version: 2, enabled: false, removedAt: AT }), 'removed');
    assert.equal(stateOf(undefined), 'removed');
  });

  it('says of a rule of the platform itself that it is one, and takes its silence for no reading', () => {
    const offline = {
      ...{ ...alert, rule_version: 0, rule_name: 'Device offline', key: 'silence', value: 62, threshold: 60, unit: 's' },
      message: 'Pump 1 is offline: nothing was heard of it for 62 s.',
    };
    const history = [{ at: AT, change: 'raised', actor: 'platform', note: null, body: null }];
    const record = { alert: offline, raised: undefined, definition: undefined, rule: undefined, history, late: { count: 0, lastAt: null } };
    const { rule, compared, sentence, steps } = explainAlert(record, PLAIN);
    assert.deepEqual([rule.state, rule.origin, rule.definition, compared], ['built_in', null, null, []]);
    assert.match(
      sentence,
      /the platform found: Pump 1 is offline: nothing was heard of it for 62 s\. The value was 62 s; the limit is 60 s\.$/,
    );
    assert.deepEqual(
      steps.map(({ step }) => step),
      ['rule', 'decision'],
    );
    assert.equal(steps[0]?.text, 'The rule "Device offline" of the platform itself raised it; it is not in the list of rules.');
    const silent = { ...offline, value: null, threshold: null, message: 'The gateway "A" passes nothing on.' };
    const gateway = explainAlert({ ...record, alert: silent }, PLAIN);
    assert.match(gateway.sentence, /the platform found: The gateway "A" passes nothing on\.$/);
  });

  it('is told in Spanish and in the zone of the person, what is stored in English included', () => {
    const words = wordsFor({ language: 'es', timezone: 'America/Bogota' });
    const { sentence, steps, suppressed } = explainAlert(recordOf({ raised: { ...raised, held: [HELD_BACK] } }), words);
    assert.equal(
      sentence,
      'El 3 mar 2026, 5:00:35 «temperature» de «pump-01» era 83 °C, con lo que la cifra fue 81,5 °C; la regla pide la media de «temperature» en 5 min > 80. Se cumplía desde hacía 35 s.',
    );
    assert.deepEqual(suppressed, [
      {
        what: 'La propia alerta, hasta el 3 mar 2026, 5:01:05',
        why: 'El dispositivo informaba del pasado; la alerta se retuvo hasta que se puso al día o hizo una pausa.',
      },
    ]);
    assert.equal(
      steps.at(-1)?.text,
      'Se abrió con la gravedad «advertencia» para el 3 mar 2026, 5:00:35, conocida el 3 mar 2026, 5:01:05 (30 s después).',
    );
    const entry = { at: AT, actor: 'rule', body: null };
    const note = correctionNote({ op: 'added', from: AT, to: '2026-03-03T10:05:00.000Z' });
    const history = [
      { ...entry, change: 'corrected', note },
      { ...entry, change: 'severity', note: 'warning -> critical' },
      { ...entry, change: 'resolved', note: null, actor: 'rule disabled' },
      { ...entry, change: 'corrected', note: 'A note of an older program.' },
    ];
    const after = explainAlert(recordOf({ history }), words).steps.filter(({ step }) => step === 'afterwards');
    assert.deepEqual(
      after.map(({ text }) => text),
      [
        'Se supo después, por lecturas que llegaron tarde: se cumplió desde el 3 mar 2026, 5:00:35 hasta el 3 mar 2026, 5:05:00.',
        'El 3 mar 2026, 5:00:35 su gravedad subió de advertencia a crítica.',
        'El 3 mar 2026, 5:00:35 fue resuelta porque se desactivó la regla.',
        'A note of an older program.',
      ],
    );
    const stored = explainAlert(recordOf({ history }), PLAIN).steps.filter(({ step }) => step === 'afterwards');
    assert.equal(stored[0]?.text, note, 'programs have it as it is stored');
    const built = { ...alert, rule_version: 0, rule_name: 'Device offline', key: 'silence', value: 62, threshold: 60, unit: 's' };
    const offline = explainAlert(recordOf({ alert: { ...built, message: 'Pump 1 is offline: ...' }, definition: undefined }), words);
    assert.equal(
      offline.sentence,
      'El 3 mar 2026, 5:00:35 la plataforma encontró: «pump-01» no daba señales. El valor era 62 s; el límite es 60 s.',
    );
  });
});
