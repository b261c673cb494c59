import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { AppError } from '../core/errors.ts';
import { VARIABLES, loadConfig, removeSecrets } from './config.ts';
import type { Config } from './config.ts';

describe('loadConfig', () => {
  let folder: string;
  before(() => (folder = mkdtempSync(path.join(os.tmpdir(), 'insa-config-'))));
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** Only these variables, no `.env`. */
  function load(env: Record<string, string>, envFile = path.join(folder, 'none')): Config {
    return loadConfig({ env, envFile });
  }

  function faultsOf(env: Record<string, string>): Record<string, string> {
    try {
      load(env);
    } catch (error) {
      assert.ok(error instanceof AppError);
      assert.equal(error.code, 'INVALID_CONFIG');
      for (const { field, message } of error.errors) assert.ok(error.message.includes(message), `${field} is missing in the message`);
      return Object.fromEntries(error.errors.map(({ field, message }) => [field, message]));
    }
    return {};
  }

  function write(name: string, content: string): string {
    const file = path.join(folder, name);
    writeFileSync(file, content);
    return file;
  }

  it('answers the defaults when nothing is set', () => {
    const dataDir = path.resolve('data');
    assert.deepEqual(load({}), {
      host: '0.0.0.0',
      httpPort: 1880,
      trustProxy: [],
      tls: undefined,
      mqtt: { port: 1883, tlsPort: 0, topicRoot: 'insa', registerByCertificate: false },
      telemetry: { maxAgeDays: 366, maxFutureSeconds: 600, retentionDays: undefined },
      dataDir,
      databaseUrl: undefined,
      embeddedDatabasePort: 0,
      redisUrl: undefined,
      cache: {
        ttlMs: {
          ...{ devices: 300_000, telemetry: 60_000, rules: 600_000, alerts: 180_000 },
          ...{ statistics: 120_000, dashboards: 600_000, permissions: 300_000 },
        },
        maxBytes: 67_108_864,
      },
      admin: { username: 'admin', password: undefined },
      jwtSecret: undefined,
      demo: true,
      rateLimits: true,
      editor: { machineNodes: false, projects: false },
      mail: { smtpUrl: undefined, from: undefined, reportTo: [] },
      notifications: { retentionDays: 400 },
      metrics: { token: undefined, allowCidrs: ['127.0.0.0/8', '::1'] },
      webhook: { secret: undefined, allowCidrs: [] },
      scriptActions: false,
      publicUrl: undefined,
      log: { level: 'info', dir: path.join(dataDir, 'logs'), fileMegabytes: 10, files: 5 },
    });
  });

  it('takes every variable', () => {
    const config = load({
      HOST: '127.0.0.1',
      HTTP_PORT: '80',
      TRUST_PROXY: 'loopback, 10.0.0.0/8,::1',
      MQTT_PORT: '0',
      MQTT_TLS_PORT: '0',
      MQTT_TOPIC_ROOT: 'plant/line-1',
      MQTT_CLIENT_CERT_REGISTER: 'TRUE',
      TELEMETRY_MAX_AGE_DAYS: '10',
      TELEMETRY_MAX_FUTURE_SECONDS: '0',
      RETENTION_DAYS: '30',
      DATA_DIR: folder,
      DATABASE_URL: 'postgres://u:p@h/d',
      REDIS_URL: 'rediss://h',
      ADMIN_USERNAME: 'root@example.com',
      ADMIN_PASSWORD: 'twelve chars',
      JWT_SECRET: 'x'.repeat(32),
      DEMO: 'false',
      EDITOR_MACHINE_NODES: 'true',
      EDITOR_PROJECTS: 'true',
      SMTP_URL: 'smtp://localhost:25',
      MAIL_FROM: 'Plant <plant@example.com>',
      MAIL_REPORT_TO: 'a@example.com, b@example.com',
      WEBHOOK_SECRET: 'y'.repeat(16),
      WEBHOOK_ALLOW_CIDRS: '192.168.0.0/16,fd00::/8',
      SCRIPT_ACTIONS: 'true',
      NOTIFICATION_RETENTION_DAYS: '30',
      METRICS_TOKEN: 'z'.repeat(16),
      METRICS_ALLOW_CIDRS: '10.1.2.3, fd00::/8',
      PUBLIC_URL: 'https://iot.example.com/',
      LOG_LEVEL: 'debug',
      LOG_FILE_MB: '1',
      LOG_FILES: '2',
    });
    assert.deepEqual(config.trustProxy, ['loopback', '10.0.0.0/8', '::1']);
    assert.deepEqual(config.mqtt, { port: 0, tlsPort: 0, topicRoot: 'plant/line-1', registerByCertificate: true });
    assert.deepEqual(config.telemetry, { maxAgeDays: 10, maxFutureSeconds: 0, retentionDays: 30 });
    assert.deepEqual(config.mail, {
      smtpUrl: 'smtp://localhost:25',
      from: 'Plant <plant@example.com>',
      reportTo: ['a@example.com', 'b@example.com'],
    });
    assert.deepEqual(config.notifications, { retentionDays: 30 });
    assert.deepEqual(config.metrics, { token: 'z'.repeat(16), allowCidrs: ['10.1.2.3', 'fd00::/8'] });
    assert.equal(config.publicUrl, 'https://iot.example.com');
    assert.equal(config.demo, false);
    assert.equal(config.scriptActions, true);
    assert.deepEqual(config.log, { level: 'debug', dir: path.join(folder, 'logs'), fileMegabytes: 1, files: 2 });
  });

  it('names every bad value at once: the variable, the value, the rule, the next step', () => {
    const faults = faultsOf({
      HOST: 'not a host',
      HTTP_PORT: '70000',
      TRUST_PROXY: 'anybody',
      MQTT_PORT: '-1',
      MQTT_TLS_PORT: '8883.5',
      MQTT_CLIENT_CERT_REGISTER: 'maybe',
      MQTT_TOPIC_ROOT: 'insa/#',
      TELEMETRY_MAX_AGE_DAYS: '0',
      TELEMETRY_MAX_FUTURE_SECONDS: '1e3',
      RETENTION_DAYS: 'a month',
      DATABASE_URL: 'mysql://h/d',
      EMBEDDED_DATABASE_PORT: '-5',
      REDIS_URL: 'localhost',
      ADMIN_USERNAME: 'two words',
      ADMIN_PASSWORD: 'short',
      JWT_SECRET: 'short',
      DEMO: 'no thanks',
      RATE_LIMITS: 'some',
      EDITOR_MACHINE_NODES: '2',
      CACHE_DEVICES_SECONDS: '-1',
      CACHE_TELEMETRY_SECONDS: '1m',
      CACHE_RULES_SECONDS: '86401',
      CACHE_ALERTS_SECONDS: '0.5',
      CACHE_STATISTICS_SECONDS: 'off',
      CACHE_DASHBOARDS_SECONDS: '1e3',
      CACHE_PERMISSIONS_SECONDS: 'never',
      CACHE_MAX_MB: '0',
      EDITOR_PROJECTS: '-',
      SMTP_URL: 'mail.example.com',
      MAIL_FROM: 'nobody',
      MAIL_REPORT_TO: 'a@example.com,,',
      WEBHOOK_SECRET: 'short',
      WEBHOOK_ALLOW_CIDRS: '10.0.0.0/33',
      SCRIPT_ACTIONS: 'on',
      NOTIFICATION_RETENTION_DAYS: '0',
      METRICS_TOKEN: 'with a space in it',
      METRICS_ALLOW_CIDRS: 'localhost',
      PUBLIC_URL: 'ftp://example.com',
      LOG_LEVEL: 'loud',
      LOG_FILE_MB: '0.5',
      LOG_FILES: '0',
      TLS_CERT_FILE: '/does/not/exist',
      TLS_KEY_FILE: '/does/not/exist',
      MQTT_CLIENT_CA_FILE: '/does/not/exist',
    });
    const untested = VARIABLES.filter((name) => !(name in faults));
    assert.deepEqual(untested, ['DATA_DIR', 'LOG_DIR']);
    assert.equal(
      faults['HTTP_PORT'],
      'HTTP_PORT is "70000", but must be a port from 0 to 65535 (0 takes any free one). Correct it in the environment or in .env, or remove it to have the default.',
    );
  });

  it('never shows a secret', () => {
    const faults = faultsOf({
      ADMIN_PASSWORD: 'hunter2',
      JWT_SECRET: 'hunter2',
      DATABASE_URL: 'pg://u:hunter2@h',
      SMTP_URL: 'hunter2',
      HTTP_PORT: 'x',
    });
    assert.equal(Object.keys(faults).length, 5);
    assert.ok(!JSON.stringify(faults).includes('hunter2'));
    assert.match(faults['JWT_SECRET'] ?? '', /a value of 7 characters \(not shown\), but must be at least 32 bytes long/);
  });

  it('takes a blank variable as unset', () => {
    assert.deepEqual(load(Object.fromEntries(VARIABLES.map((name) => [name, '  ']))), load({}));
  });

  it('reads the file, and lets the environment win', () => {
    const file = write('.env', 'HTTP_PORT=1\nMQTT_PORT=2\n# HOST=x\nLOG_LEVEL="warn"\nDEMO=false\n');
    const config = load({ MQTT_PORT: '3', DEMO: '' }, file);
    assert.deepEqual([config.httpPort, config.mqtt.port, config.log.level, config.demo, config.host], [1, 3, 'warn', true, '0.0.0.0']);
  });

  it('reads the real environment unless told otherwise', () => {
    const script = `import { loadConfig } from './config.ts'; console.log(loadConfig({ envFile: '/none' }).httpPort)`;
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
      cwd: import.meta.dirname,
      env: { HTTP_PORT: '4321' },
    });
    assert.equal(output.toString().trim(), '4321');
  });

  it('refuses ports that collide, but not ones that are off', () => {
    assert.deepEqual(Object.keys(faultsOf({ MQTT_PORT: '8883' })), ['MQTT_TLS_PORT']);
    assert.deepEqual(Object.keys(faultsOf({ HTTP_PORT: '1883' })), ['MQTT_PORT']);
    assert.deepEqual(Object.keys(faultsOf({ HTTP_PORT: '5000', MQTT_PORT: '5000', MQTT_TLS_PORT: '5000' })), [
      'MQTT_PORT',
      'MQTT_TLS_PORT',
    ]);
    assert.deepEqual(faultsOf({ HTTP_PORT: '0', MQTT_PORT: '0', MQTT_TLS_PORT: '0' }), {});
  });

  it('wants certificate and key together', () => {
    const file = write('some.pem', 'nothing');
    assert.match(
      faultsOf({ TLS_CERT_FILE: file })['TLS_KEY_FILE'] ?? '',
      /^TLS_KEY_FILE is not set, but must be set too when TLS_CERT_FILE is\./,
    );
    assert.deepEqual(Object.keys(faultsOf({ TLS_KEY_FILE: file })), ['TLS_CERT_FILE']);
    assert.deepEqual(Object.keys(faultsOf({ MQTT_CLIENT_CA_FILE: file })), ['MQTT_CLIENT_CA_FILE']);
    assert.match(faultsOf({ TLS_CERT_FILE: file, TLS_KEY_FILE: file })['TLS_CERT_FILE'] ?? '', /must hold a certificate in PEM form/);
  });

  it('takes a database address that names a socket instead of a host', () => {
    assert.equal(load({ DATABASE_URL: 'postgres://u:p@/d?host=/run/pg' }).databaseUrl, 'postgres://u:p@/d?host=/run/pg');
    assert.deepEqual(Object.keys(faultsOf({ DATABASE_URL: 'postgres://u:p@h:99999/d' })), ['DATABASE_URL']);
  });

  it('refuses more addresses for reports than a notification can name', () => {
    const addresses = (count: number) => Array.from({ length: count }, (_, i) => `person-${String(100 + i)}@example.com`).join(',');
    assert.equal(load({ MAIL_REPORT_TO: addresses(80) }).mail.reportTo.length, 80);
    assert.match(
      faultsOf({ MAIL_REPORT_TO: addresses(90) })['MAIL_REPORT_TO'] ?? '',
      /must have at most 2,000 characters with all its addresses \(it has 2,158\); use a mailing list\. Correct it/,
    );
  });

  it('refuses points older than what is kept', () => {
    assert.equal(load({ RETENTION_DAYS: '30' }).telemetry.maxAgeDays, 30);
    assert.equal(load({ RETENTION_DAYS: '1000' }).telemetry.maxAgeDays, 366);
  });

  it('cannot be changed afterwards', () => {
    const config = load({});
    assert.throws(() => Object.assign(config.mqtt, { port: 1 }), TypeError);
    assert.throws(() => Object.assign(config, { host: 'x' }), TypeError);
  });

  it('takes secrets out of the environment when asked', () => {
    const env: NodeJS.ProcessEnv = { JWT_SECRET: 'x', ADMIN_PASSWORD: 'y', DATABASE_URL: 'z', HTTP_PORT: '1' };
    removeSecrets(env);
    assert.deepEqual(env, { HTTP_PORT: '1' });
  });
});

describe('.env.example', () => {
  const lines = readFileSync(path.join(import.meta.dirname, '..', '..', '.env.example'), 'utf8').split('\n');
  const settings = lines.flatMap((line) => {
    const found = /^#?([A-Z][A-Z_]+)=(.*)$/.exec(line);
    return found === null ? [] : [[found[1] ?? '', found[2] ?? ''] as const];
  });

  it('describes every variable, and none that does not exist', () => {
    assert.deepEqual(settings.map(([name]) => name).sort(), [...VARIABLES].sort());
  });

  it('shows the defaults', () => {
    assert.deepEqual(loadConfig({ env: Object.fromEntries(settings), envFile: '/none' }), loadConfig({ env: {}, envFile: '/none' }));
  });
});
