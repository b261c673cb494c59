import assert from 'node:assert/strict';
import { newUuid } from '../../src/core/ids.ts';
import { isPassing } from '../../src/storage/database.ts';
import { purgeNotifications } from '../../src/storage/maintenance.ts';
import { deliveryOf } from './deliveries.ts';
import { notification, ScriptedChannel, startNotify, until } from './support.ts';
import type { NotifyFixture } from './support.ts';

describe('outbox and dispatcher', () => {
  let fixture: NotifyFixture;

  beforeEach(async () => {
    fixture = await startNotify();
  });
  afterEach(() => fixture.stop());

  const statuses = async (): Promise<string[]> => (await fixture.rows()).map(({ status }) => status);
  const allAre = (status: string, count: number) => async (): Promise<boolean> => {
    const found = await statuses();
    return found.length === count && found.every((one) => one === status);
  };

  it('delivers what is queued, and writes one line with one attempt', async () => {
    const channel = new ScriptedChannel();
    channel.answer = () => ({ delivered: true, reason: '200 OK' });
    const dispatcher = fixture.dispatch(channel);
    const [id = ''] = await fixture.outbox.queue([notification('a', { deviceId: 'pump' })]);
    await until(allAre('delivered', 1), 'delivered');
    const { log, ...line } = await fixture.ledger.get('default', id);
    assert.equal(line.attempts, 1);
    assert.equal(line.device_id, 'pump');
    assert.equal(line.reason, '200 OK');
    assert.equal(line.next_attempt_at, null);
    assert.notEqual(line.finished_at, null);
    assert.deepEqual(
      log.map(({ attempt, outcome, reason }) => ({ attempt, outcome, reason })),
      [{ attempt: 1, outcome: 'delivered', reason: '200 OK' }],
    );
    assert.deepEqual(
      channel.seen.map(({ id: seen, attempt, content }) => ({ seen, attempt, content })),
      [{ seen: id, attempt: 1, content: { text: 'a' } }],
    );
    assert.deepEqual(dispatcher.counts().get('webhook'), { delivered: 1, retry: 0, failed: 0 });
  });

  it('queues what comes under a known key once, and answers only what is new', async () => {
    const channel = new ScriptedChannel();
    fixture.dispatch(channel);
    assert.equal((await fixture.outbox.queue([notification('a'), notification('a')])).length, 1);
    assert.equal((await fixture.outbox.queue([notification('a'), notification('b')])).length, 1);
    await until(allAre('delivered', 2), 'both delivered');
    assert.equal(channel.seen.length, 2);
  });

  it('shows the topic of an MQTT action as it will be', async () => {
    const action = { type: 'mqtt', topic: 'plant/{{device.location}}/{{severity}}' } as const;
    const { content } = deliveryOf(action, { device: { location: 'Hall/A' } });
    await fixture.outbox.queue([notification('a', { channel: 'mqtt', recipient: action.topic, content })]);
    assert.deepEqual(
      (await fixture.rows()).map(({ recipient }) => recipient),
      ['plant/Hall_A/critical'],
    );
  });

  it('queues nothing when the transaction of its caller is rolled back', async () => {
    const channel = new ScriptedChannel();
    fixture.dispatch(channel);
    await assert.rejects(
      fixture.database.db.transaction(async (tx) => {
        assert.equal((await fixture.outbox.enqueue(tx, [notification('gone')])).length, 1);
        throw new Error('rolled back');
      }),
      /rolled back/,
    );
    await fixture.outbox.queue([notification('after')]);
    await until(allAre('delivered', 1), 'the one after it');
    assert.deepEqual(
      channel.seen.map(({ dedupKey }) => dedupKey),
      ['after'],
    );
  });

  it('keeps the order of one lane', async () => {
    const keys = Array.from({ length: 30 }, (_, index) => `k${String(index).padStart(2, '0')}`);
    for (const key of keys) await fixture.outbox.queue([notification(key)]);
    const channel = new ScriptedChannel();
    let running = 0;
    let most = 0;
    channel.answer = async () => {
      most = Math.max(most, (running += 1));
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      return { delivered: true, reason: 'ok' };
    };
    fixture.dispatch(channel);
    await until(allAre('delivered', keys.length), 'all delivered');
    assert.equal(most, 1);
    assert.deepEqual(channel.seen.map(({ dedupKey }) => dedupKey).slice(0, 20), keys.slice(0, 20));
    assert.equal(new Set(channel.seen.map(({ id }) => id)).size, keys.length);
  });

  it('tries again after the pauses of the channel under the same id, and gives up after the last', async () => {
    const channel = new ScriptedChannel();
    channel.answer = ({ attempt }) => ({ delivered: false, retryable: true, reason: `503 at ${String(attempt)}` });
    const dispatcher = fixture.dispatch(channel);
    const [id = ''] = await fixture.outbox.queue([notification('a')]);
    await until(allAre('failed', 1), 'given up');
    assert.deepEqual(
      channel.seen.map((delivery) => [delivery.id, delivery.attempt]),
      [
        [id, 1],
        [id, 2],
        [id, 3],
      ],
    );
    const { log, reason } = await fixture.ledger.get('default', id);
    assert.deepEqual(
      log.map(({ outcome }) => outcome),
      ['retry', 'retry', 'failed'],
    );
    assert.equal(reason, '503 at 3');
    assert.deepEqual(dispatcher.counts().get('webhook'), { delivered: 0, retry: 2, failed: 1 });
  });

  it('says when the next attempt is, and keeps a reason that no database takes', async () => {
    const channel = new ScriptedChannel();
    channel.retryDelaysMs = [60_000];
    channel.answer = () => ({
      delivered: false,
      retryable: true,
      reason: `odd \0 \ud800 and\nlong ${'x'.repeat(1_000)}`,
      retryAfterMs: 7_200_000,
    });
    fixture.dispatch(channel);
    const [id = ''] = await fixture.outbox.queue([notification('a')]);
    await until(async () => (await fixture.ledger.get('default', id)).attempts === 1, 'recorded');
    const { status, next_attempt_at: nextAt, created_at: createdAt, reason } = await fixture.ledger.get('default', id);
    assert.equal(status, 'pending');
    const pauseMs = Date.parse(nextAt ?? '') - Date.parse(createdAt);
    assert.ok(pauseMs >= 7_200_000 && pauseMs < 7_260_000, String(pauseMs));
    assert.equal(reason?.length, 500);
    assert.match(reason, /^odd \ufffd and long x+$/);
  });

  it('gives up at once what cannot be tried again, and tries it again under the same id when a person asks', async () => {
    const channel = new ScriptedChannel();
    channel.answer = ({ attempt }) =>
      attempt === 1 ? { delivered: false, retryable: false, reason: '550 no such user' } : { delivered: true, reason: '250 OK' };
    fixture.dispatch(channel);
    const [id = ''] = await fixture.outbox.queue([notification('a')]);
    await until(allAre('failed', 1), 'failed');
    await fixture.ledger.retry('default', id);
    await until(allAre('delivered', 1), 'delivered');
    const { log, attempts } = await fixture.ledger.get('default', id);
    assert.equal(attempts, 2);
    assert.deepEqual(
      log.map(({ attempt, outcome }) => [attempt, outcome]),
      [
        [1, 'failed'],
        [2, 'delivered'],
      ],
    );
    await assert.rejects(fixture.ledger.retry('default', id), { code: 'CONFLICT' });
    await assert.rejects(fixture.ledger.retry('other', id), { code: 'NOT_FOUND' });
  });

  it('takes a channel that throws for one that may be tried again', async () => {
    const channel = new ScriptedChannel();
    channel.answer = ({ attempt }) => {
      if (attempt === 1) throw new Error('a mistake of its own');
      return { delivered: true, reason: 'ok' };
    };
    fixture.dispatch(channel);
    const [id = ''] = await fixture.outbox.queue([notification('a')]);
    await until(allAre('delivered', 1), 'delivered');
    assert.match((await fixture.ledger.get('default', id)).log[0]?.reason ?? '', /a mistake of its own/);
  });

  it('fails at once what is for a channel that is not there, and says so', async () => {
    fixture.dispatch(new ScriptedChannel());
    await fixture.outbox.queue([notification('a', { channel: 'script', recipient: 'backup.sh' })]);
    await until(allAre('failed', 1), 'failed');
    assert.match((await fixture.rows())[0]?.reason ?? '', /"script" is not configured/);
  });

  it('delays nobody by a dead receiver, however much waits for it', async () => {
    const channel = new ScriptedChannel();
    channel.atOnce = 2;
    const ends: (() => void)[] = [];
    channel.answer = ({ recipient }) =>
      recipient === 'dead'
        ? new Promise((resolve) => ends.push(() => resolve({ delivered: false, retryable: true, reason: 'no answer' })))
        : { delivered: true, reason: 'ok' };
    await fixture.outbox.queue(Array.from({ length: 500 }, (_, index) => notification(`dead-${String(index)}`, { recipient: 'dead' })));
    fixture.dispatch(channel);
    await until(() => ends.length === 1, 'the dead one is asked');
    await fixture.outbox.queue(
      Array.from({ length: 50 }, (_, index) => notification(`well-${String(index)}`, { recipient: `well-${String(index % 5)}` })),
    );
    await until(async () => (await statuses()).filter((status) => status === 'delivered').length === 50, 'the others are delivered');
    assert.equal(channel.seen.filter(({ recipient }) => recipient === 'dead').length, 1);
    channel.answer = () => ({ delivered: false, retryable: false, reason: 'gone' });
    ends.forEach((end) => end());
  });

  it('keeps the distance between attempts of one lane', async () => {
    const channel = new ScriptedChannel();
    channel.laneIntervalMs = 150;
    const begins: number[] = [];
    channel.answer = () => {
      begins.push(performance.now());
      return { delivered: true, reason: 'ok' };
    };
    fixture.dispatch(channel);
    await fixture.outbox.queue(['a', 'b', 'c'].map((key) => notification(key)));
    await until(allAre('delivered', 3), 'delivered');
    for (const index of [1, 2]) assert.ok((begins[index] ?? 0) - (begins[index - 1] ?? 0) >= 145, String(begins));
  });

  it('delivers once what a dispatcher that ended had taken, under the same id', async () => {
    const dying = new ScriptedChannel();
    dying.answer = (_delivery, signal) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => resolve({ delivered: false, retryable: true, reason: 'the platform stops' }));
      });
    const first = fixture.dispatch(dying);
    const [id = ''] = await fixture.outbox.queue([notification('a')]);
    await until(() => dying.seen.length === 1, 'under way');
    await first.stop();
    assert.deepEqual((await fixture.ledger.get('default', id)).log, []);
    const channel = new ScriptedChannel();
    fixture.dispatch(channel);
    await until(allAre('delivered', 1), 'delivered');
    assert.deepEqual(
      channel.seen.map((delivery) => [delivery.id, delivery.attempt]),
      [[id, 1]],
    );
  });

  it('goes on by itself when the database was away, and records each attempt once', async () => {
    const channel = new ScriptedChannel();
    fixture.dispatch(channel);
    await fixture.outbox.queue([notification('before')]);
    await until(allAre('delivered', 1), 'the first');
    await fixture.proxy.close();
    let queued = false;
    const waiting = fixture.outbox.queue([notification('after')]).then(() => (queued = true));
    await assert.rejects(
      fixture.jobs.transaction((tx) => tx.query('select 1')),
      isPassing,
    );
    assert.equal(queued, false);
    await fixture.proxy.open();
    await waiting;
    await until(allAre('delivered', 2), 'the second');
    assert.deepEqual(
      (await fixture.rows()).map(({ attempts }) => attempts),
      [1, 1],
    );
  });

  it('records what was sent while the database was away when it is back, and does not send it again', async () => {
    const channel = new ScriptedChannel();
    let answer: (() => void) | undefined;
    channel.answer = () => new Promise((resolve) => (answer = () => resolve({ delivered: true, reason: 'ok' })));
    fixture.dispatch(channel);
    await fixture.outbox.queue([notification('a')]);
    await until(() => answer !== undefined, 'under way');
    await fixture.proxy.close();
    answer?.();
    assert.deepEqual(await statuses(), ['pending']);
    await fixture.proxy.open();
    await until(allAre('delivered', 1), 'recorded');
    assert.equal(channel.seen.length, 1);
  });

  it('tidies up what ended long ago, with its attempts, but nothing of an alert that is open or ended later', async () => {
    const { system } = fixture.database.db;
    const alert = async (daysSinceEnd: number | null) => {
      const [id, rule] = [newUuid(), newUuid()];
      await system.query(
        `insert into alerts (alert_id, tenant_id, rule_id, rule_version, rule_name, device_id, key, severity, status, message, raised_at, known_at, last_at, resolved_at)
         select $1, 'default', $2, 1, 'Hot', 'pump-01', 'temperature', 'info', case when $3::int is null then 'active' else 'resolved' end, 'hot',
                now() - interval '500 days', now() - interval '500 days', now() - interval '500 days', now() - $3 * interval '1 day'`,
        [id, rule, daysSinceEnd],
      );
      return id;
    };
    const add = (recipient: string, status: string, days: number, alertId: string | null = null) =>
      system.query(
        `with told as (
           insert into notifications (notification_id, tenant_id, dedup_key, event, channel, recipient, content, status, finished_at, alert_id)
           values ($1::uuid, 'default', $1::text, 'raised', 'email', $2, '{}', $3, case when $3 <> 'pending' then now() - $4 * interval '1 day' end, $5)
           returning notification_id)
         insert into notification_attempts (tenant_id, notification_id, attempt, at, duration_ms, outcome, reason)
         select 'default', notification_id, 1, now(), 1, 'delivered', 'ok' from told`,
        [newUuid(), recipient, status, days, alertId],
      );
    await add('old, delivered', 'delivered', 401);
    await add('old, failed', 'failed', 401);
    await add('old, of an alert that is long over', 'failed', 450, await alert(401));
    await add('kept: younger', 'failed', 399);
    await add('kept: its alert is open', 'delivered', 450, await alert(null));
    await add('kept: its alert ended later', 'delivered', 450, await alert(399));
    await add('kept: pending', 'pending', 450);
    assert.equal(await purgeNotifications(fixture.database.db, new Date().getTime(), 400), 3);
    const kept = (await fixture.rows()).map(({ recipient }) => recipient);
    assert.deepEqual([kept.every((recipient) => recipient.startsWith('kept')), kept.length], [true, 4]);
    assert.deepEqual((await system.query('select count(*)::int as count from notification_attempts')).rows, [{ count: 4 }]);
  });
});
