import assert from 'node:assert/strict';
import os from 'node:os';
import { silentLogger } from '../core/logger.ts';
import { DiskMonitor, MIN_FREE_BYTES } from './disk.ts';

describe('DiskMonitor', () => {
  it('is low under 1 GB and tells each change once', async () => {
    const free = [MIN_FREE_BYTES, MIN_FREE_BYTES - 1, MIN_FREE_BYTES - 2, MIN_FREE_BYTES];
    const told: boolean[] = [];
    const monitor = new DiskMonitor({
      folders: ['.'],
      logger: silentLogger,
      probe: () => Promise.resolve(free.shift() ?? 0),
      onChange: (low) => told.push(low),
    });
    const seen: boolean[] = [];
    for (let look = 0; look < 4; look += 1) {
      await monitor.check();
      seen.push(monitor.low);
    }
    assert.deepEqual(seen, [false, true, true, false]);
    assert.deepEqual(told, [true, false]);
  });

  it('goes by the fullest of the folders, and stays as it was while one does not answer', async () => {
    let failing = false;
    const monitor = new DiskMonitor({
      folders: ['data', 'elsewhere'],
      logger: silentLogger,
      probe: (folder) => (failing ? Promise.reject(new Error('gone')) : Promise.resolve(folder === 'data' ? 2 * MIN_FREE_BYTES : 5)),
    });
    await monitor.check();
    failing = true;
    await monitor.check();
    assert.equal(monitor.freeBytes, 5);
    assert.ok(monitor.low);
  });

  it('asks the operating system, once at start and then regularly', async () => {
    const monitor = new DiskMonitor({ folders: [os.tmpdir()], logger: silentLogger });
    await monitor.start();
    await monitor.start();
    monitor.stop();
    monitor.stop();
    assert.ok((monitor.freeBytes ?? 0) > 0);
  });
});
