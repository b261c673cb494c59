import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import { ApiClient, eventually, freePorts, startPlatform } from '../support/platform.ts';
import type { RunningPlatform } from '../support/platform.ts';
import { queryOnce } from '../support/postgres.ts';

const SCRIPT = path.join(import.meta.dirname, '..', '..', 'scripts', 'grafana-reader.ts');

/** The way of docs/grafana.md on the whole program with its embedded database. */
describe('Grafana beside an installation with the embedded database', () => {
  let platform: RunningPlatform;
  let port: number;
  let env: Record<string, string>;

  before(async () => {
    [port = 0] = await freePorts(1);
    env = { EMBEDDED_DATABASE_PORT: String(port), PUBLIC_URL: 'https://plant.example.com' };
    platform = await startPlatform({ env });
  });
  after(() => platform.dispose());

  /** The command, as the variables that it prints for Grafana. */
  async function reader(...args: string[]): Promise<Record<string, string>> {
    const child = spawn(process.execPath, [SCRIPT, ...args], {
      env: { PATH: process.env['PATH'], DATA_DIR: platform.dataDir, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: os.tmpdir(),
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const code = await new Promise((resolve) => child.once('close', resolve));
    assert.equal(code, 0, output);
    return Object.fromEntries([...output.matchAll(/^ +(INSA_\w+)=(\S+)$/gm)].map(([, name = '', value = '']) => [name, value]));
  }

  const asGrafana = (access: Record<string, string>, sql: string) => {
    const [host = '', tcpPort = ''] = (access['INSA_DB_URL'] ?? '').split(':');
    const { INSA_DB_USER: user = '', INSA_DB_PASSWORD: password = '', INSA_DB_NAME: database = '' } = access;
    return queryOnce({ host, port: Number(tcpPort), user, password, database }, sql);
  };

  it('reads over the port what the platform stores, with what the command prints', async () => {
    const access = await reader('create');
    assert.equal(access['INSA_DB_URL'], `127.0.0.1:${String(port)}`);
    const api = await ApiClient.login(platform);
    await api.createDevice('pump-01');
    assert.equal((await api.call('POST', '/telemetry', { device_id: 'pump-01', data: { temperature: 21.5 } })).status, 200);
    const rows = await eventually(async () => {
      const found = await asGrafana(access, 'select device_id, key, value from grafana_latest_readings');
      return found.length > 0 ? found : undefined;
    }, 'the reading');
    assert.deepEqual(rows, [{ device_id: 'pump-01', key: 'temperature', value: 21.5 }]);
    assert.deepEqual(await asGrafana(access, 'select platform_url from grafana_platform'), [{ platform_url: 'https://plant.example.com' }]);
    await assert.rejects(asGrafana(access, 'select * from users'), /permission denied for table users/);
  });

  it('gets another password while the platform is stopped, and keeps its rights over the next start', async () => {
    assert.equal(await platform.stop(), 0);
    const access = await reader('rotate');
    platform = await startPlatform({ env, dataDir: platform.dataDir });
    assert.deepEqual(await asGrafana(access, 'select device_id from grafana_devices'), [{ device_id: 'pump-01' }]);
  });
});
