import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { ApiClient, eventually, freePorts, startPlatform } from '../support/platform.ts';
import type { RunningPlatform } from '../support/platform.ts';

const SCRIPT = path.join(import.meta.dirname, '..', '..', 'scripts', 'import.ts');

/** `npm run import` against the whole program. */
describe('importing history', () => {
  let platform: RunningPlatform;
  let api: ApiClient;
  let folder: string;
  let programKey: string;
  let deviceKey: string;
  const base = Math.floor(Date.now() / 60_000) * 60_000 - 30 * 86_400_000;

  before(async () => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'insa-import-'));
    platform = await startPlatform();
    api = await ApiClient.login(platform);
    deviceKey = await api.createDevice('pump-01');
    await api.createDevice('pump-02');
    const issued = await api.call('POST', '/api-keys', { name: 'importer', kind: 'program', permissions: ['telemetry:write'] });
    assert.equal(issued.status, 201, JSON.stringify(issued.body));
    programKey = String(issued.body['key']);
  });

  after(async () => {
    await platform.dispose();
    rmSync(folder, { recursive: true });
  });

  const iso = (minute: number) => new Date(base + minute * 60_000).toISOString();
  const write = (name: string, text: string) => writeFileSync(path.join(folder, name), text);
  const items = async (route: string) => (await api.call('GET', route)).body['items'] as Record<string, unknown>[];

  function start(args: string[], key: string) {
    const child = spawn(process.execPath, [SCRIPT, ...args], {
      env: { PATH: process.env['PATH'], INIT_CWD: folder, INSA_API_KEY: key },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const ended = new Promise<{ code: number | null; output: string }>((resolve) =>
      child.once('close', (code) => resolve({ code, output })),
    );
    return { ended, output: () => output };
  }
  const run = (args: string[], key = programKey) => start(['--url', platform.httpUrl, ...args], key).ended;

  it('stores the long form exactly, raises no alert, and stores nothing twice', async () => {
    const quoted = '"stopped, ""by hand""\nsince noon"';
    write(
      'long.csv',
      `\uFEFFdevice_id,timestamp,key,value,unit,quality\r\n` +
        `pump-01,${iso(0)},temperature,99.5,degC,80\r\npump-01,${iso(0)},running,true,,\r\npump-02,${iso(0)},state,${quoted},,\r\n` +
        `pump-01,${String(base + 60_000)},temperature,98,C,\r\n`,
    );
    const first = await run(['long.csv']);
    assert.equal(first.code, 0, first.output);
    assert.match(first.output, /4 rows: 4 readings stored, 0 stored before, 0 rejected/);
    const stored = (await items('/telemetry/pump-01')).map(({ key, value, unit, quality, timestamp }) => [
      key,
      value,
      unit,
      quality,
      timestamp,
    ]);
    const micros = (minute: number) => iso(minute).replace('Z', '000Z');
    assert.deepEqual(stored.sort(), [
      ['running', true, null, 100, micros(0)],
      ['temperature', 98, '°C', 100, micros(1)],
      ['temperature', 99.5, '°C', 80, micros(0)],
    ]);
    assert.equal((await items('/telemetry/pump-02'))[0]?.['value'], 'stopped, "by hand"\nsince noon');
    const again = await run(['long.csv']);
    assert.equal(again.code, 0, again.output);
    assert.match(again.output, /4 rows: 0 readings stored, 4 stored before, 0 rejected/);
    assert.deepEqual(await items('/alerts'), [], 'over the limit of the default rule, but long ago');
    assert.equal((await api.call('GET', '/devices/pump-01')).body['last_seen_at'], null);
  });

  it('stores many rows of the wide form with the key of the device', async () => {
    const rows = Array.from({ length: 5_000 }, (_, n) => `${iso(100 + n)},${String(n)},${n % 2 === 0 ? '' : 'auto'}\n`);
    write('wide.csv', `timestamp,pressure,mode\n${rows.join('')}`);
    const { code, output } = await run(['wide.csv', '--device', 'pump-01'], deviceKey);
    assert.equal(code, 0, output);
    assert.match(output, /5,000 rows: 7,500 readings stored, 0 stored before, 0 rejected/);
    const range = `start=${iso(100)}&end=${iso(103)}`;
    assert.deepEqual(
      (await items(`/telemetry/pump-01?keys=pressure&${range}`)).map(({ value }) => value),
      [2, 1, 0],
    );
    assert.deepEqual(
      (await items(`/telemetry/pump-01?keys=mode&${range}`)).map(({ value }) => value),
      ['auto'],
    );
  });

  it('ends with 1 and names line, column and reason of what was rejected; the rest is stored', async () => {
    write(
      'bad.csv',
      `timestamp,level,temperature\n${iso(6_000)},1,warm\nyesterday,2,3\n${iso(6_001)},4\n${iso(6_002)},5,6\n1970-01-01T00:00:00Z,7,\n`,
    );
    const { code, output } = await run(['bad.csv', '--device', 'pump-01']);
    assert.equal(code, 1, output);
    assert.match(output, /5 rows: 3 readings stored, 0 stored before, 5 rejected/);
    assert.match(output, /^Rejected:$/m);
    assert.match(output, /line 2, column "temperature": .*series of kind number/);
    assert.match(output, /line 3, column "timestamp": .*"yesterday" is not a time/);
    assert.match(output, /line 4: the row has 2 fields, the header 3/);
    assert.match(output, /line 6, column "timestamp": .*older than what is accepted/);
  });

  it('says what is wrong when it cannot begin or go on', async () => {
    write('broken.csv', `timestamp,level\n${iso(7_000)},1\n${iso(7_001)},"2\n`);
    write('semicolons.csv', 'timestamp;level\n');
    write('latin.csv', 'x');
    writeFileSync(path.join(folder, 'latin.csv'), Buffer.from('timestamp,pr\xe4ssure\n', 'latin1'));
    const cases: [string[], string, RegExp][] = [
      [['broken.csv', '--device', 'pump-01'], programKey, /Line 4, column 2: the quote that opens the field is never closed/],
      [['semicolons.csv', '--device', 'pump-01'], programKey, /not separated by commas/],
      [['latin.csv', '--device', 'pump-01'], programKey, /no UTF-8 text/],
      [['missing.csv', '--device', 'pump-01'], programKey, /missing\.csv cannot be read/],
      [['long.csv'], 'insa_wrong', /answers 401/],
      [['long.csv'], '', /set INSA_API_KEY/],
      [[], programKey, /Name one file/],
      [['long.csv', '--colour'], programKey, /colour/],
    ];
    for (const [args, key, message] of cases) {
      const { code, output } = await run(args, key);
      assert.equal(code, 1, output);
      assert.match(output, message);
    }
    const [port] = await freePorts(1);
    const nobody = await start(['long.csv', '--url', `http://127.0.0.1:${String(port)}`], programKey).ended;
    assert.equal(nobody.code, 1);
    assert.match(nobody.output, /cannot be reached .*Is the platform running/);
  });

  it('waits while the platform says 503, and goes on', async () => {
    let refusals = 1;
    const target = Number(new URL(platform.httpUrl).port);
    const proxy = net.createServer((client) => {
      if (refusals-- > 0) {
        client.once('data', () =>
          client.end('HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'),
        );
        return;
      }
      const upstream = net.connect(target, '127.0.0.1');
      upstream.on('error', () => client.destroy());
      client.on('error', () => upstream.destroy());
      client.pipe(upstream).pipe(client);
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    try {
      write('later.csv', `timestamp,level\n${iso(8_000)},1\n`);
      const url = `http://127.0.0.1:${String((proxy.address() as AddressInfo).port)}`;
      const running = start(['later.csv', '--device', 'pump-02', '--url', url], programKey);
      await eventually(() => (running.output().includes('Trying again in 1 s') ? true : undefined), 'the wait');
      const { code, output } = await running.ended;
      assert.equal(code, 0, output);
      assert.match(output, /1 row: 1 reading stored/);
    } finally {
      proxy.close();
    }
  });
});
