import assert from 'node:assert/strict';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { OfflineFixture } from './offline-run.ts';

const COUNT = 1_000;

describe('very many devices that go offline at once', () => {
  let on: OfflineFixture;
  before(async () => {
    on = await OfflineFixture.create();
    await on.sql(
      `insert into devices (device_id, tenant_id, name, offline_seconds, status)
       select 'pump-' || i, 'default', 'Pump ' || i, 60, 'online' from generate_series(1, $1) i`,
      [COUNT],
    );
    await on.restart();
  });
  after(() => on.end());

  const countOf = async (what: string): Promise<unknown> => (await on.sql(`select count(*)::int as n from ${what}`))[0]?.['n'];

  it('are told once each, and again when they are back, while the program goes on answering', async () => {
    await on.run.pass(59);
    assert.equal(await countOf('alerts'), 0);
    const loop = monitorEventLoopDelay({ resolution: 10 });
    loop.enable();
    await on.run.pass(2);
    assert.deepEqual(
      [
        await countOf(`alerts where status = 'active'`),
        await countOf(`notifications where event = 'device_offline'`),
        await countOf(`devices where status = 'offline' and offline_told = 'device'`),
      ],
      [COUNT, COUNT, COUNT],
    );
    await on.run.pass(1, () => {
      for (let i = 1; i <= COUNT; i += 1) on.run.says(`pump-${String(i)}`);
    });
    loop.disable();
    assert.deepEqual(
      [
        await countOf(`alerts where status = 'resolved'`),
        await countOf(`notifications where event = 'device_online'`),
        await countOf(`devices where status = 'online' and offline_told is null`),
      ],
      [COUNT, COUNT, COUNT],
    );
    assert.ok(loop.max < 1e9, `The event loop stood still for ${String(Math.round(loop.max / 1e6))} ms.`);
  });
});
