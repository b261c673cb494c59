import assert from 'node:assert/strict';
import { HOSTILE, LEGITIMATE } from '../../test/notify/url-table.ts';
import { createAddressGuard } from '../../src/notify/channels/webhook/address-guard.ts';
import { neverSentTo, sentWhenAllowed } from './web-address.ts';

describe('addresses in the URL of a form', () => {
  const tables: [string, RegExp][] = [
    ['http://169.254.169.254/latest/meta-data', /^The address 169\.254\.169\.254 is a link-local address, where clouds keep the metadata/],
    ['http://0xa9fea9fe/', /^The address 169\.254\.169\.254 is a link-local address/],
    ['http://[::ffff:169.254.169.254]/', /is a link-local address.*; nothing is ever sent there, so enter another one\.$/],
    ['http://[fd00:ec2::254]/', /is where a cloud keeps the metadata of a machine/],
    ['https://0.0.0.0/', /no address of a receiver/],
  ];
  for (const [url, said] of tables) {
    it(`refuses ${url}`, () => {
      assert.match(neverSentTo(url) ?? '', said);
      assert.equal(sentWhenAllowed(url), undefined);
    });
  }

  it('warns of what an administrator has to let through', () => {
    for (const url of ['http://10.1.2.3/', 'http://2130706433/', 'https://[fd12::1]:8443/x', 'http://192.168.1.9:5678/webhook/x']) {
      assert.equal(neverSentTo(url), undefined);
      assert.match(sentWhenAllowed(url) ?? '', /; it is sent to only where WEBHOOK_ALLOW_CIDRS of the platform holds it\.$/);
    }
  });

  it('says nothing of what may be sent to, of names, and of what is no URL', () => {
    for (const url of [...LEGITIMATE, 'https://metadata.google.internal/', 'http://', '']) {
      assert.deepEqual([neverSentTo(url), sentWhenAllowed(url)], [undefined, undefined], url);
    }
  });

  it('refuses nothing that the sender would send to by some list', () => {
    const open = createAddressGuard({
      allowCidrs: ['0.0.0.0/0', '::/0'],
      ownAddresses: () => [],
      ownPorts: () => [],
      storePorts: () => [],
    });
    const refused = HOSTILE.filter((url) => neverSentTo(url) !== undefined);
    assert.ok(refused.length > 30, String(refused.length));
    for (const url of refused) {
      const address = new URL(url).hostname.replaceAll(/[[\]]/g, '');
      assert.match(open(address, 443) ?? '', /never connected to/, url);
    }
  });
});
