import assert from 'node:assert/strict';
import { io } from 'socket.io-client';
import { RevocationWatch } from '../../src/auth/revocation-watch.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { RealtimeServer } from '../../src/realtime/server.ts';
import { Client, eventually, startApi } from './support.ts';
import type { ApiFixture } from './support.ts';

describe('what was ended in the database behind the platform', () => {
  let fixture: ApiFixture;
  let watch: RevocationWatch;
  let realtime: RealtimeServer;

  before(async () => {
    fixture = await startApi();
    const { clock, sessions, events, database } = fixture;
    watch = new RevocationWatch({ database: database.db, sessions, clock, logger: silentLogger });
    watch.start();
    const authenticator = {
      byToken: async (token: string) => {
        const session = await sessions.sessionOfToken(token);
        return session && { principal: session.principal, expiresAtMs: session.expiresAtMs };
      },
      byApiKey: () => Promise.resolve(undefined),
    };
    realtime = new RealtimeServer({ events, authenticator, clock, logger: silentLogger });
    realtime.start(fixture.server.realtimeServer);
  });
  after(async () => {
    watch.stop();
    await realtime.stop();
    await fixture.stop();
  });

  async function live({ tokens }: Awaited<ReturnType<typeof Client.login>>) {
    const auth = { token: tokens.access_token };
    const socket = io(fixture.url, { auth, transports: ['websocket'], reconnection: false, forceNew: true });
    await eventually(() => Promise.resolve(socket.connected), 'the connection');
    return socket;
  }

  it('ends the connections and tokens of somebody whose account was disabled there, at whatever time, and nobody else', async () => {
    await fixture.addUser('gone', 'operator');
    await fixture.addUser('stays', 'operator');
    const [gone, stays] = [await Client.login(fixture, 'gone'), await Client.login(fixture, 'stays')];
    const [ending, staying] = [await live(gone), await live(stays)];
    try {
      await fixture.sql(`update users set disabled_at = '2020-01-01' where username = 'gone'`);
      await watch.look();
      await eventually(() => Promise.resolve(!ending.connected), 'the connection to end');
      assert.equal((await gone.get('/auth/me')).status, 401);
      assert.equal(staying.connected, true);
      assert.equal((await stays.get('/auth/me')).status, 200);
      let ended = 0;
      const off = fixture.events.on('user.sessions_ended', () => (ended += 1));
      await watch.look();
      off();
      assert.equal(ended, 0, 'once is enough');
    } finally {
      ending.close();
      staying.close();
    }
  });
});
