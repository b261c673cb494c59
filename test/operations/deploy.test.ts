import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { VARIABLES } from '../../src/config/config.ts';
import { needsProgram } from '../support/system-programs.ts';

const ROOT = path.join(import.meta.dirname, '..', '..');
const UNITS = path.join(ROOT, 'deploy', 'systemd');
const INSTALLED = '/opt/insa-iiot';

/** The value of a setting of a unit; the last one counts. */
function setting(unit: string, name: string): string | undefined {
  const lines = readFileSync(path.join(UNITS, unit), 'utf8').split('\n');
  return lines.findLast((line) => line.startsWith(`${name}=`))?.slice(name.length + 1);
}

describe('the systemd units', () => {
  const analyze = needsProgram('systemd-analyze');
  const folder = mkdtempSync(path.join(os.tmpdir(), 'insa-units-'));
  after(() => rmSync(folder, { recursive: true }));

  it('are taken by systemd without a word', () => {
    // The program of this checkout in the place of the installed one: systemd looks whether it is there.
    mkdirSync(path.join(folder, 'node_modules', '.bin'), { recursive: true });
    writeFileSync(path.join(folder, 'node_modules', '.bin', 'node'), '#!/bin/sh\n', { mode: 0o755 });
    const files = readdirSync(UNITS).map((name) => {
      const file = path.join(folder, name);
      writeFileSync(file, readFileSync(path.join(UNITS, name), 'utf8').replaceAll(INSTALLED, folder));
      return file;
    });
    assert.deepEqual(files.map((file) => path.basename(file)).sort(), [
      'insa-iiot-backup.service',
      'insa-iiot-backup.timer',
      'insa-iiot.service',
    ]);
    const { status, stderr } = spawnSync(analyze, ['verify', '--man=no', ...files], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    assert.equal(stderr, '');
  });

  it('wait longer for the end than the platform takes, and leave the end of the database to it', () => {
    const takes = Number(
      /STOP_WITHIN_MS = ([\d_]+)/.exec(readFileSync(path.join(ROOT, 'src', 'main.ts'), 'utf8'))?.[1]?.replaceAll('_', ''),
    );
    assert.ok(Number(setting('insa-iiot.service', 'TimeoutStopSec')) * 1_000 > takes * 2);
    assert.equal(setting('insa-iiot.service', 'KillMode'), 'mixed');
  });

  it('start what the build makes, as a user that is not root', () => {
    for (const unit of ['insa-iiot.service', 'insa-iiot-backup.service']) assert.equal(setting(unit, 'User'), 'insa');
    assert.equal(setting('insa-iiot.service', 'ExecStart'), `${INSTALLED}/node_modules/.bin/node dist/src/main.js`);
    assert.ok(existsSync(path.join(ROOT, 'src', 'main.ts')));
  });

  it('name a new folder for every backup', () => {
    const command = /^\/bin\/sh -c '(.*)'$/.exec(setting('insa-iiot-backup.service', 'ExecStart') ?? '')?.[1] ?? '';
    // As systemd reads it: %% is %, $$ is $. Then with a program that only says what it was given.
    const shell = command.replaceAll('%%', '%').replaceAll('$$', '$').replace('exec node_modules/.bin/node', 'printf "%s\\n"');
    const { stdout, stderr } = spawnSync('/bin/sh', ['-c', shell], { encoding: 'utf8' });
    assert.match(
      stdout,
      /^scripts\/backup\.ts\n--settings\n\/etc\/insa-iiot\/insa-iiot\.env\n\/var\/backups\/insa-iiot\/\d{4}-\d\d-\d\dT\d{6}Z\n$/,
      stderr,
    );
    assert.ok(existsSync(path.join(ROOT, 'scripts', 'backup.ts')));
  });
});

interface Instruction {
  name: string;
  text: string;
}

/** The instructions of a Containerfile, continued lines joined. */
function instructionsOf(file: string): Instruction[] {
  const lines = readFileSync(file, 'utf8')
    .replaceAll(/\\\n/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'));
  return lines.map((line) => {
    const [, name = '', text = ''] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
    return { name, text };
  });
}

/** One that nobody trusts, for a name that is not the address. */
function certificate(openssl: string): { cert: Buffer; key: Buffer } {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'insa-health-'));
  const [cert, key] = [path.join(folder, 'cert.pem'), path.join(folder, 'key.pem')];
  const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  execFileSync(openssl, [...request, '-subj', '/CN=iiot.example.com', '-keyout', key, '-out', cert], { stdio: 'ignore' });
  try {
    return { cert: readFileSync(cert), key: readFileSync(key) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('the container file', () => {
  const openssl = needsProgram('openssl');
  const instructions = instructionsOf(path.join(ROOT, 'deploy', 'container', 'Containerfile'));
  const last = instructions.findLastIndex(({ name }) => name === 'FROM');
  const image = instructions.slice(last);
  const all = (name: string, of = image) => of.filter((instruction) => instruction.name === name).map(({ text }) => text);

  it('has instructions that builders know, and names its base', () => {
    const known = ['FROM', 'WORKDIR', 'COPY', 'RUN', 'ENV', 'USER', 'VOLUME', 'EXPOSE', 'HEALTHCHECK', 'STOPSIGNAL', 'CMD'];
    for (const { name, text } of instructions) assert.ok(known.includes(name), `${name} ${text}`);
    for (const base of all('FROM', instructions)) assert.match(base, /^docker\.io\/library\/node:24-bookworm-slim( AS build)?$/);
  });

  it('runs as a user of its own, who may change the data alone', () => {
    assert.deepEqual(all('USER'), ['insa']);
    const user = image.findIndex(({ name }) => name === 'USER');
    assert.ok(all('RUN').some((text) => text.includes('"useradd"') && text.includes('"10001"')));
    assert.ok(
      image.slice(user).every(({ name }) => name !== 'RUN' && name !== 'COPY'),
      'nothing of the program belongs to that user',
    );
    assert.deepEqual(JSON.parse(all('VOLUME')[0] ?? ''), ['/data']);
  });

  it('starts the program itself, not a shell that would keep its signals', () => {
    const [command] = all('CMD');
    assert.deepEqual(JSON.parse(command ?? ''), [`${INSTALLED}/node_modules/.bin/node`, 'dist/src/main.js']);
    assert.deepEqual(all('STOPSIGNAL'), ['SIGTERM']);
    for (const run of all('RUN', instructions)) assert.ok(Array.isArray(JSON.parse(run)), run);
  });

  it('takes only what exists and is named: no settings, data or secrets, nothing from the network', () => {
    const copied = all('COPY', instructions).filter((text) => !text.startsWith('--from='));
    const sources = copied.flatMap((text) => text.split(/\s+/).slice(0, -1));
    assert.ok(sources.length > 10);
    for (const source of sources) {
      assert.ok(existsSync(path.join(ROOT, source)), source);
      assert.doesNotMatch(source, /^(\.|data|\.env.*|https?:.*)$/);
    }
    const ignored = readFileSync(path.join(ROOT, 'deploy', 'container', 'Containerfile.dockerignore'), 'utf8').split('\n');
    assert.deepEqual(
      ignored.filter((line) => line !== '' && !line.startsWith('#')).sort(),
      ['*', ...sources.map((name) => `!${name}`)].sort(),
    );
    for (const text of all('ENV', instructions))
      for (const pair of text.split(' ')) assert.ok(['NODE_ENV', 'DATA_DIR'].includes(pair.split('=')[0] ?? ''), pair);
  });

  it('asks for health at the address that the platform has, over HTTPS where it has a certificate', async () => {
    const [health = ''] = all('HEALTHCHECK');
    const command = JSON.parse(/CMD (\[.*\])$/.exec(health)?.[1] ?? '') as string[];
    const known: readonly string[] = VARIABLES;
    for (const name of ['HTTP_PORT', 'TLS_CERT_FILE']) assert.ok(known.includes(name));
    assert.match(command.at(-1) ?? '', /port \|\| 1880/);
    const exitCode = (env: Record<string, string>) =>
      new Promise<number | null>((resolve) => spawn(process.execPath, command.slice(1), { env, stdio: 'inherit' }).once('exit', resolve));
    const { cert, key } = certificate(openssl);
    let [status, asked] = [200, ''];
    const answer: http.RequestListener = (request, response) => {
      asked = request.url ?? '';
      response.writeHead(status).end();
    };
    for (const [server, env] of [
      [http.createServer(answer), { TLS_CERT_FILE: '' }],
      [https.createServer({ cert, key }, answer), { TLS_CERT_FILE: '/some/file.pem' }],
    ] as const) {
      await once(server.listen(0, '127.0.0.1'), 'listening');
      const HTTP_PORT = String((server.address() as AddressInfo).port);
      status = 200;
      assert.equal(await exitCode({ HTTP_PORT, ...env }), 0);
      assert.equal(asked, '/health');
      status = 503;
      assert.equal(await exitCode({ HTTP_PORT, ...env }), 1);
      await once(server.close(), 'close');
      assert.equal(await exitCode({ HTTP_PORT, ...env }), 1, 'nobody is there');
    }
  });

  it('is published by the compose file to this machine alone', () => {
    const compose = readFileSync(path.join(ROOT, 'deploy', 'container', 'compose.yaml'), 'utf8');
    const ports = [...compose.matchAll(/- '([\d.:]+)'/g)].map(([, port]) => port);
    assert.deepEqual(ports, ['127.0.0.1:1880:1880', '127.0.0.1:1883:1883']);
    assert.match(compose, /read_only: true[\s\S]*cap_drop: \[ALL\][\s\S]*no-new-privileges:true/);
    assert.doesNotMatch(compose, /PASSWORD|SECRET/);
  });
});
