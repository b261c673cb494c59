import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { es } from '../../locales/es.ts';
import { en as devicesEn } from '../devices/texts-en.ts';
import { es as devicesEs } from '../devices/texts-es.ts';
import { detailEs } from './texts-detail.ts';
import { listEs } from './texts-list.ts';

describe('the words of alerts and readings', () => {
  it('call acknowledging the same everywhere in Spanish', () => {
    const { acknowledge, acknowledged } = es.alerts;
    assert.deepEqual([listEs.row.acknowledge, detailEs.action.acknowledge], [acknowledge, acknowledge]);
    assert.deepEqual([listEs.row.acknowledged, detailEs.facts.acknowledged, detailEs.history.acknowledged], Array(3).fill(acknowledged));
    assert.equal(listEs.row.active.toLowerCase(), es.alerts.unseen.replace('{n} ', ''));
    assert.doesNotMatch(JSON.stringify([listEs, detailEs, es.alerts]), /confirm(ar|ad|ando)/i);
  });

  it('tell the name of a quantity from its value', () => {
    for (const { key, time, value, quality } of [devicesEn.data, devicesEs.data]) {
      assert.equal(new Set([key, time, value, quality]).size, 4);
    }
  });
});
