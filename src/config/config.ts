import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createSecureContext } from 'node:tls';
import { parseEnv } from 'node:util';
import { z } from 'zod';
import { AppError, messageOf } from '../core/errors.ts';
import type { FieldError } from '../core/errors.ts';
import type { CacheRegion } from '../contracts/cache.ts';
import * as text from './variables.ts';

/** 0 switches a region off. */
const cacheLife = text.wholeNumber(0, 86_400);

/** Every variable (REQUIREMENTS, section 10): what its text must be. `.env.example` describes each; a test compares the two. */
const shapes = z.object({
  HOST: text.listenAddress.optional(),
  HTTP_PORT: text.port('takes any free one').optional(),
  TRUST_PROXY: text.proxies.optional(),
  TLS_CERT_FILE: text.readableFile.optional(),
  TLS_KEY_FILE: text.readableFile.optional(),
  MQTT_PORT: text.port('switches it off').optional(),
  MQTT_TLS_PORT: text.port('switches it off').optional(),
  MQTT_CLIENT_CA_FILE: text.readableFile.optional(),
  MQTT_CLIENT_CERT_REGISTER: text.switchValue.optional(),
  MQTT_TOPIC_ROOT: text
    .matching(
      /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}(\/[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}){0,4}$/,
      'letters, digits, . _ - and / between levels, without wildcards',
    )
    .optional(),
  TELEMETRY_MAX_AGE_DAYS: text.wholeNumber(1, 3_660).optional(),
  TELEMETRY_MAX_FUTURE_SECONDS: text.wholeNumber(0, 86_400).optional(),
  RETENTION_DAYS: text.wholeNumber(1, 36_600).optional(),
  DATA_DIR: text.folder.optional(),
  DATABASE_URL: text.urlOf(['postgres', 'postgresql'], 'postgres://insa:password@db.example.com:5432/insa').optional(),
  EMBEDDED_DATABASE_PORT: text.port('keeps it on its private socket').optional(),
  REDIS_URL: text.urlOf(['redis', 'rediss'], 'redis://cache.example.com:6379').optional(),
  CACHE_DEVICES_SECONDS: cacheLife.optional(),
  CACHE_TELEMETRY_SECONDS: cacheLife.optional(),
  CACHE_RULES_SECONDS: cacheLife.optional(),
  CACHE_ALERTS_SECONDS: cacheLife.optional(),
  CACHE_STATISTICS_SECONDS: cacheLife.optional(),
  CACHE_DASHBOARDS_SECONDS: cacheLife.optional(),
  CACHE_PERMISSIONS_SECONDS: cacheLife.optional(),
  CACHE_MAX_MB: text.wholeNumber(1, 65_536).optional(),
  ADMIN_USERNAME: text
    .matching(/^[A-Za-z0-9][A-Za-z0-9._@-]{0,99}$/, 'up to 100 letters, digits or . _ @ -, beginning with a letter or digit')
    .optional(),
  ADMIN_PASSWORD: text.matching(/^[\s\S]{12,1000}$/, 'at least 12 characters long').optional(),
  JWT_SECRET: text.atLeastBytes(32).optional(),
  DEMO: text.switchValue.optional(),
  RATE_LIMITS: text.switchValue.optional(),
  EDITOR_MACHINE_NODES: text.switchValue.optional(),
  EDITOR_PROJECTS: text.switchValue.optional(),
  SMTP_URL: text.urlOf(['smtp', 'smtps'], 'smtps://user:password@mail.example.com').optional(),
  MAIL_FROM: text.mailbox.optional(),
  MAIL_REPORT_TO: text.mailAddresses.optional(),
  WEBHOOK_SECRET: text.atLeastBytes(16).optional(),
  WEBHOOK_ALLOW_CIDRS: text.networks.optional(),
  SCRIPT_ACTIONS: text.switchValue.optional(),
  NOTIFICATION_RETENTION_DAYS: text.wholeNumber(1, 36_600).optional(),
  METRICS_TOKEN: text.matching(/^[\x21-\x7e]{16,1000}$/, 'at least 16 characters of ASCII without spaces').optional(),
  METRICS_ALLOW_CIDRS: text.networks.optional(),
  PUBLIC_URL: text.publicUrl.optional(),
  LOG_LEVEL: text.oneOf(['debug', 'info', 'warn', 'error']).optional(),
  LOG_DIR: text.folder.optional(),
  LOG_FILE_MB: text.wholeNumber(1, 10_000).optional(),
  LOG_FILES: text.wholeNumber(1, 1_000).optional(),
});

type Values = z.infer<typeof shapes>;
type VariableName = keyof Values;

/** The name of every variable that the platform reads. */
export const VARIABLES = Object.keys(shapes.shape) as readonly VariableName[];

/** Never shown, and removed from the environment once read, where flows could read them. */
const SECRETS: ReadonlySet<VariableName> = new Set([
  'ADMIN_PASSWORD',
  'JWT_SECRET',
  'WEBHOOK_SECRET',
  'METRICS_TOKEN',
  'DATABASE_URL',
  'REDIS_URL',
  'SMTP_URL',
]);

/** Of the recipient of a notification, `a@example.com, b@example.com`. */
const RECIPIENT_CHARACTERS = 2_000;

/** Files of the certificate of HTTPS and MQTT over TLS; absolute paths. */
interface TlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
  /** Signs the certificates of MQTT clients; undefined when none are asked for. */
  readonly clientCaFile: string | undefined;
}

/** The configuration of one process: typed, complete, frozen. What is undefined was left to the platform. */
export interface Config {
  readonly host: string;
  readonly httpPort: number;
  /** Proxies whose forwarded client address is believed; empty for none. */
  readonly trustProxy: readonly string[];
  readonly tls: TlsFiles | undefined;
  readonly mqtt: {
    /** 0: switched off. */
    readonly port: number;
    /** 0: switched off, as it is without a certificate. */
    readonly tlsPort: number;
    readonly topicRoot: string;
    /** Whether a device with a valid client certificate that is not known yet is registered. */
    readonly registerByCertificate: boolean;
  };
  readonly telemetry: {
    /** Older points are refused; never more than is kept at all. */
    readonly maxAgeDays: number;
    readonly maxFutureSeconds: number;
    /** Undefined keeps everything. */
    readonly retentionDays: number | undefined;
  };
  /** Absolute. */
  readonly dataDir: string;
  /** Undefined: the embedded server. */
  readonly databaseUrl: string | undefined;
  /** Of 127.0.0.1, where the embedded server listens beside its private socket; 0: nowhere. */
  readonly embeddedDatabasePort: number;
  readonly cache: {
    /** How long answers of each region may be given again, milliseconds; 0: never. */
    readonly ttlMs: Readonly<Record<CacheRegion, number>>;
    /** How much memory answers may take in this process. */
    readonly maxBytes: number;
  };
  readonly redisUrl: string | undefined;
  readonly admin: { readonly username: string; readonly password: string | undefined };
  readonly jwtSecret: string | undefined;
  readonly demo: boolean;
  /** Whether requests a minute are limited; logins, and keys with a limit of their own, always are. */
  readonly rateLimits: boolean;
  /** What the editor offers beyond the usual. */
  readonly editor: {
    /** Nodes that run commands and touch files, and the installation of palette modules. */
    readonly machineNodes: boolean;
    /** Node-RED projects (git). */
    readonly projects: boolean;
  };
  readonly mail: { readonly smtpUrl: string | undefined; readonly from: string | undefined; readonly reportTo: readonly string[] };
  readonly webhook: { readonly secret: string | undefined; readonly allowCidrs: readonly string[] };
  readonly notifications: {
    /** How long the ledger keeps what was delivered or given up. */
    readonly retentionDays: number;
  };
  /** Who may read /metrics: whoever has the token, or calls from one of the networks. */
  readonly metrics: { readonly token: string | undefined; readonly allowCidrs: readonly string[] };
  /** Whether actions may run programs of DATA_DIR/scripts. */
  readonly scriptActions: boolean;
  readonly publicUrl: string | undefined;
  readonly log: {
    readonly level: 'debug' | 'info' | 'warn' | 'error';
    readonly dir: string;
    /** No file of the log is larger, MB of 1,048,576 bytes. */
    readonly fileMegabytes: number;
    /** Files in all, the current one included. */
    readonly files: number;
  };
}

/** Where to read from; the process's own environment and `.env` in its working directory unless given. */
export interface LoadConfigOptions {
  env?: Readonly<Record<string, string | undefined>>;
  /** A missing file is none. */
  envFile?: string;
}

/**
 * Reads the environment and `.env` (the real environment wins, a blank variable counts as unset). Throws one `INVALID_CONFIG` that
 * names every bad variable with its value (secrets hidden), the rule it breaks and what to do.
 */
export function loadConfig(options: LoadConfigOptions = {}): Config {
  const given = { ...readEnvFile(path.resolve(options.envFile ?? '.env')), ...(options.env ?? process.env) };
  const raw = Object.fromEntries(VARIABLES.map((name) => [name, given[name]?.trim() || undefined]));
  const parsed = shapes.safeParse(raw);
  const faults = new Map<VariableName, string>();
  for (const issue of parsed.error?.issues ?? []) faults.set(issue.path[0] as VariableName, `must be ${issue.message}`);
  for (const [name, rule] of contradictions(raw)) if (!faults.has(name)) faults.set(name, rule);
  if (parsed.data === undefined || faults.size > 0) throw invalid(raw, faults);
  return toConfig(parsed.data);
}

/** Takes secrets out of `env` after they have been read: everything that runs in this process could read them there. */
export function removeSecrets(env: NodeJS.ProcessEnv): void {
  for (const name of SECRETS) Reflect.deleteProperty(env, name);
}

function readEnvFile(file: string): Record<string, string | undefined> {
  let content: string;
  try {
    content = readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {};
    throw new AppError(
      'INVALID_CONFIG',
      `${file} cannot be read: ${messageOf(error)}. Give this user the right to read it, or remove it.`,
      { cause: error },
    );
  }
  return parseEnv(content);
}

/** Rules between variables, judged on the texts so that they are told together with those about single ones. */
function contradictions(raw: Readonly<Record<string, string | undefined>>): [VariableName, string][] {
  return [...portContradictions(raw), ...tlsContradictions(raw), ...mailContradictions(raw)];
}

function portContradictions(raw: Readonly<Record<string, string | undefined>>): [VariableName, string][] {
  const found: [VariableName, string][] = [];
  const ports = {
    HTTP_PORT: raw['HTTP_PORT'] ?? '1880',
    MQTT_PORT: raw['MQTT_PORT'] ?? '1883',
    MQTT_TLS_PORT: raw['MQTT_TLS_PORT'] ?? '8883',
  };
  const database = raw['EMBEDDED_DATABASE_PORT'] ?? '0';
  if (Number(database) !== 0) {
    const taken = Object.entries(ports).find(([, port]) => Number(port) === Number(database));
    if (taken !== undefined) found.push(['EMBEDDED_DATABASE_PORT', `must differ from ${taken[0]} (${taken[1]})`]);
    if (raw['DATABASE_URL'] !== undefined) found.push(['EMBEDDED_DATABASE_PORT', 'must not be set when DATABASE_URL is']);
  }
  const same = (one: keyof typeof ports, other: keyof typeof ports): boolean =>
    Number(ports[one]) !== 0 && Number(ports[one]) === Number(ports[other]);
  if (same('MQTT_PORT', 'HTTP_PORT')) found.push(['MQTT_PORT', `must differ from HTTP_PORT (${ports.HTTP_PORT})`]);
  if (same('MQTT_TLS_PORT', 'HTTP_PORT')) found.push(['MQTT_TLS_PORT', `must differ from HTTP_PORT (${ports.HTTP_PORT})`]);
  if (same('MQTT_TLS_PORT', 'MQTT_PORT')) found.push(['MQTT_TLS_PORT', `must differ from MQTT_PORT (${ports.MQTT_PORT})`]);
  return found;
}

/** All who get reports are the recipient of one notification. */
function mailContradictions({ MAIL_REPORT_TO: reportTo = '' }: Readonly<Record<string, string | undefined>>): [VariableName, string][] {
  const { length } = reportTo
    .split(',')
    .map((address) => address.trim())
    .join(', ');
  if (length <= RECIPIENT_CHARACTERS) return [];
  const limit = RECIPIENT_CHARACTERS.toLocaleString('en');
  return [
    [
      'MAIL_REPORT_TO',
      `must have at most ${limit} characters with all its addresses (it has ${length.toLocaleString('en')}); use a mailing list`,
    ],
  ];
}

function tlsContradictions(raw: Readonly<Record<string, string | undefined>>): [VariableName, string][] {
  const { TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile, MQTT_CLIENT_CA_FILE: caFile } = raw;
  if (certFile === undefined && keyFile === undefined) {
    return caFile === undefined ? [] : [['MQTT_CLIENT_CA_FILE', 'needs TLS_CERT_FILE and TLS_KEY_FILE to be set too']];
  }
  if (keyFile === undefined) return [['TLS_KEY_FILE', 'must be set too when TLS_CERT_FILE is']];
  if (certFile === undefined) return [['TLS_CERT_FILE', 'must be set too when TLS_KEY_FILE is']];
  const fault = tlsFault(certFile, keyFile);
  if (fault !== undefined) return [['TLS_CERT_FILE', fault]];
  return caFile === undefined || isCertificate(caFile) ? [] : [['MQTT_CLIENT_CA_FILE', 'must hold a certificate in PEM form']];
}

function tlsFault(certFile: string, keyFile: string): string | undefined {
  let files: [Buffer, Buffer];
  try {
    files = [readFileSync(certFile), readFileSync(keyFile)];
  } catch {
    return undefined; // The variable's own rule tells that.
  }
  try {
    createSecureContext({ cert: files[0], key: files[1] });
    return undefined;
  } catch (error) {
    return `must hold a certificate in PEM form that TLS_KEY_FILE is the key of (${messageOf(error)})`;
  }
}

function isCertificate(file: string): boolean {
  try {
    return /-----BEGIN CERTIFICATE-----/.test(readFileSync(file, 'utf8'));
  } catch {
    return true; // The variable's own rule tells that.
  }
}

function invalid(raw: Readonly<Record<string, string | undefined>>, faults: ReadonlyMap<VariableName, string>): AppError {
  const errors: FieldError[] = VARIABLES.filter((name) => faults.has(name)).map((name) => ({
    field: name,
    message: `${name} ${shown(name, raw[name])}, but ${faults.get(name) ?? ''}. Correct it in the environment or in .env, or remove it to have the default.`,
  }));
  const list = errors.map(({ message }) => `  - ${message}`).join('\n');
  return new AppError('INVALID_CONFIG', `The configuration is not valid, so nothing was started:\n${list}`, { errors });
}

function shown(name: VariableName, value: string | undefined): string {
  if (value === undefined) return 'is not set';
  if (SECRETS.has(name)) return `is set to a value of ${String(value.length)} characters (not shown)`;
  return `is ${JSON.stringify(value.length > 200 ? `${value.slice(0, 200)}...` : value)}`;
}

function toConfig(values: Values): Config {
  const dataDir = path.resolve(values.DATA_DIR ?? './data');
  const tls = tlsOf(values);
  return deepFreeze({
    host: values.HOST ?? '0.0.0.0',
    httpPort: values.HTTP_PORT ?? 1880,
    trustProxy: values.TRUST_PROXY ?? [],
    tls,
    mqtt: {
      port: values.MQTT_PORT ?? 1883,
      tlsPort: tls === undefined ? 0 : (values.MQTT_TLS_PORT ?? 8883),
      topicRoot: values.MQTT_TOPIC_ROOT ?? 'insa',
      registerByCertificate: values.MQTT_CLIENT_CERT_REGISTER ?? false,
    },
    telemetry: {
      // What is older than the retention would be acknowledged and then dropped within the hour.
      maxAgeDays: Math.min(values.TELEMETRY_MAX_AGE_DAYS ?? 366, values.RETENTION_DAYS ?? Number.POSITIVE_INFINITY),
      maxFutureSeconds: values.TELEMETRY_MAX_FUTURE_SECONDS ?? 600,
      retentionDays: values.RETENTION_DAYS,
    },
    dataDir,
    databaseUrl: values.DATABASE_URL,
    embeddedDatabasePort: values.EMBEDDED_DATABASE_PORT ?? 0,
    redisUrl: values.REDIS_URL,
    cache: cacheOf(values),
    admin: { username: values.ADMIN_USERNAME ?? 'admin', password: values.ADMIN_PASSWORD },
    jwtSecret: values.JWT_SECRET,
    demo: values.DEMO ?? true,
    rateLimits: values.RATE_LIMITS ?? true,
    editor: { machineNodes: values.EDITOR_MACHINE_NODES ?? false, projects: values.EDITOR_PROJECTS ?? false },
    mail: { smtpUrl: values.SMTP_URL, from: values.MAIL_FROM, reportTo: values.MAIL_REPORT_TO ?? [] },
    webhook: { secret: values.WEBHOOK_SECRET, allowCidrs: values.WEBHOOK_ALLOW_CIDRS ?? [] },
    notifications: { retentionDays: values.NOTIFICATION_RETENTION_DAYS ?? 400 },
    metrics: { token: values.METRICS_TOKEN, allowCidrs: values.METRICS_ALLOW_CIDRS ?? ['127.0.0.0/8', '::1'] },
    scriptActions: values.SCRIPT_ACTIONS ?? false,
    publicUrl: values.PUBLIC_URL,
    log: {
      level: values.LOG_LEVEL ?? 'info',
      dir: values.LOG_DIR === undefined ? path.join(dataDir, 'logs') : path.resolve(values.LOG_DIR),
      fileMegabytes: values.LOG_FILE_MB ?? 10,
      files: values.LOG_FILES ?? 5,
    },
  });
}

function cacheOf(values: Values): Config['cache'] {
  const ms = (givenSeconds: number | undefined, usualSeconds: number): number => (givenSeconds ?? usualSeconds) * 1_000;
  const ttlMs = {
    devices: ms(values.CACHE_DEVICES_SECONDS, 300),
    telemetry: ms(values.CACHE_TELEMETRY_SECONDS, 60),
    rules: ms(values.CACHE_RULES_SECONDS, 600),
    alerts: ms(values.CACHE_ALERTS_SECONDS, 180),
    statistics: ms(values.CACHE_STATISTICS_SECONDS, 120),
    dashboards: ms(values.CACHE_DASHBOARDS_SECONDS, 600),
    permissions: ms(values.CACHE_PERMISSIONS_SECONDS, 300),
  };
  return { ttlMs, maxBytes: (values.CACHE_MAX_MB ?? 64) * 1024 * 1024 };
}

function tlsOf(values: Values): TlsFiles | undefined {
  if (values.TLS_CERT_FILE === undefined || values.TLS_KEY_FILE === undefined) return undefined;
  const clientCaFile = values.MQTT_CLIENT_CA_FILE === undefined ? undefined : path.resolve(values.MQTT_CLIENT_CA_FILE);
  return { certFile: path.resolve(values.TLS_CERT_FILE), keyFile: path.resolve(values.TLS_KEY_FILE), clientCaFile };
}

function deepFreeze<Value extends object>(value: Value): Value {
  for (const part of Object.values(value)) if (typeof part === 'object' && part !== null) deepFreeze(part as object);
  return Object.freeze(value);
}
