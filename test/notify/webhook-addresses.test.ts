import assert from 'node:assert/strict';
import { createAddressGuard } from '../../src/notify/channels/webhook/address-guard.ts';
import { createGuardedHttp, urlRefusal } from '../../src/notify/channels/webhook/guarded-fetch.ts';
import { DNS, HOSTILE, LEGITIMATE } from './url-table.ts';

const resolve = (hostname: string): Promise<readonly string[]> => {
  const known = DNS[hostname];
  return known === undefined ? Promise.reject(new Error(`The stub does not know ${hostname}.`)) : Promise.resolve(known);
};

const guard = (allowCidrs: readonly string[] = []) =>
  createAddressGuard({
    allowCidrs,
    ownAddresses: () => ['10.1.2.3', '203.0.113.9', '8.8.4.4', 'fd12::5'],
    ownPorts: () => [1880, 1883],
    storePorts: () => [5432],
  });

describe('a table of URLs', () => {
  const refusal = (url: string, allowCidrs: readonly string[] = []) => urlRefusal({ resolve, refusalOf: guard(allowCidrs) }, url);

  it(`has enough of both: ${String(HOSTILE.length)} hostile and ${String(LEGITIMATE.length)} legitimate ones, each once`, () => {
    assert.ok(new Set(HOSTILE).size >= 150, String(new Set(HOSTILE).size));
    assert.ok(new Set(LEGITIMATE).size >= 30, String(new Set(LEGITIMATE).size));
    assert.equal(new Set([...HOSTILE, ...LEGITIMATE]).size, HOSTILE.length + LEGITIMATE.length);
  });

  for (const url of HOSTILE) {
    it(`refuses ${JSON.stringify(url)}, and says why`, async () => {
      const reason = await refusal(url);
      assert.match(reason ?? '', /^\S.{20,}[.]$/);
    });
  }

  for (const url of LEGITIMATE) {
    it(`lets ${JSON.stringify(url)} pass`, async () => {
      assert.equal(await refusal(url), undefined);
    });
  }

  describe('with the list of an administrator', () => {
    const EVERYTHING = ['0.0.0.0/0', '::/0'];
    const cases: [string, readonly string[], boolean][] = [
      ['http://10.0.0.1/', ['10.0.0.0/8'], true],
      ['http://[::ffff:10.0.0.1]/', ['10.0.0.0/8'], true],
      ['http://10.0.0.1/', ['::ffff:10.0.0.0/104'], true],
      ['http://10.0.0.1/', ['10.0.0.1'], true],
      ['http://10.0.0.2/', ['10.0.0.1'], false],
      ['http://192.168.1.1/', ['10.0.0.0/8'], false],
      ['http://one-bad.example.com/', ['10.0.0.0/8'], true],
      ['http://six-bad.example.com/', ['10.0.0.0/8'], false],
      ['http://[fd12::9]/', ['fd12::/16'], true],
      ['http://100.64.0.1/', ['100.64.0.0/10'], true],
      ['http://127.0.0.1:8080/', ['127.0.0.0/8'], true],
      ['http://[::1]:8080/', ['127.0.0.0/8'], false],
      ['http://[::1]:8080/', ['::1'], true],
      ['http://[64:ff9b::808:808]/', ['64:ff9b::/96'], true],
      ['http://[64:ff9b::a00:1]/', ['64:ff9b::/96'], false],
      ['http://[64:ff9b::a00:1]/', ['64:ff9b::/96', '10.0.0.0/8'], true],
      ['http://[64:ff9b::a9fe:a9fe]/', EVERYTHING, false],
      // Metadata and what no plant has: never.
      ['http://169.254.169.254/', EVERYTHING, false],
      ['http://169.254.169.254/', ['169.254.169.254'], false],
      ['http://[::ffff:169.254.169.254]/', EVERYTHING, false],
      ['http://[fd00:ec2::254]/', EVERYTHING, false],
      ['http://100.100.100.200/', EVERYTHING, false],
      ['http://168.63.129.16/', EVERYTHING, false],
      ['http://[fe80::1]/', EVERYTHING, false],
      ['http://0.0.0.0/', EVERYTHING, false],
      ['http://[::]/', EVERYTHING, false],
      ['http://224.0.0.1/', EVERYTHING, false],
      ['http://[2002:a00:1::1]/', EVERYTHING, false],
      ['http://metadata.google.internal/', EVERYTHING, false],
      // The platform's own ports: not on this machine, whatever the address.
      ['http://127.0.0.1:1883/', EVERYTHING, false],
      ['http://127.9.9.9:1880/', EVERYTHING, false],
      ['http://[::1]:1883/', EVERYTHING, false],
      ['http://[::ffff:127.0.0.1]:1883/', EVERYTHING, false],
      ['http://10.1.2.3:1883/', EVERYTHING, false],
      ['http://[fd12::5]:1880/', EVERYTHING, false],
      ['http://localhost:1880/', EVERYTHING, false],
      ['http://10.1.2.4:1883/', EVERYTHING, true],
      // Databases are not spoken to anywhere inside.
      ['http://127.0.0.1:5432/', EVERYTHING, false],
      ['http://10.9.9.9:5432/', EVERYTHING, false],
    ];
    for (const [url, allowed, passes] of cases) {
      it(`${passes ? 'lets' : 'does not let'} ${url} pass by ${allowed.join(', ')}`, async () => {
        assert.equal((await refusal(url, allowed)) === undefined, passes);
      });
    }
  });

  it('is judged anew at each request: a name that was public and is private now is refused', async () => {
    const answers = [['93.184.216.34'], ['127.0.0.1']];
    const options = { resolve: () => Promise.resolve(answers.shift() ?? []), refusalOf: guard() };
    assert.equal(await urlRefusal(options, 'http://rebinding.example.com/'), undefined);
    assert.match((await urlRefusal(options, 'http://rebinding.example.com/')) ?? '', /resolves to 127\.0\.0\.1/);
  });

  it('sends nothing to what it refuses', async () => {
    const http = createGuardedHttp({ resolve, refusalOf: guard() });
    const outcome = await http.post('http://127.0.0.1:9/', { headers: {}, body: '{}', signal: new AbortController().signal });
    assert.deepEqual(outcome, {
      kind: 'refused',
      addresses: ['127.0.0.1'],
      reason:
        '127.0.0.1 is an address of this machine itself (loopback); an administrator lets a network of the plant through with WEBHOOK_ALLOW_CIDRS.',
    });
  });
});
