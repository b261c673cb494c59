import assert from 'node:assert/strict';
import { newUuid } from '../../src/core/ids.ts';
import { at, DAY_MS, START_MS, startPast, threshold } from './support.ts';
import type { Past } from './support.ts';

/** Too hot for the first minute of every ten. */
const MINUTE_OF_TEN = 'case when s::int % 600 < 60 then 60 else 40 end';
const DAY = DAY_MS / 1_000;

describe('a backtest over the API', () => {
  let past: Past;

  before(async () => {
    past = await startPast(3);
    await past.fill({ device: 'oven-1', key: 'temperature' }, { from: -600, to: DAY, value: MINUTE_OF_TEN });
    await past.fill({ device: 'oven-2', key: 'temperature' }, { to: DAY, everySeconds: 60, value: '20' });
  });
  after(() => past.fixture.stop());

  const period = { start: at(0), end: at(DAY) };
  const tried = (rule: object, more: object = {}) => past.result('/rules/backtest', { ...period, rule, ...more });

  it('raises what the rule would have raised, with its figures', async () => {
    const result = await tried(threshold(), { device_id: 'oven-1' });
    assert.deepEqual(result.run.summary, {
      alerts: 144,
      alerts_per_day: 144,
      longest_seconds: 60,
      alarm_seconds: 144 * 60,
      alarm_share: 0.1,
      chatter: 0,
    });
    assert.deepEqual([result.devices, result.points, result.notes, result.compared, result.difference], [1, DAY, [], null, null]);
    assert.deepEqual(result.run.alerts[1], {
      device_id: 'oven-1',
      raised_at: at(600),
      since: at(600),
      cleared_at: at(660),
      value: 60,
      occurrences: 60,
    });
    assert.deepEqual([result.run.alerts.length, result.run.alerts_left_off], [144, 0]);
    const [curve] = result.series;
    assert.deepEqual([result.series.length, curve?.device_id, curve?.of, curve?.unit], [1, 'oven-1', 'reading', '°C']);
    assert.ok(curve !== undefined && curve.at_ms.length <= 1_200 && curve.at_ms[0] === START_MS);
    assert.deepEqual([Math.min(...curve.min), Math.max(...curve.max)], [40, 60]);
  });

  it('waits for the duration by the readings alone, and counts all devices of the scope', async () => {
    const result = await tried(threshold({}, { duration_seconds: 30 }));
    assert.deepEqual([result.devices, result.points], [2, DAY + DAY / 60]);
    assert.deepEqual([result.run.summary.alerts, result.run.summary.alarm_seconds], [144, 144 * 30]);
    assert.equal(result.run.summary.alarm_share, 0.025);
    assert.deepEqual([result.run.alerts[0]?.since, result.run.alerts[0]?.raised_at], [at(0), at(30)]);
    assert.deepEqual(result.notes, ['Presence is not kept as history: timers ran as if every device had been online.']);
  });

  it('tells what changes from the rule compared with to the one that is tried', async () => {
    const slow = { rule: threshold({}, { duration_seconds: 30 }) };
    const result = await tried(threshold(), { compare_with: slow });
    assert.deepEqual(result.difference, { added: 0, removed: 0, earlier_seconds: 30, text: 'the same alerts, 30 s earlier' });
    assert.equal(result.points, DAY + DAY / 60, 'what both read is read once');
    const fewer = await tried(threshold({}, { duration_seconds: 90 }), { compare_with: slow });
    assert.deepEqual(fewer.difference, { added: 0, removed: 144, earlier_seconds: 0, text: '-144 alerts' });
    assert.deepEqual([fewer.run.summary.alerts, fewer.compared?.summary.alerts], [0, 144]);
    const same = await tried(threshold(), { compare_with: { rule: threshold({ name: 'Another name' }) } });
    assert.equal(same.difference?.text, 'no difference');
  });

  it('tries kept rules, wired or stored, and compares their versions', async () => {
    const id = newUuid();
    const { rule_type, ...rest } = threshold({}, { duration_seconds: 30 }) as Record<string, unknown>;
    const first = { ...rest, rule_type, scope: { device_id: 'oven-1' }, message: '' };
    const second = { ...threshold({ priority: 1, actions: [], scope: { device_id: 'oven-1', location: '' } }), message: 'x' };
    await past.fixture.sql(`insert into rules (rule_id, tenant_id, origin, version) values ($1, 'default', 'stored', 2)`, [id]);
    for (const [version, definition] of [
      [1, first],
      [2, second],
    ] as const)
      await past.fixture.sql(`insert into rule_versions (rule_id, version, tenant_id, definition) values ($1, $2, 'default', $3)`, [
        id,
        version,
        JSON.stringify(definition),
      ]);
    const now = await past.result(`/rules/${id}/backtest`, period);
    assert.deepEqual([now.run.summary.alerts, now.devices, now.run.alerts[0]?.raised_at], [144, 1, at(0)]);
    const before = await past.result(`/rules/${id}/backtest`, { ...period, compare_with: { rule_id: id, version: 1 } });
    assert.equal(before.difference?.text, 'the same alerts, 30 s earlier');
    const changed = await past.result(`/rules/${id}/backtest`, { ...period, rule: threshold({ device_id: 'oven-1' }, { value: 70 }) });
    assert.deepEqual([changed.run.summary.alerts, changed.compared?.summary.alerts, changed.difference?.text], [0, 144, '-144 alerts']);
    const unsaved = await tried(threshold({ device_id: 'oven-1' }, { value: 70 }), { compare_with: { rule_id: id } });
    assert.deepEqual(unsaved.difference, changed.difference);
  });

  it('shows windows the readings before the start', async () => {
    const rule = {
      ...threshold(),
      rule_type: 'statistical',
      conditions: { key: 'temperature', function: 'count', window: '10m', operator: '>=', value: 600 },
    };
    const result = await tried(rule, { device_id: 'oven-1', end: at(3_600) });
    assert.equal(result.run.alerts[0]?.raised_at, at(0), 'the window is full with the first reading');
    assert.deepEqual(
      result.series.map(({ of, key, unit }) => [of, key, unit]),
      [
        ['reading', 'temperature', '°C'],
        ['figure', 'temperature', null],
      ],
    );
    assert.ok(result.series[1]?.min.every((count) => count >= 600));
    const other = { ...rule, conditions: { ...rule.conditions, window: '5m' } };
    const compared = await tried(rule, { device_id: 'oven-1', end: at(3_600), compare_with: { rule: other } });
    assert.deepEqual(
      compared.series.map(({ of }) => of),
      ['reading', 'figure', 'compared_figure'],
    );
  });

  it('merges the sides of a comparison in the order of time', async () => {
    await past.fill({ device: 'inlet', key: 'pressure' }, { to: 3_600, value: '5' });
    // Half a second later than the inlet: 3 bar less in the second half hour.
    await past.fill({ device: 'outlet', key: 'pressure' }, { from: 0.5, to: 3_600, value: 'case when s >= 1800 then 2 else 5 end' });
    const conditions = {
      left: { device_id: 'inlet', key: 'pressure' },
      operator: '>',
      right: { device_id: 'outlet', key: 'pressure' },
      offset: 1,
    };
    const result = await tried({ ...threshold(), rule_type: 'comparison', conditions }, { end: at(3_600) });
    assert.deepEqual([result.devices, result.points], [1, 7_200]);
    assert.deepEqual(
      result.run.alerts.map(({ device_id, raised_at, cleared_at, value }) => [device_id, raised_at, cleared_at, value]),
      [['inlet', at(1_800.5), null, 5]],
    );
    assert.equal(result.run.summary.alarm_seconds, 1_799.5);
    assert.deepEqual(
      result.series.map(({ device_id, of, max }) => [device_id, of, Math.max(...max)]),
      [
        ['inlet', 'reading', 5],
        ['outlet', 'reading', 5],
        ['inlet', 'figure', 3],
      ],
    );
  });

  it('decides on both readings of one instant, whichever side comes first', async () => {
    await past.fill({ device: 'twin', key: 'a' }, { to: 600, value: 'case when s < 300 then 1 else 11 end' });
    await past.fill({ device: 'twin', key: 'b' }, { to: 600, value: 'case when s < 300 then 1 else 11 end' });
    for (const [left, right] of [
      ['a', 'b'],
      ['b', 'a'],
    ]) {
      const conditions = { left: { key: left }, operator: '!=', right: { key: right } };
      const result = await tried({ ...threshold(), rule_type: 'comparison', conditions }, { end: at(600) });
      assert.deepEqual([result.run.summary.alerts, result.points], [0, 1_200], `${String(left)} against ${String(right)}`);
    }
  });

  it('runs schedules on the virtual clock, from the newest reading before the start on', async () => {
    await past.fill({ device: 'quiet', key: 'level' }, { from: -3_600, to: -1_800, value: '1', everySeconds: 60 });
    await past.fill({ device: 'quiet', key: 'level' }, { from: 5_000, to: 6_000, value: '1', everySeconds: 60 });
    const conditions = { schedule: '*/30 * * * *', timezone: 'UTC', check: 'no_data', key: 'level', seconds: 3_000 };
    const rule = { ...threshold({ device_id: 'quiet' }), rule_type: 'schedule', conditions };
    const { run } = await tried(rule, { end: at(7_200) });
    assert.deepEqual(
      run.alerts.map(({ raised_at, since, cleared_at, occurrences }) => [raised_at, since, cleared_at, occurrences]),
      [[at(1_800), at(-1_860), at(5_000), 2]],
    );
    const always = { ...rule, conditions: { schedule: '0 * * * *', timezone: 'UTC', check: 'always' } };
    const hourly = await tried(always);
    assert.deepEqual([hourly.run.summary.alerts, hourly.run.summary.chatter, hourly.points], [24, 0, 0]);
  });

  it('passes over bad quality, and knows booleans', async () => {
    await past.fill({ device: 'pump', key: 'running', kind: 'boolean' }, { to: 600, value: 'case when s < 300 then 1 else 0 end' });
    await past.fill({ device: 'pump', key: 'temperature' }, { to: 600, value: '60', quality: 'case when s < 100 then 20 else 90 end' });
    const stopped = await tried(threshold({ device_id: 'pump' }, { key: 'running', operator: '==', value: 0 }), { end: at(600) });
    assert.deepEqual([stopped.run.alerts[0]?.raised_at, stopped.run.alerts[0]?.value], [at(300), false]);
    const good = await tried(threshold({ device_id: 'pump', min_quality: 50 }), { end: at(600) });
    assert.deepEqual([good.run.alerts[0]?.raised_at, good.points], [at(100), 600]);
    const any = await tried(threshold({ device_id: 'pump' }), { end: at(600) });
    assert.equal(any.run.alerts[0]?.raised_at, at(0));
  });

  it('says what a reader must know', async () => {
    await past.fixture.sql(`insert into series (tenant_id, device_id, key, kind) values ('default', 'pump', 'mode', 'text')`);
    const notesOf = async (rule: object, more: object = {}) => (await tried(rule, more)).notes;
    assert.deepEqual(await notesOf(threshold({}, { key: 'mode' })), [
      '"mode" of pump is text, which rules do not compare; it was passed over.',
      'There are no readings of "mode" in this period; choose another one.',
    ]);
    assert.deepEqual(await notesOf(threshold({}, { key: 'nothing' })), [
      'No device of the scope has readings of "nothing"; nothing was replayed.',
    ]);
    assert.deepEqual(await notesOf(threshold({ scope: { device_type: 'boiler' } }), { device_id: 'oven-1' }), [
      'oven-1 is not in the scope of the rule; it was tried on it all the same.',
    ]);
    const nowMs = past.fixture.clock.nowMs();
    const [future = ''] = await notesOf(threshold(), {
      start: new Date(nowMs - DAY_MS).toISOString(),
      end: new Date(nowMs + DAY_MS).toISOString(),
    });
    assert.match(future, /^The end lies in the future; replayed until /);
  });

  it('refuses what cannot be replayed, naming the field', async () => {
    const stored = `/rules/${newUuid()}/backtest`;
    const offline = {
      ...threshold(),
      rule_type: 'schedule',
      conditions: { schedule: '0 6 * * *', timezone: 'UTC', check: 'device_offline', offline_seconds: 60 },
    };
    const left = {
      ...threshold(),
      rule_type: 'comparison',
      conditions: { left: { device_id: 'oven-1', key: 'temperature' }, operator: '>', right: { key: 'b' } },
    };
    const table: [path: string, question: object, status: number, field: string | undefined, says: RegExp][] = [
      ['/rules/backtest', { ...period, rule: threshold(), end: at(0) }, 400, 'end', /not after the start/],
      ['/rules/backtest', { ...period, rule: threshold(), end: at(367 * DAY) }, 400, 'end', /at most 366 days/],
      ['/rules/backtest', { rule: threshold(), start: '2100-01-01T00:00:00Z', end: '2100-01-02T00:00:00Z' }, 400, 'start', /future/],
      ['/rules/backtest', { ...period, rule: threshold(), start: 'yesterday' }, 400, 'start', /ISO 8601/],
      ['/rules/backtest', { ...period }, 400, 'rule', /rule/],
      ['/rules/backtest', { ...period, rule: threshold(), wait_seconds: 11 }, 400, 'wait_seconds', /10/],
      ['/rules/backtest', { ...period, rule: threshold(), device_id: 'nobody' }, 400, 'device_id', /no device "nobody"/],
      ['/rules/backtest', { ...period, rule: threshold({ device_id: 'nobody' }) }, 400, 'rule.device_id', /"nobody" is not registered/],
      ['/rules/backtest', { ...period, rule: left, device_id: 'oven-2' }, 400, 'device_id', /left side/],
      ['/rules/backtest', { ...period, rule: threshold({}, { operator: 'is' }) }, 400, 'rule.conditions.operator', /one of/],
      ['/rules/backtest', { ...period, rule: offline }, 400, 'rule.conditions.check', /presence is not kept/],
      ['/rules/backtest', { ...period, rule: threshold(), compare_with: { rule_id: newUuid() } }, 400, 'compare_with.rule_id', /no rule/],
      ['/rules/backtest', { ...period, rule: threshold(), compare_with: {} }, 400, 'compare_with', /either/],
      ['/rules/backtest', { ...period, rule: threshold(), compare_with: { rule: offline } }, 400, 'compare_with', /presence/],
      [stored, period, 404, undefined, /There is no rule/],
      [stored, { ...period, rule: threshold(), compare_with: { rule_id: newUuid() } }, 400, 'compare_with', /compared with the kept one/],
    ];
    for (const [path, question, status, field, says] of table) {
      const answer = await past.admin.post(path, question);
      assert.equal(answer.status, status, answer.text);
      assert.equal(answer.body.errors?.[0]?.field, field);
      assert.match(answer.body.detail, says);
    }
    assert.equal((await past.admin.get(`/rules/backtests/${newUuid()}`)).status, 404);
  });

  it('keeps tenants apart', async () => {
    const { fixture } = past;
    await fixture.sql(`insert into tenants (tenant_id, name) values ('other', 'Other')`);
    await fixture.devices.create('other', { device_id: 'theirs' });
    await fixture.sql(`insert into series (tenant_id, device_id, key, kind) values ('other', 'theirs', 'secret', 'number')`);
    const refused = await past.admin.post('/rules/backtest', { ...period, device_id: 'theirs', rule: threshold({}, { key: 'secret' }) });
    assert.equal(refused.status, 400);
    const result = await tried(threshold({}, { key: 'secret' }));
    assert.equal(result.devices, 0);
  });
});
