import assert from 'node:assert/strict';
import { once } from 'node:events';
import WebSocket, { WebSocketServer } from 'ws';
import { io } from 'socket.io-client';
import { RealtimeServer } from '../../src/realtime/server.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { call, Client, PASSWORD, startApi } from './support.ts';
import type { ApiFixture, Answer } from './support.ts';

const NEW_PASSWORD = 'four words not together';

describe('rights over users', () => {
  let fixture: ApiFixture;
  let admin: Client;
  let count = 0;

  before(async () => {
    fixture = await startApi();
    admin = await Client.login(fixture, 'admin');
  });
  after(() => fixture.stop());

  const fresh = (stem: string) => `${stem}-${String((count += 1))}`;
  const login = (username: string, password = PASSWORD) =>
    call(fixture.url, 'POST', '/api/v1/auth/login', { body: { username, password } });

  async function made(stem: string, roles: string[], more: Record<string, unknown> = {}): Promise<Answer['body']> {
    const answer = await admin.post('/users', { username: fresh(stem), roles, password: PASSWORD, must_change_password: false, ...more });
    assert.equal(answer.status, 201, answer.text);
    return answer.body;
  }

  it('take live connections and editor sockets with them', async () => {
    const realtime = new RealtimeServer({
      events: fixture.events,
      clock: fixture.clock,
      logger: silentLogger,
      authenticator: {
        byToken: async (token) => {
          const session = await fixture.sessions.sessionOfToken(token);
          return session === undefined ? undefined : { principal: session.principal, expiresAtMs: session.expiresAtMs };
        },
        byApiKey: () => Promise.resolve(undefined),
      },
    });
    realtime.start(fixture.server.realtimeServer);
    const webSockets = new WebSocketServer({ noServer: true });
    fixture.server.setNodeRed({
      admin: (_request, response) => response.end(),
      nodes: (_request, response) => response.end(),
      upgrade: (request, socket, head) => webSockets.handleUpgrade(request, socket, head, () => undefined),
    });
    try {
      for (const deed of ['demote', 'disable', 'password', 'remove'] as const) {
        const user = await made(deed, ['engineer']);
        const client = await Client.login(fixture, user.username);
        const live = io(fixture.url, { auth: { token: client.tokens.access_token }, transports: ['websocket'], reconnection: false });
        const left = new Promise<void>((resolve) => live.once('disconnect', () => resolve()));
        await new Promise<void>((resolve) => live.once('connect', resolve));
        const request = { headers: { cookie: client.cookie } };
        const socket = new WebSocket(`${fixture.url.replace('http', 'ws')}/editor/comms`, request);
        await once(socket, 'open');
        const closed = once(socket, 'close');

        if (deed === 'demote') await admin.post(`/users/${user.id}/roles`, { roles: ['viewer'] });
        if (deed === 'disable') await admin.send('PATCH', `/users/${user.id}`, { disabled: true });
        if (deed === 'password') await admin.post(`/users/${user.id}/password`);
        if (deed === 'remove') await admin.send('DELETE', `/users/${user.id}`);
        await left;
        await closed;
        const page = await call(fixture.url, 'GET', '/editor/', request);
        assert.equal(page.status, deed === 'demote' ? 403 : 302, deed);
      }
    } finally {
      await realtime.stop();
      webSockets.close();
    }
  });

  it('cannot be given more than the giver has, nor be touched by somebody weaker', async () => {
    const desk = await admin.post('/roles', { name: 'Help desk', permissions: ['users:read', 'users:write', 'devices:read'] });
    assert.equal(desk.status, 201, desk.text);
    const helper = await made('helper', ['Help desk']);
    const strong = await made('strong', ['engineer']);
    const weak = await made('weak', ['Help desk']);
    const client = await Client.login(fixture, helper.username);
    const refused = async (answer: Promise<Answer>) => assert.equal((await answer).status, 403);
    await refused(client.post('/users', { username: fresh('x'), roles: ['admin'] }));
    await refused(client.post('/users', { username: fresh('x'), roles: ['help desk', 'viewer'] }));
    await refused(client.post(`/users/${helper.id}/roles`, { roles: ['admin'] }));
    await refused(client.post(`/users/${weak.id}/roles`, { roles: ['operator'] }));
    await refused(client.post(`/users/${strong.id}/password`));
    await refused(client.send('PATCH', `/users/${strong.id}`, { email: 'helper@example.com' }));
    await refused(client.send('PATCH', `/users/${strong.id}`, { disabled: true }));
    await refused(client.send('PUT', `/users/${strong.id}`, { username: 'x', roles: ['Help desk'] }));
    await refused(client.send('DELETE', `/users/${strong.id}`));
    assert.equal((await client.post(`/users/${weak.id}/password`)).status, 200);
    assert.equal((await client.post('/users', { username: fresh('ok'), roles: ['help desk'] })).status, 201);
    const rows = await fixture.sql(`select action from audit_log where outcome = 'refused' and actor = $1 order by audit_id`, [
      helper.username,
    ]);
    assert.deepEqual(
      rows.map((row) => row['action']),
      [
        'user.create',
        'user.create',
        'user.change',
        'user.change',
        'password.reset',
        'user.change',
        'user.change',
        'user.change',
        'user.remove',
      ],
    );
  });

  it('cannot remove or disable themselves, nor reset their own password past the old one', async () => {
    const second = await made('second', ['admin']);
    const client = await Client.login(fixture, second.username);
    assert.equal((await client.send('DELETE', `/users/${second.id}`)).status, 409);
    assert.equal((await client.send('PATCH', `/users/${second.id}`, { disabled: true })).status, 409);
    assert.equal((await client.post(`/users/${second.id}/password`)).status, 409);
    assert.equal((await client.send('PATCH', `/users/${second.id}`, { display_name: 'Me' })).status, 200);
    assert.equal((await client.post(`/users/${second.id}/roles`, { roles: ['engineer'] })).status, 200, 'but step down');
  });

  it('keep one administrator, also when several remove each other at once', async () => {
    const { body: me } = await admin.get('/auth/me');
    assert.equal((await admin.post(`/users/${me.id}/roles`, { roles: ['engineer'] })).status, 409);
    assert.equal((await admin.send('PUT', `/users/${me.id}`, { username: 'admin', roles: ['viewer'] })).status, 409);
    const off = await made('off', ['admin']);
    await admin.send('PATCH', `/users/${off.id}`, { disabled: true });
    assert.equal((await admin.post(`/users/${me.id}/roles`, { roles: ['engineer'] })).status, 409, 'a disabled one does not count');

    for (const deed of ['roles', 'disable', 'remove'] as const) {
      const rivals = await Promise.all([made('rival', ['admin']), made('rival', ['admin']), made('rival', ['admin'])]);
      await fixture.sql(`update users set disabled_at = now() where username = 'admin'`);
      const clients = await Promise.all(rivals.map(({ username }) => Client.login(fixture, username)));
      const answers = await Promise.all(
        clients.map((client, i) => {
          const victim = rivals[(i + 1) % 3]?.id ?? '';
          if (deed === 'roles') return client.post(`/users/${victim}/roles`, { roles: ['viewer'] });
          if (deed === 'disable') return client.send('PATCH', `/users/${victim}`, { disabled: true });
          return client.send('DELETE', `/users/${victim}`);
        }),
      );
      const left = await fixture.sql(`select 1 from users where tenant_id = 'default' and 'admin' = any(roles) and disabled_at is null`);
      assert.ok(left.length >= 1, `${deed}: ${answers.map(({ status }) => String(status)).join(', ')}`);
      await fixture.sql(`update users set disabled_at = null where username = 'admin'`);
      await fixture.sql(`delete from users where username like 'rival-%'`);
    }
  });

  it('keep a login that was begun with the old password from outliving a reset', async () => {
    const user = await made('race', ['viewer']);
    for (let round = 0; round < 5; round += 1) {
      const current = round === 0 ? PASSWORD : `${NEW_PASSWORD} ${String(round - 1)}`;
      const entered = await login(user.username, current);
      const [refreshed, , other] = await Promise.all([
        call(fixture.url, 'POST', '/api/v1/auth/refresh', { body: { refresh_token: entered.body.refresh_token } }),
        admin.post(`/users/${user.id}/password`, { password: `${NEW_PASSWORD} ${String(round)}` }),
        login(user.username, current),
      ]);
      for (const answer of [refreshed, other]) {
        if (answer.status !== 200) continue;
        const again = await call(fixture.url, 'POST', '/api/v1/auth/refresh', { body: { refresh_token: answer.body.refresh_token } });
        assert.equal(again.status, 401, 'what the race let through has ended');
        const late = new Client(fixture.url, { authorization: `Bearer ${answer.body.access_token}` });
        assert.equal((await late.get('/auth/me')).status, 401);
      }
    }
  });
});
