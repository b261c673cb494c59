import assert from 'node:assert/strict';
import type { Backtest } from '../../src/contracts/backtest.ts';
import { Client, eventually } from '../api/support.ts';
import { at, DAY_MS, startPast, threshold } from './support.ts';
import type { Past } from './support.ts';

const DAY = DAY_MS / 1_000;
const DAYS = 3;

describe('backtests at work', () => {
  let past: Past;

  before(async () => {
    past = await startPast(DAYS);
    for (let day = 0; day < DAYS; day++)
      await past.fill({ device: 'press', key: 'force' }, { from: day * DAY, to: (day + 1) * DAY, value: '50 + 10 * sin(s / 600)' });
  });
  after(() => past.fixture.stop());

  const conditions = (window: string) => ({ key: 'force', function: 'p95', window, operator: '>', value: 59 });
  const p95 = (window: string) => ({ ...threshold(), rule_type: 'statistical', conditions: conditions(window) });
  /** Takes a second or more. */
  const long = { start: at(0), end: at(DAYS * DAY), rule: p95('1h'), compare_with: { rule: p95('2h') } };
  const short = { start: at(0), end: at(60), rule: p95('1m') };
  const BACKTESTS = '/rules/backtest';

  /** Keeps every replay from reading while `work` runs. */
  async function whileLocked(work: () => Promise<void>): Promise<void> {
    const holder = await past.fixture.database.db.connect();
    try {
      await holder.query('reset role');
      await holder.query('begin');
      await holder.query('lock table telemetry in access exclusive mode');
      await work();
    } finally {
      await holder.end();
    }
  }

  const ended = (id: string) =>
    eventually(async () => {
      const now = await past.get(id);
      return now.status !== 'running' && now;
    }, 'the backtest to end');

  it('answer 202 with the address to ask at, tell a rising progress, and block nobody meanwhile', async () => {
    const answer = await past.admin.post(BACKTESTS, { ...long, wait_seconds: 0 });
    assert.equal(answer.status, 202);
    const begun = answer.body as unknown as Backtest;
    assert.equal(answer.headers.get('location'), `/api/v1/rules/backtests/${begun.id}`);
    assert.deepEqual([begun.status, begun.progress, begun.result], ['running', 0, null]);
    const seen: number[] = [];
    const last = await eventually(async () => {
      // An event loop that replays would answer this only afterwards.
      assert.equal((await past.admin.get('/devices')).status, 200);
      const now = await past.get(begun.id);
      if (now.status === 'running' && now.progress > (seen.at(-1) ?? 0)) seen.push(now.progress);
      return now.status !== 'running' && now;
    }, 'the backtest to end');
    assert.deepEqual([last.status, last.progress, last.error], ['done', 1, null]);
    assert.ok(seen.length >= 3, `progress was told ${String(seen.length)} times: ${seen.join(' ')}`);
    assert.ok(seen.every((share) => share < 1));
    assert.equal(last.result?.points, DAYS * DAY);
    await eventually(async () => (await past.connections()) === 0, 'the connection to be closed');
  });

  it('end in the middle when they are cancelled, and leave no thread and no connection', async () => {
    const { id } = await past.begin(BACKTESTS, long);
    await eventually(async () => (await past.get(id)).progress > 0, 'the first readings to be judged');
    assert.equal((await past.admin.send('DELETE', `/rules/backtests/${id}`)).status, 204);
    const cancelled = await past.get(id);
    assert.deepEqual([cancelled.status, cancelled.result, cancelled.error], ['cancelled', null, null]);
    assert.ok(cancelled.progress < 1);
    await eventually(async () => (await past.connections()) === 0, 'the connection to be closed');
    assert.equal((await past.admin.send('DELETE', `/rules/backtests/${id}`)).status, 204, 'once more does no harm');
  });

  it('are ended by force when the database does not answer them', async () => {
    await whileLocked(async () => {
      const { id } = await past.begin(BACKTESTS, short);
      await eventually(async () => (await past.connections()) === 1, 'the replay to wait for the table');
      assert.equal((await past.admin.send('DELETE', `/rules/backtests/${id}`)).status, 204);
      assert.equal((await past.get(id)).status, 'cancelled');
    });
    await eventually(async () => (await past.connections()) === 0, 'the connection to be closed');
  });

  it('run two at a time, let ten wait, and refuse more with 429', async () => {
    const begun: Backtest[] = [];
    await whileLocked(async () => {
      for (let i = 0; i < 12; i++) begun.push(await past.begin(BACKTESTS, short));
      assert.deepEqual(
        begun.map(({ ahead }) => ahead),
        [null, null, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
      );
      await eventually(async () => (await past.connections()) === 2, 'two to run');
      const refused = await past.admin.post(BACKTESTS, short);
      assert.deepEqual([refused.status, refused.body.code], [429, 'RATE_LIMITED']);
      assert.match(refused.body.detail, /2 backtests run and 10 wait/);
      assert.ok(Number(refused.headers.get('retry-after')) > 0);
      const waiting = begun[2]?.id ?? '';
      assert.equal((await past.admin.send('DELETE', `/rules/backtests/${waiting}`)).status, 204);
      assert.equal((await past.get(waiting)).status, 'cancelled');
      assert.equal((await past.get(begun[3]?.id ?? '')).ahead, 0);
    });
    for (const [place, { id }] of begun.entries()) assert.equal((await ended(id)).status, place === 2 ? 'cancelled' : 'done');
  });

  it('say in words why they failed', async () => {
    await past.fixture.sql('alter table telemetry rename column quality to goodness');
    try {
      const { id } = await past.begin(BACKTESTS, short);
      const failed = await ended(id);
      assert.equal(failed.status, 'failed');
      assert.match(String(failed.error), /quality/);
    } finally {
      await past.fixture.sql('alter table telemetry rename column goodness to quality');
    }
  });

  it('are forgotten ten minutes after their end', async () => {
    const { id } = await past.begin(BACKTESTS, { ...short, wait_seconds: 10 });
    await ended(id);
    past.fixture.clock.offsetMs += 599_000;
    assert.equal((await past.admin.get(`/rules/backtests/${id}`)).status, 200);
    past.fixture.clock.offsetMs += 2_000;
    const gone = await past.admin.get(`/rules/backtests/${id}`);
    assert.equal(gone.status, 404);
    assert.match(gone.body.detail, /ten minutes/);
  });

  it('are for those who may try rules and read telemetry, and each tenant has its own', async () => {
    const { fixture } = past;
    await fixture.addUser('watcher', 'operator');
    assert.ok((await (await Client.login(fixture, 'watcher')).post(BACKTESTS, short)).status < 300);
    const { key } = (await past.admin.post('/api-keys', { name: 'rules', kind: 'program', permissions: ['rules:try'] })).body;
    const refused = await Client.withKey(fixture, key).post(BACKTESTS, short);
    assert.deepEqual([refused.status, refused.body.code], [403, 'FORBIDDEN']);
    assert.match(refused.body.detail, /telemetry:read/);
    const { id } = await past.begin(BACKTESTS, { ...short, wait_seconds: 10 });
    await fixture.sql(`insert into tenants (tenant_id, name) values ('other', 'Other')`);
    await fixture.addUser('stranger', 'admin', { tenantId: 'other' });
    assert.equal((await (await Client.login(fixture, 'stranger')).get(`/rules/backtests/${id}`)).status, 404);
  });

  it('end with the platform', async () => {
    const other = await startPast(1);
    await other.fill({ device: 'press', key: 'force' }, { to: DAY, value: '50 + 10 * sin(s / 600)' });
    const { id } = await other.begin(BACKTESTS, { ...long, end: at(DAY) });
    await eventually(async () => (await other.get(id)).progress > 0, 'the first readings to be judged');
    // Dropping the database at the end of this would fail the thread if it still ran.
    await other.fixture.stop();
  });
});
