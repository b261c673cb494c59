import assert from 'node:assert/strict';
import type { AlertExplanation, RuleTest } from '../../src/contracts/explanations.ts';
import type { RuleTransition } from '../../src/contracts/rules.ts';
import type { StoredRuleSession } from '../../src/engine/types.ts';
import { Client, eventually, startApi } from './support.ts';
import type { Answer, ApiFixture } from './support.ts';

const HOT = {
  name: 'Hot',
  rule_type: 'threshold',
  scope: { device_type: 'pump' },
  conditions: { key: 'temperature', operator: '>', value: 80, clear_value: 75 },
  severity: 'warning',
};

const testOf = (answer: Answer): RuleTest => {
  assert.equal(answer.status, 200, answer.text);
  return answer.body as unknown as RuleTest;
};
const stepsOf = ({ steps }: Pick<RuleTest, 'steps'>): string[] => steps.map(({ step, outcome }) => `${step} ${outcome}`);
const textOf = ({ steps }: Pick<RuleTest, 'steps'>, name: string): string => steps.find(({ step }) => step === name)?.text ?? '';

describe('trying rules and explaining alerts over the API', () => {
  let fixture: ApiFixture;
  let admin: Client;
  let off: () => void;
  let session: StoredRuleSession;
  const pumps = new Map<string, Client>();
  const sent: RuleTransition[] = [];
  let batch = 0;

  before(async () => {
    fixture = await startApi();
    off = fixture.wire();
    admin = await Client.login(fixture, 'admin');
    for (const [device_id, type] of [
      ['boiler-01', 'boiler'],
      ['pump-01', 'pump'],
      ['pump-02', 'pump'],
    ] as const) {
      await admin.post('/devices', { device_id, name: device_id.toUpperCase(), type });
      const { key } = (await admin.post(`/devices/${device_id}/credentials`, { name: 'test' })).body;
      pumps.set(device_id, Client.withKey(fixture, key));
    }
    session = await fixture.engine.openStored({
      nodeId: 'stored',
      tenantId: 'default',
      onTransition: (transition) => {
        sent.push(transition);
        void fixture.alerts.apply(transition);
      },
      onError: (error) => assert.fail(error),
    });
  });
  after(async () => {
    await session.close(false);
    off();
    await fixture.stop();
  });
  afterEach(async () => {
    for (const { id } of (await admin.get('/rules')).body.items) await admin.send('DELETE', `/rules/${id}`);
    sent.splice(0);
  });

  const nowMs = () => fixture.clock.nowMs();
  const isoAgo = (seconds: number) => new Date(nowMs() - seconds * 1_000).toISOString();

  /** Stores readings without anybody judging them. */
  const store = async (deviceId: string, key: string, readings: [secondsAgo: number, value: unknown, quality?: number][]) => {
    for (const [secondsAgo, value, quality = 100] of readings) {
      const data = { [key]: { value, quality, ...(typeof value === 'number' ? { unit: '°C' } : {}) } };
      const answer = await pumps.get(deviceId)?.post('/telemetry?mode=history', { timestamp: isoAgo(secondsAgo), data });
      assert.equal(answer?.body.stored, 1, answer?.text);
    }
  };

  /** Gives the running rules a reading, as a flow does. */
  const judge = (deviceId: string, value: number, secondsAgo: number, baseMs = nowMs()) => {
    batch += 1;
    const timestamp = baseMs - secondsAgo * 1_000;
    session.judge({
      tenant_id: 'default',
      device_id: deviceId,
      points: [{ key: 'temperature', value, timestamp, time_us: timestamp * 1_000, unit: '°C', quality: 100 }],
      lane: 0,
      batch,
      received_at: nowMs(),
    });
  };

  const createRule = async (rule: object): Promise<string> => {
    const answer = await admin.post('/rules', rule);
    assert.equal(answer.status, 201, answer.text);
    return answer.body.id;
  };
  const alertOf = (ruleId: string, status: string) =>
    eventually(async () => (await admin.get(`/alerts?rule_id=${ruleId}&status=${status}`)).body.items[0], `an alert that is ${status}`);
  const stateOf = async (ruleId: string) => fixture.sql('select device_id, state from rule_states where rule_id = $1 order by 1', [ruleId]);

  it('judges a value that is given, on the first device of the scope, step by step', async () => {
    await store('pump-01', 'temperature', [[30, 60]]);
    const test = testOf(
      await admin.post('/rules/test', { rule: { ...HOT, message: '{{device.name}} {{value}} {{unit}}' }, values: { temperature: 81 } }),
    );
    assert.deepEqual([test.decision, test.would_raise, test.device_id, test.message], ['raises', true, 'pump-01', 'PUMP-01 81 °C']);
    assert.deepEqual(stepsOf(test), ['scope passed', 'state info', 'reading info', 'comparison passed', 'decision passed']);
    assert.match(textOf(test, 'comparison'), /81 °C > 80 °C\. This holds\./);
    assert.deepEqual(
      test.inputs.map(({ at: _at, ...input }) => input),
      [{ device_id: 'pump-01', key: 'temperature', value: 81, unit: '°C', quality: 100, given: true }],
    );
    const low = testOf(await admin.post('/rules/test', { rule: HOT, device_id: 'pump-02', values: { temperature: { value: 80 } } }));
    assert.deepEqual([low.decision, low.would_raise, low.message, low.device_id], ['nothing', false, null, 'pump-02']);
    const outside = testOf(await admin.post('/rules/test', { rule: HOT, device_id: 'boiler-01', values: { temperature: 99 } }));
    assert.deepEqual([outside.decision, stepsOf(outside)], ['out_of_scope', ['scope stopped']]);
    assert.match(textOf(outside, 'scope'), /its type is "boiler"/);
  });

  it('judges what is stored when nothing is given, with the duration that the readings support', async () => {
    const rule = { ...HOT, scope: { device_id: 'pump-02' }, conditions: { ...HOT.conditions, duration_seconds: 60 } };
    await store('pump-02', 'temperature', [[200, 70], [100, 85], [70, 86], [40, 87]]); // prettier-ignore
    const waits = testOf(await admin.post('/rules/test', { rule, at: isoAgo(30) }));
    // The timer has not been due at that instant.
    assert.equal(waits.decision, 'raises', waits.steps.map(({ text }) => text).join('\n'));
    const earlier = testOf(await admin.post('/rules/test', { rule, at: isoAgo(69) }));
    assert.deepEqual([earlier.decision, stepsOf(earlier).slice(-2)], ['waits', ['duration stopped', 'decision stopped']]);
    assert.match(textOf(earlier, 'duration'), /\((29|30)(\.\d+)? s up to the reading\); 1 min are asked for, (29|30)(\.\d+)? s remain/);
    const now = testOf(await admin.post('/rules/test', { rule }));
    assert.deepEqual([now.decision, now.inputs[0]?.value, now.inputs[0]?.given], ['raises', 87, false]);
    const given = testOf(await admin.post('/rules/test', { rule, values: { temperature: 70 } }));
    assert.equal(given.decision, 'nothing');
  });

  it('goes on from where the running rule is, changes nothing and tells nobody', async () => {
    const ruleId = await createRule({ ...HOT, cooldown_seconds: 600 });
    judge('pump-01', 82, 20);
    const alert = await alertOf(ruleId, 'active');
    await fixture.engine.checkpoint();
    const before = await stateOf(ruleId);
    const told = sent.length;
    const test = async (value: number) =>
      testOf(await admin.post(`/rules/${ruleId}/test`, { device_id: 'pump-01', values: { temperature: value } }));
    assert.deepEqual(
      [(await test(83)).decision, (await test(77)).decision, (await test(70)).decision],
      ['stays_active', 'stays_active', 'clears'],
    );
    assert.match(textOf(await test(77), 'hysteresis'), /not crossed: 77 > 75 still holds/);
    const late = testOf(await admin.post(`/rules/${ruleId}/test`, { values: { temperature: { value: 99, timestamp: isoAgo(200) } } }));
    assert.deepEqual([late.decision, stepsOf(late).at(-2)], ['stays_active', 'lateness stopped']);
    assert.match(textOf(late, 'lateness'), /older than the newest reading judged .*beyond the lateness of 1 min/);
    await fixture.engine.checkpoint();
    assert.deepEqual(await stateOf(ruleId), before);
    assert.equal(sent.length, told);
    assert.equal((await admin.get(`/alerts/${alert.id}`)).body.status, 'active');
    judge('pump-01', 70, 5);
    await alertOf(ruleId, 'resolved');
    await fixture.engine.checkpoint();
    const cooling = await test(90);
    assert.deepEqual([cooling.decision, stepsOf(cooling).slice(-2)], ['waits', ['cooldown stopped', 'decision stopped']]);
    assert.match(textOf(cooling, 'cooldown'), /the cooldown of 10 min holds the next one back until/);
    const counted = (await admin.get(`/rules/${ruleId}`)).body as unknown as { trigger_count: number; last_triggered: string };
    assert.equal(counted.trigger_count, 1);
    assert.notEqual(counted.last_triggered, null);
  });

  it('explains quality, kind, hours, windows, the other side and silence', async () => {
    const at = '2026-03-03T03:00:00Z'; // A Tuesday.
    const run = async (rule: object, more: object = {}) =>
      testOf(await admin.post('/rules/test', { rule, device_id: 'pump-01', at, ...more }));
    const hot = { ...HOT, min_quality: 50 };
    const poor = await run(hot, { values: { temperature: { value: 99, quality: 20 } } });
    assert.deepEqual([poor.decision, stepsOf(poor).at(-2)], ['not_judged', 'quality stopped']);
    const text = await run(HOT, { values: { temperature: 'hot' } });
    assert.deepEqual([text.decision, stepsOf(text).at(-2)], ['not_judged', 'kind stopped']);
    const nothing = await run({ ...HOT, conditions: { key: 'nobody', operator: '>', value: 1 } });
    assert.deepEqual([nothing.decision, nothing.inputs[0]?.at], ['not_judged', null]);
    const night = await run(
      { ...HOT, active: { timezone: 'UTC', days: ['tue'], from: '06:00', to: '22:00' } },
      { values: { temperature: 99 } },
    );
    assert.deepEqual([night.decision, stepsOf(night).at(-2)], ['waits', 'hours stopped']);
    assert.match(
      textOf(night, 'hours'),
      /outside the hours of the rule: tue, 06:00 to 22:00 \(UTC\)\. They begin again at 2026-03-03T06:00:00Z/,
    );

    await store('pump-01', 'level', [[240, 10], [120, 20], [60, 40]]); // prettier-ignore
    const mean = {
      name: 'Mean',
      rule_type: 'statistical',
      severity: 'info',
      conditions: { key: 'level', function: 'avg', window: '5m', operator: '>', value: 25 },
    };
    const window = testOf(await admin.post('/rules/test', { rule: mean, device_id: 'pump-01', values: { level: 50 } }));
    assert.deepEqual([window.decision, stepsOf(window).slice(3)], ['raises', ['window passed', 'comparison passed', 'decision passed']]);
    assert.match(textOf(window, 'window'), /Of 4 readings in the 5 min up to .*"avg" is 30 °C/);
    const few = testOf(
      await admin.post('/rules/test', { rule: { ...mean, conditions: { ...mean.conditions, min_samples: 9 } }, device_id: 'pump-01' }),
    );
    assert.deepEqual([few.decision, stepsOf(few).at(-2)], ['not_judged', 'window stopped']);
    assert.match(textOf(few, 'window'), /There are 3 readings .*9 are needed/);

    const gap = {
      name: 'Gap',
      rule_type: 'comparison',
      severity: 'info',
      conditions: {
        left: { key: 'inlet' },
        operator: '>',
        right: { device_id: 'pump-02', key: 'inlet' },
        offset: 5,
        tolerance_seconds: 60,
      },
    };
    const sides = await run(gap, { values: { inlet: 50, 'pump-02/inlet': { value: 44, timestamp: '2026-03-03T02:59:30Z' } } });
    assert.deepEqual([sides.decision, sides.message], ['raises', 'PUMP-01: inlet is 50 (compared with 49)']);
    assert.match(textOf(sides, 'comparison'), /50 > 44 \+ 5, that is a difference of 6\. This holds/);
    const old = await run(gap, { values: { inlet: 50, 'pump-02/inlet': { value: 44, timestamp: '2026-03-03T02:58:00Z' } } });
    assert.deepEqual([old.decision, stepsOf(old).includes('tolerance stopped')], ['not_judged', true]);
    const half = await run(gap, { values: { inlet: 50 } });
    assert.deepEqual([half.decision, half.inputs.map(({ given }) => given)], ['not_judged', [true, false]]);

    const silent = {
      name: 'Silent',
      rule_type: 'schedule',
      severity: 'info',
      conditions: { schedule: '0 6 * * *', timezone: 'UTC', check: 'no_data', key: 'level', seconds: 30 },
    };
    const quiet = testOf(await admin.post('/rules/test', { rule: silent, device_id: 'pump-01' }));
    assert.equal(quiet.decision, 'raises', quiet.steps.map(({ text: sentence }) => sentence).join('\n'));
    assert.match(textOf(quiet, 'check'), /The last reading of "level" of "pump-01" is 1 min .*old; 30 s are asked for/);
    assert.match(quiet.message ?? '', /PUMP-01: no level for \d+ s/);
    const heard = testOf(await admin.post('/rules/test', { rule: silent, device_id: 'pump-01', values: { level: 1 } }));
    assert.deepEqual([heard.decision, stepsOf(heard).at(-2)], ['nothing', 'check stopped']);
    const offline = { ...silent, conditions: { schedule: '0 6 * * *', timezone: 'UTC', check: 'device_offline', offline_seconds: 60 } };
    assert.equal(testOf(await admin.post('/rules/test', { rule: offline, device_id: 'pump-02' })).decision, 'nothing');
    fixture.events.emit('device.status', {
      tenantId: 'default',
      update: { device_id: 'pump-02', status: 'offline', timestamp: isoAgo(90) },
    });
    assert.equal(testOf(await admin.post('/rules/test', { rule: offline, device_id: 'pump-02' })).decision, 'raises');
    const always = { ...silent, conditions: { schedule: '0 6 * * *', timezone: 'UTC', check: 'always' } };
    assert.equal((await run(always)).decision, 'raises');
  });

  it('refuses values that the rule does not read, unknown devices, and instants that are none', async () => {
    const cases: [object, string][] = [
      [{ values: { pressure: 5 } }, 'values.pressure'],
      [{ values: { temperature: { value: 5, unit: 'K' } } }, 'values.temperature.unit'],
      [{ values: { temperature: null } }, 'values.temperature'],
      [{ device_id: 'nobody' }, 'device_id'],
      [{ at: 'yesterday' }, 'at'],
      [{ colour: 'red' }, 'colour'],
    ];
    const ruleId = await createRule(HOT);
    for (const [body, field] of cases) {
      for (const answer of [await admin.post('/rules/test', { rule: HOT, ...body }), await admin.post(`/rules/${ruleId}/test`, body)]) {
        assert.deepEqual([answer.status, answer.body.errors[0]?.field], [400, field], answer.text);
      }
    }
    const nobody = await admin.post('/rules/test', { rule: { ...HOT, scope: { device_type: 'ship' } } });
    assert.deepEqual([nobody.status, nobody.body.errors[0]?.field], [400, 'device_id']);
  });

  it('explains an alert by what was recorded, and what became of its rule', async () => {
    const ruleId = await createRule({ ...HOT, conditions: { ...HOT.conditions, duration_seconds: 30 }, cooldown_seconds: 60 });
    const baseMs = nowMs();
    for (const [value, ago] of [
      [82, 50],
      [83, 20],
      [84, 15],
      [85, 14],
    ] as const) {
      judge('pump-01', value, ago, baseMs);
    }
    const alert = await alertOf(ruleId, 'active');
    const explain = async (): Promise<AlertExplanation> => {
      const answer = await admin.get(`/alerts/${alert.id}/explanation`);
      assert.equal(answer.status, 200, answer.text);
      return answer.body as unknown as AlertExplanation;
    };
    const why = await explain();
    assert.deepEqual(
      [why.alert_id, why.rule.id, why.rule.version, why.rule.origin, why.rule.state],
      [alert.id, ruleId, 1, 'stored', 'unchanged'],
    );
    assert.equal((why.rule.definition as { conditions: { value: number } }).conditions.value, 80);
    assert.equal(Date.parse(why.decided.at) - Date.parse(why.decided.since), 30_000);
    assert.deepEqual(
      why.compared.map(({ device_id, key, value, unit }) => [device_id, key, value, unit]),
      [['pump-01', 'temperature', 83, '°C']],
    );
    assert.match(
      why.sentence,
      /"temperature" of "pump-01" was 83 °C; the rule asks for "temperature" > 80 for 30 s\. It had held for 30 s\./,
    );
    assert.deepEqual(stepsOf(why), [
      'rule info',
      'scope passed',
      'reading info',
      'comparison passed',
      'duration passed',
      'cooldown passed',
      'decision passed',
    ]);
    assert.match(textOf(why, 'decision'), /known at .*\(20(\.\d+)? s later\)/);

    judge('pump-01', 99, 200);
    judge('pump-01', 70, 1);
    await alertOf(ruleId, 'resolved');
    await fixture.engine.checkpoint();
    const after = await explain();
    assert.match(after.steps.at(-1)?.text ?? '', /no longer held, and the alert was resolved/);
    const suppressed = after.suppressed.map(({ what, why: reason }) => `${what}: ${reason}`).join('\n');
    assert.match(suppressed, /2 further readings that violated/);
    assert.match(suppressed, /1 reading of this device that came late/);
    assert.match(suppressed, /The next alert .*cooldown of 1 min holds the next one back/);

    await admin.send('PATCH', `/rules/${ruleId}/toggle`, { enabled: false });
    assert.equal((await explain()).rule.state, 'disabled');
    await admin.send('PATCH', `/rules/${ruleId}`, { conditions: { value: 90 } });
    const changed = await explain();
    assert.deepEqual([changed.rule.state, changed.rule.version, changed.rule.current_version], ['changed', 1, 2]);
    assert.equal((changed.rule.definition as { conditions: { value: number } }).conditions.value, 80, 'the version that raised it');
    assert.match(textOf(changed, 'rule'), /Version 1 .*version 2 now/);
    await admin.send('DELETE', `/rules/${ruleId}`);
    assert.equal((await explain()).rule.state, 'removed');
    const nobody = await admin.get('/alerts/00000000-0000-4000-8000-000000000000/explanation');
    assert.equal(nobody.status, 404);
  });

  it('explains an alert of which little was recorded', async () => {
    const ruleId = await createRule(HOT);
    const id = 'aaaaaaaa-0000-4000-8000-000000000001';
    await fixture.sql(
      `insert into alerts (alert_id, tenant_id, rule_id, rule_version, rule_name, device_id, key, severity, status, message, value, threshold, unit, raised_at, known_at, last_value, last_at)
       values ($1, 'default', $2, 7, 'Hot', 'pump-01', 'temperature', 'warning', 'active', 'too hot', '81', 80, '°C', now(), now(), '81', now())`,
      [id, ruleId],
    );
    const why = (await admin.get(`/alerts/${id}/explanation`)).body as unknown as AlertExplanation;
    assert.deepEqual([why.rule.definition, why.rule.state, why.compared.length, why.suppressed], [null, 'changed', 1, []]);
    assert.match(why.sentence, /"temperature" of "pump-01" was 81 °C\./);
  });

  it('resolves what a rule left open when it is switched off, deleted, or starts anew', async () => {
    for (const [resolvedBy, act] of [
      ['rule disabled', (id: string) => admin.send('PATCH', `/rules/${id}/toggle`, { enabled: false })],
      ['rule removed', (id: string) => admin.send('DELETE', `/rules/${id}`)],
      ['rule changed', (id: string) => admin.send('PATCH', `/rules/${id}`, { conditions: { value: 81 } })],
    ] as const) {
      const ruleId = await createRule(HOT);
      judge('pump-01', 90, 1);
      await alertOf(ruleId, 'active');
      assert.ok((await act(ruleId)).status < 300);
      const alert = (await alertOf(ruleId, 'resolved')) as unknown as { resolved_by: string };
      assert.equal(alert.resolved_by, resolvedBy);
      assert.deepEqual(await stateOf(ruleId), []);
    }
    const kept = await createRule(HOT);
    judge('pump-02', 90, 1);
    const alert = await alertOf(kept, 'active');
    await admin.send('PATCH', `/rules/${kept}`, { severity: 'critical' });
    await admin.send('PATCH', `/rules/${kept}?running_state=keep`, { conditions: { value: 85 } });
    assert.equal((await admin.get(`/alerts/${alert.id}`)).body.status, 'active');
  });
});
