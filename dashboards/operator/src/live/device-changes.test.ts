import assert from 'node:assert/strict';
import { DeviceChanges } from './device-changes.ts';

describe('changes of devices', () => {
  function page(pages: number) {
    const asked: (readonly string[] | 'all')[] = [];
    const waits: number[] = [];
    let next: (() => void) | undefined;
    let succeeds = true;
    const read = (what: readonly string[] | 'all') => {
      asked.push(what);
      return Promise.resolve(succeeds);
    };
    const changes = new DeviceChanges({
      readSome: read,
      readAll: () => read('all'),
      pages: () => pages,
      later: (call, delayMs) => {
        waits.push(delayMs);
        next = call;
        return () => (next = undefined);
      },
    });
    return {
      changes,
      asked,
      waits,
      fail: (fails: boolean) => (succeeds = !fails),
      /** What was to happen later happens now, with what that brings about. */
      pass: async () => {
        const call = next;
        next = undefined;
        call?.();
        await new Promise((resolve) => setImmediate(resolve));
      },
    };
  }

  it('are read together, each device once', async () => {
    const { changes, asked, pass } = page(20);
    changes.add(['a', 'b']);
    changes.add(['b']);
    await pass();
    assert.deepEqual(asked, [['a', 'b']]);
  });

  it('are read with the whole list where that takes fewer requests', async () => {
    const { changes, asked, pass } = page(2);
    changes.add(['a', 'b', 'c']);
    await pass();
    assert.deepEqual(asked, ['all']);
  });

  it('wait after each reading for as long as it cost, so that several pages of a person stay within the limit', async () => {
    const { changes, asked, waits, pass } = page(20);
    changes.add(Array.from({ length: 1_000 }, (_, n) => String(n)));
    await pass();
    changes.add(['late']);
    assert.deepEqual([asked, waits], [['all'], [1_000, 60_000]]);
    await pass();
    await pass();
    assert.deepEqual(asked, ['all', ['late']]);
  });

  it('are read again when that failed', async () => {
    const { changes, asked, fail, pass } = page(20);
    fail(true);
    changes.add(['a']);
    await pass();
    fail(false);
    await pass();
    await pass();
    await pass();
    assert.deepEqual(asked, [['a'], ['a']]);
  });

  it('are forgotten with the person', async () => {
    const { changes, asked, pass } = page(20);
    changes.add(['a']);
    changes.clear();
    await pass();
    assert.deepEqual(asked, []);
  });
});
