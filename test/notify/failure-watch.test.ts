import assert from 'node:assert/strict';
import { systemClock } from '../../src/core/clock.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { FailureWatch } from '../../src/notify/failure-watch.ts';
import { notification, ScriptedChannel, startNotify, until } from './support.ts';
import type { NotifyFixture } from './support.ts';

describe('the warning of failed notifications', function () {
  this.timeout(60_000);
  let fixture: NotifyFixture;
  let aheadMs = 0;
  let watch: FailureWatch;

  before(async () => {
    fixture = await startNotify();
    const clock = { nowMs: () => systemClock.nowMs() + aheadMs };
    watch = new FailureWatch({ read: (work) => fixture.jobs.read(work), clock, logger: silentLogger });
    await watch.start();
  });
  after(async () => {
    await watch.stop();
    await fixture.stop();
  });

  it('is there for a day, or until somebody tries them again, and tells neither recipients nor reasons', async () => {
    assert.deepEqual(watch.warnings(), []);
    const channel = new ScriptedChannel();
    let refuses = true;
    channel.answer = () => (refuses ? { delivered: false, retryable: false, reason: 'secret reason' } : { delivered: true, reason: 'ok' });
    fixture.dispatch(channel);
    const ids = await fixture.outbox.queue([notification('a'), notification('b')]);
    const are = (status: string) => async () => (await fixture.rows()).every((row) => row.status === status);
    await until(are('failed'), 'both failed');
    await watch.look();
    const [warning, ...others] = watch.warnings();
    assert.deepEqual(others, []);
    assert.deepEqual([warning?.code, warning?.place], ['notifications_failed', '/administration/notifications?status=failed']);
    assert.match(
      warning?.text ?? '',
      /^2 notifications failed in the last 24 hours, the last by the channel "webhook" at 2\S+Z; see Administration, Notifications \(\/administration\/notifications\?status=failed\)/,
    );
    assert.doesNotMatch(JSON.stringify(warning), /secret reason|example\.com/);

    aheadMs = 86_400_000;
    await watch.look();
    assert.deepEqual(watch.warnings(), []);
    aheadMs = 0;
    refuses = false;
    for (const id of ids) await fixture.ledger.retry('default', id);
    await until(are('delivered'), 'both delivered');
    await watch.look();
    assert.deepEqual(watch.warnings(), []);
  });
});
