import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { io } from 'socket.io-client';
import { createTestDatabase } from '../support/postgres.ts';
import { ApiClient, eventually, startPlatform } from '../support/platform.ts';
import type { RunningPlatform } from '../support/platform.ts';

const SCRIPT = path.join(import.meta.dirname, '..', '..', 'scripts', 'reset-admin.ts');

/** `npm run reset-admin` as a process of its own; answers its exit code and everything it said. */
function run(env: Record<string, string>, args: string[] = []): Promise<{ code: number | null; output: string; password: string }> {
  const child = spawn(process.execPath, [SCRIPT, ...args], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: os.tmpdir(),
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return new Promise((resolve) => {
    child.once('close', (code) => resolve({ code, output, password: /Password +(\S+)/.exec(output)?.[1] ?? '' }));
  });
}

/** `npm run reset-admin` on the whole program. */
describe('letting an administrator in again', () => {
  let platform: RunningPlatform;

  before(async () => (platform = await startPlatform()));
  after(() => platform.dispose());

  const login = (username: string, password: string) => new ApiClient(platform).call('POST', '/auth/login', { username, password });
  const dataDir = () => ({ DATA_DIR: platform.dataDir });

  async function chosen(username: string, password: string): Promise<ApiClient> {
    const entered = await login(username, password);
    assert.equal(entered.body['must_change_password'], true);
    const client = ApiClient.withToken(platform, String(entered.body['access_token']));
    const next = `${platform.adminPassword} ${String(performance.now())}`;
    const changed = await client.call('PUT', '/auth/password', { current_password: password, new_password: next });
    assert.equal(changed.status, 200, JSON.stringify(changed.body));
    return ApiClient.withToken(platform, String(changed.body['access_token']));
  }

  it('works beside the running platform, and ends its logins and live connections within seconds', async () => {
    const before = await ApiClient.login(platform);
    assert.equal((await before.call('GET', '/auth/me')).status, 200);
    const live = io(platform.httpUrl, { auth: { token: before.token }, transports: ['websocket'], reconnection: false });
    let isOver = false;
    live.on('disconnect', () => (isOver = true));
    await new Promise<void>((resolve) => live.once('connect', resolve));

    const { code, output, password } = await run(dataDir());
    assert.equal(code, 0, output);
    assert.match(output, /User name +admin/);
    assert.match(password, /^\w{20}$/);
    assert.equal((await login('admin', platform.adminPassword)).status, 401);
    await eventually(() => isOver || undefined, 'the end of the live connection', 12_000);
    assert.equal((await before.call('GET', '/auth/me')).status, 401);

    const admin = await chosen('admin', password);
    const { items } = (await admin.call('GET', '/users')).body as { items: { username: string; last_login_at: string | null }[] };
    assert.deepEqual(
      items.map(({ username }) => username),
      ['admin'],
    );
  });

  it('enables the account that is named, and makes it an administrator', async () => {
    const { password } = await run(dataDir());
    const admin = await chosen('admin', password);
    const made = await admin.call('POST', '/users', { username: 'berta', email: 'berta@example.com', roles: ['viewer'] });
    await admin.call('PATCH', `/users/${String(made.body['id'])}`, { disabled: true });
    const reset = await run(dataDir(), ['--username', 'BERTA@example.com']);
    assert.equal(reset.code, 0, reset.output);
    assert.match(reset.output, /User name +berta/);
    const berta = await chosen('berta', reset.password);
    assert.deepEqual((await berta.call('GET', '/auth/me')).body['roles'], ['admin', 'viewer']);
  });

  it('says whom there is when the name is wrong, missing among several, or nothing is there at all', async () => {
    const wrong = await run(dataDir(), ['--username', 'nobody']);
    assert.equal(wrong.code, 1);
    assert.match(wrong.output, /Nobody logs in as "nobody"\. Administrators are "admin", "berta"\./);
    const several = await run(dataDir());
    assert.equal(several.code, 1);
    assert.match(several.output, /several administrators; name one with --username\. Administrators are "admin", "berta"/);
    const empty = mkdtempSync(path.join(os.tmpdir(), 'insa-reset-'));
    const nothing = await run({ DATA_DIR: empty });
    rmSync(empty, { recursive: true });
    assert.equal(nothing.code, 1);
    assert.match(nothing.output, /There is no installation in/);
    const unknown = await run(dataDir(), ['--user', 'x']);
    assert.equal(unknown.code, 1);
    assert.match(unknown.output, /npm run reset-admin \[-- --username NAME\]/);
  });

  it('works while the platform is stopped, and leaves nothing running', async () => {
    const { dataDir: folder } = platform;
    await platform.stop();
    const { code, output, password } = await run({ DATA_DIR: folder }, ['--username', 'admin']);
    assert.equal(code, 0, output);
    assert.doesNotMatch(output, /within 5 s/);
    platform = await startPlatform({ dataDir: folder });
    const admin = await chosen('admin', password);
    assert.equal((await admin.call('GET', '/users')).status, 200);
  });

  it('works after the platform was killed and its database server stayed', async () => {
    const { dataDir: folder } = platform;
    await platform.kill();
    const { code, output, password } = await run({ DATA_DIR: folder }, ['--username', 'admin']);
    assert.equal(code, 0, output);
    platform = await startPlatform({ dataDir: folder });
    assert.equal((await login('admin', password)).status, 200);
  });

  it('works on an external server, is written down, and keeps the password nowhere', async () => {
    const database = await createTestDatabase();
    try {
      const none = await run({ DATABASE_URL: database.url });
      assert.equal(none.code, 1);
      assert.match(none.output, /There is no administrator/);
      await database.db.system.query(
        `insert into users (user_id, tenant_id, username, password_hash, roles, disabled_at)
         values ('11111111-1111-4111-8111-111111111111', 'default', 'carla', 'x', '{viewer}', now())`,
      );
      const { code, output, password } = await run({ DATABASE_URL: database.url }, ['--username', 'carla']);
      assert.equal(code, 0, output);
      const { rows } = await database.db.system.query<Record<string, unknown>>(
        `select actor, action, target, outcome, details from audit_log where actor = 'reset-admin'`,
      );
      assert.deepEqual(rows, [
        {
          actor: 'reset-admin',
          action: 'password.reset',
          target: 'carla',
          outcome: 'ok',
          details: {
            generated: true,
            before: { roles: ['viewer'], disabled: true },
            after: { roles: ['admin', 'viewer'], disabled: false },
          },
        },
      ]);
      const stored = await database.db.system.query<{ text: string }>(`select (select string_agg(u::text, ' ') from users u) as text`);
      assert.ok(!(stored.rows[0]?.text.includes(password) ?? true));
    } finally {
      await database.drop();
    }
  });
});
