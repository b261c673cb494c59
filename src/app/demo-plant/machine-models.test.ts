import assert from 'node:assert/strict';
import { HISTORY_DAYS, historyOfDay, MODELLED_MACHINES } from './machine-models.ts';
import type { Readings } from './machine-models.ts';
import { DEMO_MACHINES } from './machines.ts';

/** The limit of the default flow's rule. */
const LIMIT = 80;

describe('the generated past of the demo machines', () => {
  const days = Array.from({ length: HISTORY_DAYS }, (_, day) => day);
  const temperatures = (deviceId: string, day: number) =>
    [...historyOfDay(deviceId, day)].map(({ readings }) => Number(readings['temperature']?.value));

  it('has a model of each machine', () => {
    assert.deepEqual(
      [...MODELLED_MACHINES],
      DEMO_MACHINES.map(({ device_id: deviceId }) => deviceId),
    );
    assert.deepEqual([...historyOfDay('somebody-elses', 0)], []);
  });

  it('is the same whenever it is asked, and another one for each day', () => {
    for (const deviceId of MODELLED_MACHINES) {
      assert.deepEqual([...historyOfDay(deviceId, 2)], [...historyOfDay(deviceId, 2)]);
      assert.notDeepEqual(temperatures(deviceId, 1).slice(0, 60), temperatures(deviceId, 4).slice(0, 60));
    }
  });

  it('has one reading a minute, all of one kind', () => {
    for (const deviceId of MODELLED_MACHINES) {
      const minutes = [...historyOfDay(deviceId, 0)];
      assert.deepEqual(
        minutes.map(({ minute }) => minute),
        Array.from({ length: 1_440 }, (_, minute) => minute),
      );
      const shape = (readings: Readings) => Object.entries(readings).map(([key, { value, unit }]) => [key, typeof value, unit]);
      for (const { readings } of minutes) assert.deepEqual(shape(readings), shape(minutes[0]?.readings ?? {}));
    }
  });

  it('runs well nearly always, and is over the limit of the default rule in a few faults', () => {
    for (const deviceId of MODELLED_MACHINES) {
      const all = days.flatMap((day) => temperatures(deviceId, day));
      const over = all.filter((value) => value > LIMIT).length;
      assert.ok(over >= 3 && over <= 100, `${deviceId}: ${String(over)} minutes over the limit`);
      assert.ok(
        all.every((value) => value > 40 && value < 140),
        deviceId,
      );
      const faults = days.filter((day) => temperatures(deviceId, day).some((value) => value > LIMIT));
      assert.ok(faults.length >= 2 && faults.length <= 4, `${deviceId}: faults on ${String(faults.length)} days`);
    }
  });
});
