import assert from 'node:assert/strict';
import type { Device } from '../../src/contracts/devices.ts';
import { Client, startApi } from './support.ts';
import type { Answer, ApiFixture } from './support.ts';

describe('the records of devices', () => {
  let fixture: ApiFixture;
  let admin: Client;

  before(async () => {
    fixture = await startApi();
    admin = await Client.login(fixture, 'admin');
  });
  after(() => fixture.stop());

  it('writes down every change with what it was before and after', async () => {
    const details = async (action: string): Promise<unknown> =>
      (
        await fixture.sql(`select details from audit_log where action = $1 and target = 'audited' order by audit_id desc limit 1`, [action])
      )[0]?.['details'];
    await admin.post('/devices', { device_id: 'audited', location: 'Hall A', metadata: { a: 1, api_token: 'x' } });
    assert.deepEqual(await details('device.create'), {
      before: {},
      after: {
        ...{ name: 'audited', type: '', location: 'Hall A', area: '' },
        ...{ metadata: { a: 1, api_token: '***' }, allowed_commands: [], offline_seconds: null },
      },
    });
    await admin.send('PATCH', '/devices/audited', { location: 'Hall B', allowed_commands: ['start'] });
    assert.deepEqual(await details('device.change'), {
      before: { location: 'Hall A', allowed_commands: [] },
      after: { location: 'Hall B', allowed_commands: ['start'] },
    });
    await admin.send('PUT', '/devices/audited', { type: 'pump', metadata: { a: 1, api_token: 'x' } });
    assert.deepEqual(await details('device.replace'), {
      before: { type: '', location: 'Hall B', allowed_commands: ['start'] },
      after: { type: 'pump', location: '', allowed_commands: [] },
    });
    await admin.send('DELETE', '/devices/audited');
    const removed = (await details('device.remove')) as { before: Record<string, unknown>; after: unknown };
    assert.deepEqual([removed.before['type'], removed.after], ['pump', {}]);
  });

  it('filters by type, location, area and status, each exactly', async () => {
    for (const [id, location, area] of [
      ['where-1', 'Hall A', 'North'],
      ['where-2', 'Hall A', 'South'],
      ['where-3', 'Hall AB', 'North'],
    ]) {
      await admin.post('/devices', { device_id: id, type: 'placed', location, area });
    }
    const found = async (query: string): Promise<string[]> =>
      (await admin.get(`/devices?type=placed&${query}`)).body.items.map((device) => device.device_id);
    assert.deepEqual(await found('location=Hall%20A'), ['where-1', 'where-2']);
    assert.deepEqual(await found('area=North'), ['where-1', 'where-3']);
    assert.deepEqual(await found('location=Hall%20A&area=North&status=unknown'), ['where-1']);
    assert.deepEqual(await found('location=hall%20a'), []);
  });

  it('says of a device after how much silence it is offline; null and PUT without it end that', async () => {
    const made = await admin.send('POST', '/devices', { device_id: 'silent', offline_seconds: 60 });
    const secondsOf = ({ body }: Answer) => (body as unknown as Device).offline_seconds;
    assert.deepEqual([made.status, secondsOf(made)], [201, 60]);
    const patched = async (offline_seconds: unknown) => secondsOf(await admin.send('PATCH', '/devices/silent', { offline_seconds }));
    assert.equal(await patched(120), 120);
    assert.equal(secondsOf(await admin.send('PATCH', '/devices/silent', { name: 'Silent' })), 120);
    assert.equal(await patched(null), null);
    await patched(30);
    assert.equal(secondsOf(await admin.send('PUT', '/devices/silent', { name: 'Silent' })), null);
    for (const bad of [4, 2_592_001, 1.5, '60', true]) {
      const answer = await admin.send('PATCH', '/devices/silent', { offline_seconds: bad });
      assert.deepEqual([answer.status, answer.body.errors[0]?.field], [400, 'offline_seconds'], String(bad));
    }
  });
});
