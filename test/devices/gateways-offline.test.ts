import assert from 'node:assert/strict';
import { gateway, OfflineFixture, TENANT } from './offline-run.ts';

describe('devices behind a gateway that goes offline', () => {
  let on: OfflineFixture;

  beforeEach(async () => (on = await OfflineFixture.create()));
  afterEach(() => on.end());
  const ids = Array.from({ length: 23 }, (_, i) => `s-${String(i).padStart(2, '0')}`);

  beforeEach(async () => {
    for (const id of ids) await on.create(id, 60, `Sensor ${id}`);
    on.run.watched.gatewayConnected(TENANT, 'Hall A', on.time.ms);
    await on.run.pass(1);
    for (const id of ids) on.run.says(id, gateway('Hall A'));
    await on.run.pass(10);
  });

  const lose = () => on.run.watched.gatewayDisconnected(TENANT, 'Hall A', on.time.ms);
  const comeBack = () => on.run.watched.gatewayConnected(TENANT, 'Hall A', on.time.ms);

  it('raises one alert that lists the devices, and resolves it when the gateway is back', async () => {
    lose();
    await on.run.pass(100);
    assert.deepEqual(await on.alerts(), ['gateway:Hall A active']);
    const [{ message } = {}] = await on.sql('select message from alerts');
    assert.match(String(message), /^The gateway "Hall A" is offline, and with it 23 devices: Sensor s-00, .*Sensor s-19 and 3 more\.$/);
    const told = await on.sql(`select status, count(*)::int as n from devices group by 1`);
    assert.deepEqual(told, [{ status: 'offline', n: 23 }]);
    assert.deepEqual(
      (await on.mails()).map((mail) => mail.slice(0, 45)),
      [`device_offline gateway:Hall A: s-00 s-01 s-02`],
    );

    // One returns by another way: that resolves nothing.
    on.run.says('s-00');
    await on.run.pass(1);
    assert.deepEqual([await on.alerts(), await on.statusOf('s-00')], [['gateway:Hall A active'], 'online']);

    comeBack();
    await on.run.pass(1);
    assert.deepEqual(await on.alerts(), ['gateway:Hall A resolved by device is back']);
    // All but one speak again; that one has its own time, and then an alert of its own.
    for (const id of ids.filter((one) => one !== 's-07')) on.run.says(id, gateway('Hall A'));
    await on.run.pass(58);
    assert.equal((await on.alerts()).length, 1);
    await on.run.pass(1, () => ids.forEach((id) => id === 's-07' || on.run.says(id, gateway('Hall A'))));
    await on.run.pass(5, () => on.run.says('s-01', gateway('Hall A')));
    assert.deepEqual((await on.alerts()).slice(1), ['s-07 active']);
    assert.deepEqual(
      (await on.mails()).map((mail) => mail.split(':')[0]),
      ['device_offline gateway', 'device_online gateway', 'device_offline s-07'],
    );
  });

  it('raises nothing when the gateway connects again in time', async () => {
    lose();
    await on.run.pass(25);
    comeBack();
    await on.run.pass(59);
    for (const id of ids) on.run.says(id, gateway('Hall A'));
    await on.run.pass(30);
    assert.deepEqual(await on.alerts(), []);
  });

  it('tells one silent device by itself while the gateway passes others on', async () => {
    await on.run.pass(70, () => ids.forEach((id) => id === 's-07' || on.run.says(id, gateway('Hall A'))));
    assert.deepEqual(await on.alerts(), ['s-07 active']);
  });

  it('waits for what the broker says of a gateway that falls silent with all its devices', async () => {
    // Its power failed: the broker notices that after one and a half keep-alive times only.
    await on.run.pass(90);
    assert.deepEqual(await on.alerts(), []);
    lose();
    await on.run.pass(31);
    assert.deepEqual(await on.alerts(), ['gateway:Hall A active']);
  });

  it('tells a gateway that stays connected and passes nothing on', async () => {
    await on.run.pass(50 + 119);
    assert.deepEqual(await on.alerts(), []);
    await on.run.pass(2);
    assert.deepEqual(await on.alerts(), ['gateway:Hall A active']);
    const [{ message } = {}] = await on.sql('select message from alerts');
    assert.match(String(message), /^The gateway "Hall A" passes nothing on, and 23 devices behind it fell silent: /);
    for (const id of ids) on.run.says(id, gateway('Hall A'));
    await on.run.pass(3);
    assert.deepEqual(await on.alerts(), ['gateway:Hall A resolved by device is back']);
    assert.equal(await on.statusOf('s-03'), 'online');
  });

  it('is one alert over restarts too, whether it went before or after', async () => {
    await on.restart();
    await on.run.pass(61);
    assert.deepEqual(await on.alerts(), ['gateway:Hall A active']);
    await on.restart();
    await on.run.pass(200);
    assert.deepEqual([await on.alerts(), (await on.mails()).length], [['gateway:Hall A active'], 1]);
    comeBack();
    for (const id of ids) on.run.says(id, gateway('Hall A'));
    await on.run.pass(2);
    assert.deepEqual(await on.alerts(), ['gateway:Hall A resolved by device is back']);
  });

  it('is a gateway of MQTT: one that speaks HTTP has no session, and its devices are told one by one', async () => {
    for (const id of ids.slice(0, 2)) on.run.says(id, gateway('Hall A'), 'http');
    await on.run.pass(30, () => ids.slice(2).forEach((id) => on.run.says(id, gateway('Hall A'))));
    await on.run.pass(31, () => ids.slice(2).forEach((id) => on.run.says(id, gateway('Hall A'))));
    assert.deepEqual(await on.alerts(), ['s-00 active', 's-01 active']);
  });
});
