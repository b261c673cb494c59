import assert from 'node:assert/strict';
import type { Command } from '../../src/contracts/commands.ts';
import { DEVICE_PERMISSIONS } from '../../src/core/permissions.ts';
import { Client, eventually, startApi } from './support.ts';
import type { Answer, ApiFixture } from './support.ts';

const TOPIC = 'insa/devices/pump-01/command';
const NOBODY = '00000000-0000-4000-8000-000000000000';

describe('commands to devices', () => {
  let fixture: ApiFixture;
  let admin: Client;
  let operator: Client;

  before(async () => {
    fixture = await startApi();
    admin = await Client.login(fixture, 'admin');
    await fixture.addUser('op', 'operator');
    operator = await Client.login(fixture, 'op');
    for (const id of ['pump-01', 'pump-02']) await admin.post('/devices', { device_id: id, allowed_commands: ['start', 'stop'] });
  });
  after(() => fixture.stop());
  beforeEach(() => {
    fixture.link.audience = 'connected';
    fixture.link.published.length = 0;
    fixture.link.withdrawn.length = 0;
  });
  afterEach(() => {
    fixture.clock.offsetMs = 0;
    fixture.link.fails = undefined;
    fixture.link.onMessage = undefined;
  });

  const of = (answer: Answer): Command => answer.body as unknown as Command;
  const send = async (body: object = { command: 'start' }, query = ''): Promise<Command> => {
    const answer = await admin.post(`/devices/pump-01/commands${query}`, body);
    assert.equal(answer.status, 202, JSON.stringify(answer.body));
    return of(answer);
  };
  const shown = async (id: string): Promise<Command> => of(await admin.get(`/devices/pump-01/commands/${id}`));
  const say = (payload: unknown, deviceId = 'pump-01'): Promise<void> =>
    fixture.commands.answered({
      tenantId: 'default',
      deviceId,
      payload: Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload)),
      receivedAtMs: fixture.clock.nowMs(),
    });
  const rejected = async (reason: string): Promise<Record<string, unknown>[]> =>
    fixture.sql('select * from rejected_messages where reason = $1 order by rejected_id', [reason]);

  it('are kept, published with QoS 1 and not retained, and shown', async () => {
    const answer = await admin.post('/devices/pump-01/commands', { command: 'set_speed', params: { rpm: 1200 }, timeout_seconds: 10 });
    assert.equal(answer.status, 202);
    const command = of(answer);
    assert.equal(answer.headers.get('location'), `/api/v1/devices/pump-01/commands/${command.id}`);
    const { id, created_at, due_at, ...rest } = command;
    assert.equal(Date.parse(due_at) - Date.parse(created_at), 10_000);
    assert.deepEqual(rest, {
      ...{ device_id: 'pump-01', command: 'set_speed', params: { rpm: 1200 }, status: 'sent', reason: null, timeout_seconds: 10 },
      ...{ sent_by: 'admin', answer: null, result: null, answered_at: null, late: false },
    });
    const [message] = fixture.link.published;
    assert.deepEqual([message?.topic, message?.qos, message?.retain, message?.tenantId], [TOPIC, 1, false, 'default']);
    assert.deepEqual(JSON.parse(message?.payload ?? ''), { id, command: 'set_speed', params: { rpm: 1200 }, timestamp: created_at });
    assert.deepEqual(await shown(id), command);
    const [line] = await fixture.sql(
      `select actor, outcome, details from audit_log where action = 'command.send' order by audit_id desc limit 1`,
    );
    assert.deepEqual([line?.['actor'], line?.['outcome']], ['admin', 'ok']);
    const details = line?.['details'] as Record<string, unknown>;
    assert.deepEqual([details['command_id'], details['command'], details['params']], [id, 'set_speed', { rpm: 1200 }]);
  });

  it('end with what the device answers; the first answer counts, also when it comes twice', async () => {
    const done = await send();
    await say({ id: done.id, status: 'completed', result: { rpm: 1199 }, took_ms: 5 });
    await say({ id: done.id, status: 'failed', result: 'no' });
    const completed = await shown(done.id);
    assert.deepEqual(
      [completed.status, completed.answer, completed.result, completed.late],
      ['completed', 'completed', { rpm: 1199 }, false],
    );
    assert.match(completed.answered_at ?? '', /^\d{4}-/);
    const other = await send();
    await say({ id: other.id, status: 'failed' });
    assert.deepEqual([(await shown(other.id)).status, (await shown(other.id)).result], ['failed', null]);
  });

  it('answer at once when the caller waits and the device answers', async () => {
    fixture.link.onMessage = ({ payload }) => {
      const { id } = JSON.parse(payload) as { id: string };
      void say({ id, status: 'completed', result: 42 });
    };
    const command = await send({ command: 'start' }, '?wait_seconds=30');
    assert.deepEqual([command.status, command.result], ['completed', 42]);
  });

  it('answer what is known when the device does not answer in the seconds the caller waits', async () => {
    assert.equal((await send({ command: 'start' }, '?wait_seconds=1')).status, 'sent');
    assert.equal(
      (await send({ command: 'start', timeout_seconds: 1 }, '?wait_seconds=30')).status,
      'timed_out',
      'no longer than its time-out',
    );
  });

  it('time out, are taken back from the queues, and keep a late answer as late', async () => {
    fixture.link.audience = 'queued';
    const command = await send({ command: 'start', timeout_seconds: 60 });
    assert.match(command.reason ?? '', /not connected/);
    fixture.clock.offsetMs = 59_000;
    await fixture.commands.sweep();
    assert.equal((await shown(command.id)).status, 'sent');
    fixture.clock.offsetMs = 61_000;
    await fixture.commands.sweep();
    assert.equal((await shown(command.id)).status, 'timed_out');
    assert.deepEqual(
      fixture.link.withdrawn.map(({ payload }) => (JSON.parse(payload) as { id: string }).id),
      [command.id],
    );
    await say({ id: command.id, status: 'completed', result: 'at last' });
    const late = await shown(command.id);
    assert.deepEqual([late.status, late.answer, late.result, late.late], ['timed_out', 'completed', 'at last', true]);
  });

  it('are timed out by an answer that is late, before the timer looks', async () => {
    const command = await send({ command: 'start', timeout_seconds: 60 });
    fixture.clock.offsetMs = 61_000;
    await say({ id: command.id, status: 'completed' });
    const late = await shown(command.id);
    assert.deepEqual([late.status, late.answer, late.late], ['timed_out', 'completed', true]);
  });

  it('say when nobody was there to get them, and when the broker would not take them', async () => {
    fixture.link.audience = 'none';
    const command = await send();
    assert.equal(command.status, 'not_delivered');
    assert.match(command.reason ?? '', /subscribed/);
    assert.equal(fixture.link.published.length, 0);
    fixture.link.audience = 'connected';
    fixture.link.fails = new Error('the MQTT broker is not running');
    const refused = await send({ command: 'start' }, '?wait_seconds=30');
    assert.deepEqual([refused.status, refused.reason], ['not_delivered', 'the MQTT broker is not running']);
  });

  it('are not answered by another device, and answers to nothing are kept with the reason', async () => {
    const command = await send();
    await assert.rejects(say({ id: command.id, status: 'completed' }, 'pump-02'), { code: 'FORBIDDEN', message: /not sent to "pump-02"/ });
    assert.equal((await shown(command.id)).status, 'sent');
    await say({ id: NOBODY, status: 'completed' });
    const [unknown] = await rejected('unknown_command');
    assert.deepEqual([unknown?.['device_id'], unknown?.['source'], unknown?.['field']], ['pump-01', 'mqtt', 'id']);
    assert.match(String(unknown?.['message']), new RegExp(NOBODY));
  });

  it('do not take what is no answer', async () => {
    const { id } = await send();
    const cases: [unknown, string, string | null][] = [
      ['nonsense', 'malformed_json', null],
      ['', 'malformed_json', null],
      ['null', 'invalid_response', null],
      [[], 'invalid_response', null],
      [{ status: 'completed' }, 'invalid_response', 'id'],
      [{ id: 'x', status: 'completed' }, 'invalid_response', 'id'],
      [{ id, status: 'running' }, 'invalid_response', 'status'],
      [`{"id":"${id}","status":"completed","result":${'['.repeat(50_000)}${']'.repeat(50_000)}}`, 'too_deep', null],
      [{ id, status: 'completed', result: 'x'.repeat(65_000) + 'ü'.repeat(1_000) }, 'too_large', 'result'],
      [`{"id":"${id}","status":"completed","result":"nul \\u0000"}`, 'database_refused', 'result'],
      [`{"id":"${id}","status":"completed","result":"half \\ud800"}`, 'database_refused', 'result'],
    ];
    for (const [payload, reason, field] of cases) {
      const before = (await rejected(reason)).length;
      await say(payload);
      const rows = await rejected(reason);
      assert.equal(rows.length, before + 1, `${reason}: ${JSON.stringify(payload).slice(0, 80)}`);
      assert.equal(rows.at(-1)?.['field'], field);
    }
    assert.equal((await shown(id)).status, 'sent');
    await say(`{"id":"${id}","status":"completed","result":{"__proto__":{"polluted":true}}}`);
    assert.equal((await shown(id)).status, 'completed');
    assert.equal(Reflect.get({}, 'polluted'), undefined);
    const list = await admin.get('/telemetry/rejected?reason=invalid_response');
    assert.ok(list.body.items.length >= 5, 'people can look at them');
  });

  it('let operators send what an engineer allowed for the device, and tell them who can allow more', async () => {
    assert.equal((await operator.post('/devices/pump-01/commands', { command: 'start' })).status, 202);
    const refused = await operator.post('/devices/pump-01/commands', { command: 'self_destruct' });
    assert.equal(refused.status, 403);
    assert.equal(refused.body.code, 'FORBIDDEN');
    assert.equal(refused.body.permission, 'commands:write');
    assert.match(refused.body.detail, /"self_destruct" is not among those allowed for "pump-01".*engineer/);
    const [line] = await fixture.sql(
      `select actor, target, details from audit_log where action = 'command.send' and outcome = 'refused' order by audit_id desc limit 1`,
    );
    assert.deepEqual([line?.['actor'], line?.['target']], ['op', 'pump-01']);
    assert.equal((line?.['details'] as { command: string }).command, 'self_destruct');
    const count = await fixture.sql(`select 1 from device_commands where command = 'self_destruct'`);
    assert.equal(count.length, 0);
    assert.equal((await admin.send('PATCH', '/devices/pump-01', { allowed_commands: ['start', 'stop', 'self_destruct'] })).status, 200);
    assert.equal((await operator.post('/devices/pump-01/commands', { command: 'self_destruct' })).status, 202);
  });

  it('are allowed by holders of commands:write alone', async () => {
    const permissions = ['devices:read', 'devices:write', 'commands:send'];
    const { key } = (await admin.post('/api-keys', { name: 'mes', kind: 'program', permissions })).body;
    const mes = Client.withKey(fixture, key);
    for (const [method, path] of [
      ['POST', '/devices'],
      ['PATCH', '/devices/pump-02'],
      ['PUT', '/devices/pump-02'],
    ] as const) {
      const refused = await mes.send(method, path, { allowed_commands: ['anything'] });
      assert.equal(refused.status, 403, `${method} ${path}`);
      assert.equal(refused.body.permission, 'commands:write');
    }
    assert.equal((await mes.send('PUT', '/devices/pump-02', { name: 'Pump 2' })).status, 200);
    const kept = (await admin.get('/devices/pump-02')).body as unknown as { name: string; allowed_commands: string[] };
    assert.deepEqual([kept.name, kept.allowed_commands], ['Pump 2', ['start', 'stop']], 'a PUT without the right leaves them');
    await admin.send('PUT', '/devices/pump-02', { name: 'Pump 2' });
    assert.deepEqual(((await admin.get('/devices/pump-02')).body as unknown as { allowed_commands: string[] }).allowed_commands, []);
  });

  it('are read by the device itself, and by no other device', async () => {
    assert.deepEqual([...DEVICE_PERMISSIONS].sort(), ['commands:read', 'config:read', 'telemetry:write']);
    const { id } = await send();
    const keyOf = async (device: string) => (await admin.post(`/devices/${device}/credentials`, {})).body.key;
    const own = Client.withKey(fixture, await keyOf('pump-01'));
    const other = Client.withKey(fixture, await keyOf('pump-02'));
    assert.equal((await own.get(`/devices/pump-01/commands/${id}`)).body.id, id);
    assert.equal((await own.get('/devices/pump-01/commands')).status, 200);
    assert.equal((await other.get(`/devices/pump-01/commands/${id}`)).status, 404);
    assert.equal((await other.get('/devices/pump-01/commands')).status, 404);
    assert.equal((await own.post('/devices/pump-01/commands', { command: 'start' })).status, 403);
    assert.equal((await other.get(`/devices/pump-02/commands/${id}`)).status, 404, 'the command of another device');
  });

  it('are listed newest first, page by page, by status', async () => {
    await admin.post('/devices', { device_id: 'listed' });
    const ids: string[] = [];
    for (let n = 0; n < 7; n += 1) ids.unshift(of(await admin.post('/devices/listed/commands', { command: `c${String(n)}` })).id);
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await admin.get(`/devices/listed/commands?limit=3${cursor === null ? '' : `&cursor=${cursor}`}`);
      seen.push(...page.body.items.map((item) => item.id));
      assert.ok(page.body.items.every((item) => !('created_us' in item)));
      cursor = page.body.next_cursor;
    } while (cursor !== null);
    assert.deepEqual(seen, ids);
    await say({ id: ids[2] ?? '', status: 'completed' }, 'listed');
    const completed = await admin.get('/devices/listed/commands?status=completed');
    assert.deepEqual(
      completed.body.items.map((item) => item.id),
      [ids[2]],
    );
    assert.equal((await admin.get('/devices/listed/commands?status=asleep')).status, 400);
    assert.equal((await admin.get('/devices/nobody/commands')).status, 404);
  });

  it('refuse what is none, by the field', async () => {
    const cases: [unknown, string, RegExp][] = [
      [{}, 'command', /missing/],
      [{ command: '' }, 'command', /1-100/],
      [{ command: 'a b' }, 'command', /1-100/],
      [{ command: 'start', params: [] }, 'params', /a list/],
      [{ command: 'start', params: { text: 'x'.repeat(66_000) } }, 'params', /64 KB/],
      [{ command: 'start', params: { text: 'nul \u0000' } }, 'params.text', /NUL/],
      [{ command: 'start', timeout_seconds: 0 }, 'timeout_seconds', /at least 1/],
      [{ command: 'start', timeout_seconds: 3_601 }, 'timeout_seconds', /at most 3600/],
      [{ command: 'start', retain: true }, 'retain', /not known/],
    ];
    for (const [body, field, message] of cases) {
      const answer = await admin.post('/devices/pump-01/commands', body);
      assert.equal(answer.status, 400, JSON.stringify(body).slice(0, 80));
      assert.equal(answer.body.errors[0]?.field, field);
      assert.match(answer.body.errors[0]?.message ?? '', message);
    }
    assert.equal((await admin.post('/devices/pump-01/commands?wait_seconds=31', { command: 'start' })).status, 400);
    assert.equal((await admin.post('/devices/nobody/commands', { command: 'start' })).status, 404);
    assert.equal((await admin.get(`/devices/pump-01/commands/${NOBODY}`)).status, 404);
    assert.equal(fixture.link.published.length, 0);
  });

  it('of another tenant are like those that do not exist', async () => {
    await fixture.sql(`insert into tenants (tenant_id, name) values ('acme', 'Acme')`);
    await fixture.addUser('foreign', 'admin', { tenantId: 'acme' });
    const foreign = await Client.login(fixture, 'foreign');
    const { id } = await send();
    assert.equal((await foreign.post('/devices/pump-01/commands', { command: 'start' })).status, 404);
    assert.equal((await foreign.get('/devices/pump-01/commands')).status, 404);
    assert.equal((await foreign.get(`/devices/pump-01/commands/${id}`)).status, 404);
    const before = (await fixture.sql(`select 1 from rejected_messages where tenant_id = 'acme'`)).length;
    await fixture.commands.answered({
      ...{ tenantId: 'acme', deviceId: 'pump-01', receivedAtMs: fixture.clock.nowMs() },
      payload: Buffer.from(JSON.stringify({ id, status: 'completed' })),
    });
    assert.equal((await fixture.sql(`select 1 from rejected_messages where tenant_id = 'acme'`)).length, before + 1);
    assert.equal((await shown(id)).status, 'sent');
  });

  it('are forgotten after 90 days', async () => {
    const { id } = await send();
    await fixture.sql(`update device_commands set created_at = created_at - interval '91 days' where command_id = $1`, [id]);
    fixture.clock.offsetMs = 2 * 3_600_000;
    await fixture.commands.sweep();
    fixture.clock.offsetMs = 0;
    await eventually(async () => (await admin.get(`/devices/pump-01/commands/${id}`)).status === 404, 'the old command to be forgotten');
  });
});
