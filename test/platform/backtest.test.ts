import assert from 'node:assert/strict';
import type { Backtest } from '../../src/contracts/backtest.ts';
import { ApiClient, eventually, startPlatform } from '../support/platform.ts';
import type { RunningPlatform } from '../support/platform.ts';

/** A rule tried on imported history, on the whole program: the compiled thread on the embedded database. */
describe('a backtest of the whole program', () => {
  let platform: RunningPlatform;
  let api: ApiClient;
  const startMs = Math.floor(Date.now() / 86_400_000 - 2) * 86_400_000;
  const at = (minutes: number) => new Date(startMs + minutes * 60_000).toISOString();

  before(async () => {
    platform = await startPlatform();
    api = await ApiClient.login(platform);
    await api.createDevice('oven-1');
    // A reading a minute for ten hours, too hot in the first five minutes of each hour.
    const messages = Array.from({ length: 600 }, (_, minute) => ({
      device_id: 'oven-1',
      timestamp: at(minute),
      data: { temperature: minute % 60 < 5 ? 60 : 40 },
    }));
    const stored = await api.call('POST', '/telemetry?mode=history', messages);
    assert.equal(stored.body['stored'], 600, JSON.stringify(stored.body));
  });
  after(() => platform.dispose());

  it('tells what a rule would have raised, and leaves nothing behind', async () => {
    const conditions = { key: 'temperature', operator: '>', value: 50 };
    const rule = { name: 'Too hot', rule_type: 'threshold', severity: 'critical', conditions };
    const later = { ...rule, conditions: { ...conditions, duration_seconds: 120 } };
    const question = { rule, start: at(0), end: at(600), compare_with: { rule: later } };
    const answer = await api.call('POST', '/rules/backtest', question);
    assert.ok(answer.status === 200 || answer.status === 202, JSON.stringify(answer.body));
    const { id } = answer.body as unknown as Backtest;
    const { result } = await eventually(async () => {
      const now = (await api.call('GET', `/rules/backtests/${id}`)).body as unknown as Backtest;
      assert.notEqual(now.status, 'failed', String(now.error));
      return now.status === 'done' ? now : undefined;
    }, 'the backtest to end');
    assert.deepEqual([result?.points, result?.run.summary.alerts, result?.run.summary.alarm_seconds], [600, 10, 3_000]);
    assert.deepEqual(result?.difference, { added: 0, removed: 0, earlier_seconds: 120, text: 'the same alerts, 2 min earlier' });
    const alerts = await api.call('GET', '/alerts');
    assert.deepEqual(alerts.body['items'], [], 'nobody was told');
  });

  it('stops with the program, however many run', async () => {
    const conditions = { key: 'temperature', function: 'median', window: '7d', operator: '>', value: 50 };
    const rule = { name: 'Long', rule_type: 'statistical', severity: 'info', conditions };
    for (let i = 0; i < 4; i++) await api.call('POST', '/rules/backtest', { rule, start: at(0), end: at(600), wait_seconds: 0 });
    assert.equal(await platform.stop(), 0);
    assert.doesNotMatch(platform.output(), /did not stop cleanly/);
  });
});
