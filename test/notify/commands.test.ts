import assert from 'node:assert/strict';
import type { Command } from '../../src/contracts/commands.ts';
import { CommandChannel } from '../../src/notify/channels/command/command-channel.ts';
import type { Outcome } from '../../src/notify/types.ts';
import { findDevice } from '../../src/storage/repositories/devices.ts';
import { Client, startApi } from '../api/support.ts';
import type { ApiFixture } from '../api/support.ts';
import { deliveryOf, linkTo, RUNNING } from './deliveries.ts';

/** The real service of commands on a real database; devices answer as `onMessage` says. */
describe('commands of alerts', () => {
  let fixture: ApiFixture;
  let channel: CommandChannel;
  let admin: Client;
  let count = 0;
  let id: string;

  const allowedCommands = (tenantId: string, deviceId: string) =>
    fixture.database.db.readAsTenant(tenantId, async (db) => (await findDevice(db, tenantId, deviceId))?.allowed_commands);

  before(async () => {
    fixture = await startApi();
    admin = await Client.login(fixture, 'admin');
    await admin.post('/devices', { device_id: 'pump-01', allowed_commands: ['stop'] });
    channel = new CommandChannel({ commands: fixture.commands, allowedCommands, clock: fixture.clock, linkTo });
  });
  after(() => fixture.stop());
  beforeEach(() => {
    count += 1;
    id = `00000000-0000-4000-8000-${String(count).padStart(12, '0')}`;
    fixture.link.published.length = 0;
    fixture.link.audience = 'connected';
    fixture.link.onMessage = undefined;
  });
  afterEach(() => {
    fixture.clock.offsetMs = 0;
  });

  const send = (options: { device_id?: string } = {}, signal = RUNNING): Promise<Outcome> =>
    channel.send(
      deliveryOf({ type: 'command', command: 'stop', params: { why: '{{rule.name}}' }, timeout_seconds: 1, ...options }, { id }),
      signal,
    );
  const answer = (status: 'completed' | 'failed', result?: unknown): Promise<void> =>
    fixture.commands.answered({
      ...{ tenantId: 'default', deviceId: 'pump-01', receivedAtMs: fixture.clock.nowMs() },
      payload: Buffer.from(JSON.stringify({ id, status, result })),
    });
  const answering = (status: 'completed' | 'failed', result?: unknown): void => {
    fixture.link.onMessage = () => void answer(status, result);
  };
  const shown = async (): Promise<Command> => (await admin.get(`/devices/pump-01/commands/${id}`)).body as unknown as Command;
  const idsSent = (): unknown[] => fixture.link.published.map(({ payload }) => (JSON.parse(payload) as { id: string }).id);
  const timeOut = async (): Promise<void> => {
    fixture.clock.offsetMs += 2_000;
    await fixture.commands.sweep();
  };

  it('are delivered when the device has done them', async () => {
    answering('completed', 'stopped');
    assert.deepEqual(await send(), { delivered: true, reason: '"pump-01" has done "stop": stopped.' });
    const command = await shown();
    assert.deepEqual(
      [command.status, command.params, command.sent_by],
      ['completed', { why: 'High temperature' }, 'rule:High temperature'],
    );
  });

  it('are not sent when the device does not allow them, and the reason says who can change that', async () => {
    const list = (allowed_commands: string[]) => admin.send('PATCH', '/devices/pump-01', { allowed_commands });
    try {
      await list(['start', 'reset']);
      const refused = await send();
      assert.ok(!refused.delivered && !refused.retryable);
      assert.match(
        refused.reason,
        /only commands that the device allows.*"stop" is not among those of "pump-01" \(start, reset\).*commands:write/,
      );
      assert.deepEqual([idsSent(), (await admin.get(`/devices/pump-01/commands/${id}`)).status], [[], 404]);
      await list([]);
      assert.match((await send()).reason, /\(none\)/);
    } finally {
      await list(['stop']);
    }
    answering('completed');
    assert.equal((await send()).delivered, true, 'once it is allowed');
  });

  it('fail for good with the words of the device', async () => {
    answering('failed', 'hand mode');
    assert.deepEqual(await send(), { delivered: false, retryable: false, reason: '"pump-01" says that "stop" failed: hand mode.' });
  });

  it('are sent again under the same id when nobody got them', async () => {
    fixture.link.audience = 'none';
    const first = await send();
    assert.ok(!first.delivered && first.retryable);
    assert.match(first.reason, /nobody got it/);
    assert.deepEqual([idsSent(), (await shown()).status], [[], 'not_delivered']);
    fixture.link.audience = 'connected';
    answering('completed');
    assert.equal((await send()).delivered, true);
    assert.deepEqual([idsSent(), (await shown()).status], [[id], 'completed']);
  });

  it('are sent again under the same id when nobody answered', async () => {
    fixture.link.onMessage = () => void timeOut();
    const first = await send();
    assert.deepEqual(first, { delivered: false, retryable: true, reason: '"pump-01" did not answer "stop" in time.' });
    answering('completed');
    assert.equal((await send()).delivered, true);
    assert.deepEqual(idsSent(), [id, id]);
    assert.equal((await shown()).late, false, 'the second one was in time');
  });

  it('are not sent again when the answer came late', async () => {
    fixture.link.onMessage = () => void timeOut();
    assert.equal((await send()).delivered, false);
    await answer('completed');
    assert.deepEqual(await send(), { delivered: true, reason: '"pump-01" has done "stop" late.' });
    assert.deepEqual(idsSent(), [id], 'once');
  });

  it('are not sent again when the platform stopped before the answer', async () => {
    const stop = new AbortController();
    fixture.link.onMessage = () => stop.abort();
    const first = await send({}, stop.signal);
    assert.ok(!first.delivered && first.retryable);
    const second = send();
    await answer('completed');
    assert.equal((await second).delivered, true);
    assert.deepEqual(idsSent(), [id], 'once');
  });

  it('fail for good for a device that does not exist', async () => {
    const outcome = await send({ device_id: 'nobody' });
    assert.ok(!outcome.delivered && !outcome.retryable);
    assert.match(outcome.reason, /"nobody"/);
  });
});
