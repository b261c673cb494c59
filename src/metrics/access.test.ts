import assert from 'node:assert/strict';
import { MetricsAccess } from './access.ts';

describe('who may read metrics', () => {
  const TOKEN = 'sixteen characters'.replace(' ', '-');
  const CASES: { allowCidrs: string[]; token?: string; address: string; shown?: string; isBehindUnknownProxy?: boolean; may: boolean }[] = [
    { allowCidrs: ['127.0.0.0/8', '::1'], address: '127.0.0.1', may: true },
    { allowCidrs: ['127.0.0.0/8', '::1'], address: '::1', may: true },
    { allowCidrs: ['127.0.0.0/8', '::1'], address: '::ffff:127.0.0.1', may: true },
    { allowCidrs: ['127.0.0.0/8', '::1'], address: '::ffff:10.0.0.1', may: false },
    { allowCidrs: ['127.0.0.0/8', '::1'], address: '127.0.0.1', isBehindUnknownProxy: true, may: false },
    { allowCidrs: ['10.0.0.0/8'], address: '127.0.0.1', may: false },
    { allowCidrs: ['10.1.2.3'], address: '10.1.2.3', may: true },
    { allowCidrs: ['10.1.2.3'], address: '10.1.2.4', may: false },
    { allowCidrs: ['fd00::/8'], address: 'fd12::1', may: true },
    { allowCidrs: ['fd00::/8'], address: 'fe80::1', may: false },
    { allowCidrs: ['10.0.0.0/8'], address: 'unknown', may: false },
    { allowCidrs: [], token: TOKEN, shown: TOKEN, address: '203.0.113.7', may: true },
    { allowCidrs: [], token: TOKEN, shown: TOKEN, address: '203.0.113.7', isBehindUnknownProxy: true, may: true },
    { allowCidrs: ['203.0.113.7'], token: TOKEN, shown: 'another', address: '203.0.113.7', may: false },
    { allowCidrs: ['203.0.113.7'], shown: TOKEN, address: '203.0.113.7', may: false },
  ];
  for (const { allowCidrs, token, address, shown, isBehindUnknownProxy = false, may } of CASES) {
    const with_ = shown === undefined ? '' : ` with ${shown === token ? 'the' : 'a wrong'} token`;
    it(`${may ? 'lets in' : 'refuses'} ${address}${with_}${isBehindUnknownProxy ? ' behind some proxy' : ''}, the list being [${allowCidrs.join()}]`, () => {
      const authorization = shown === undefined ? undefined : `Bearer ${shown}`;
      const refusal = new MetricsAccess({ token, allowCidrs }).refusal({ authorization, address, isBehindUnknownProxy });
      assert.equal(refusal === undefined, may, refusal);
      assert.ok(refusal?.includes(TOKEN) !== true);
    });
  }
});
