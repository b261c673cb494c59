import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { ApiError } from '../api/problem.ts';
import type { Requester } from '../api/resources.ts';
import { SeriesLooks } from './series-looks.ts';

describe('how the quantities of devices are shown', () => {
  /** The API with one quantity a device; `status` says how it refuses a device. */
  function looksOf(status: (deviceId: string) => number = () => 200): { looks: SeriesLooks; asked: string[] } {
    const asked: string[] = [];
    const request = (_name: string, { params }: { params: { device_id: string } }): Promise<unknown> => {
      asked.push(params.device_id);
      const refusal = status(params.device_id);
      if (refusal !== 200) return Promise.reject(new ApiError(refusal, { code: 'X', detail: 'no' }));
      return Promise.resolve({ items: [{ key: 'level', display_name: `Level of ${params.device_id}` }], next_cursor: null });
    };
    return { looks: new SeriesLooks(request as unknown as Requester), asked };
  }

  it('is asked for once, also while an answer is awaited', async () => {
    const { looks, asked } = looksOf();
    await Promise.all([looks.loadMissing(['a', 'b']), looks.loadMissing(['a', 'b', 'c'])]);
    await looks.loadMissing(['a', 'b', 'c']);
    assert.deepEqual(asked.sort(), ['a', 'b', 'c']);
    assert.equal(looks.byDevice.get('c')?.get('level')?.display_name, 'Level of c');
    await looks.load(['a']);
    assert.equal(asked.length, 4, 'whoever wants it anew gets it anew');
  });

  it('goes past devices that are gone, stops where the API says too many, and can go on later', async () => {
    let limited = true;
    const { looks, asked } = looksOf((id) => (id === 'gone' ? 404 : id === 'b' && limited ? 429 : 200));
    await looks.loadMissing(['gone', 'a', 'b', 'c']);
    assert.deepEqual([asked, [...looks.byDevice.keys()]], [['gone', 'a', 'b'], ['a']]);
    limited = false;
    await looks.loadMissing(['b', 'c']);
    assert.deepEqual([...looks.byDevice.keys()], ['a', 'b', 'c']);
  });

  it('is asked for again in the next round, and shown meanwhile', async () => {
    const { looks, asked } = looksOf();
    await looks.loadMissing(['a']);
    looks.expire();
    assert.deepEqual([looks.rounds.value, looks.byDevice.has('a')], [1, true]);
    await looks.loadMissing(['a']);
    await looks.loadMissing(['a']);
    assert.deepEqual(asked, ['a', 'a']);
  });

  it('is not kept for the next person', async () => {
    const { looks } = looksOf();
    const loading = looks.load(['a']);
    looks.clear();
    await loading;
    assert.equal(looks.byDevice.size, 0);
  });
});
