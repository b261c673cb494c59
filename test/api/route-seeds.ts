import assert from 'node:assert/strict';
import { newUuid } from '../../src/core/ids.ts';
import type { Route } from '../../src/api/route.ts';
import { NO_ID } from './route-samples.ts';
import { eventually } from './support.ts';
import type { Client } from './support.ts';
import type { ApiFixture } from './support.ts';

/** Ids for the parameters of a route. */
export type PathValues = Record<string, string>;

/** What a tenant has, for routes that name one thing. What lists show is found there; the rest is here. */
export interface Seeds {
  /** By the path up to and with the parameter. */
  known: Record<string, string>;
}

/** Gives the tenant of `admin` (`default`) at least one of everything that a route can name. */
export async function seed(fixture: ApiFixture, admin: Client): Promise<Seeds> {
  const rule = { name: 'Seed', rule_type: 'threshold', severity: 'info', conditions: { key: 'temperature', operator: '>', value: 1 } };
  await made(admin.post('/devices', { device_id: 'seed-pump', name: 'Seed' }));
  await made(admin.post('/devices/seed-pump/credentials', { name: 'seed' }));
  await made(admin.post('/api-keys', { kind: 'program', name: 'seed', permissions: ['telemetry:read'] }));
  const stored = await made(admin.post('/rules', rule));
  await made(admin.post('/roles', { name: 'Seed', permissions: ['alerts:read'] }));
  const person = await made(admin.post('/users', { username: 'seed', roles: ['viewer'] }));
  await made(admin.post('/dashboards', { name: 'Seed', is_public: true }));
  await made(admin.post('/webhooks', { url: 'http://127.0.0.1:9/seed', name: 'Seed' }));
  await fixture.sql(
    `insert into alerts (alert_id, tenant_id, rule_id, rule_version, rule_name, device_id, key, severity, status, message, raised_at, known_at, last_at)
     values ($1, 'default', $2, 1, 'Seed', 'seed-pump', 'temperature', 'info', 'active', 'm', now(), now(), now())`,
    [newUuid(), newUuid()],
  );
  await fixture.outbox.queue([
    {
      ...{ tenantId: 'default', dedupKey: 'seed', event: 'raised', channel: 'webhook', recipient: 'https://example.com/' },
      ...{ alertId: null, deviceId: 'seed-pump', ruleId: null, content: {} },
    },
  ]);
  const unwire = fixture.wire();
  await made(admin.post('/telemetry', { device_id: 'seed-pump', data: { temperature: 1, vibration: 2 } }));
  unwire();
  await made(admin.post('/devices/seed-pump/commands', { command: 'seed', timeout_seconds: 5 }));
  const question = { rule: { ...rule, device_id: 'seed-pump' }, start: '2026-01-01T00:00:00Z', end: '2026-01-01T01:00:00Z' };
  const backtest = await made(admin.post('/rules/backtest', question));
  await made(admin.post('/flows/import', { flows: [{ id: 'seed', type: 'debug' }], mode: 'merge' }));
  await eventually(async () => (await admin.get('/flows/versions')).body.items.length > 0, 'the version of the flows');
  return {
    known: {
      '/devices/{device_id}': 'seed-pump',
      '/telemetry/{device_id}': 'seed-pump',
      ...Object.fromEntries(
        ['statistics', 'trends', 'timeseries', 'forecast'].flatMap((analysis) => [
          [`/analytics/${analysis}/{device_id}`, 'seed-pump'],
          [`/analytics/${analysis}/{device_id}/{key}`, 'temperature'],
        ]),
      ),
      '/analytics/correlation/{device_id}': 'seed-pump',
      '/users/{id}': person.body.id,
      '/rules/{id}': stored.body.id,
      '/rules/backtests/{id}': backtest.body.id,
    },
  };
}

async function made<Result extends { status: number; text: string }>(answer: Promise<Result>): Promise<Result> {
  const result = await answer;
  assert.ok(result.status < 300, result.text);
  return result;
}

/**
 * Ids of things that exist for the parameters of a route: from the seeds, otherwise the first item of the list that stands before the parameter.
 * Fails where there is none: then `seed` has to make one.
 */
export async function valuesOf(route: Route, admin: Client, seeds: Seeds): Promise<PathValues> {
  const values: PathValues = {};
  let path = '';
  let template = '';
  for (const part of route.path.split('/').slice(1)) {
    const name = /^\{(\w+)\}$/.exec(part)?.[1];
    template += `/${part}`;
    if (name === undefined) {
      path += `/${part}`;
      continue;
    }
    const value = seeds.known[template] ?? (await firstOf(admin, path, name));
    values[name] = value;
    path += `/${encodeURIComponent(value)}`;
  }
  return values;
}

async function firstOf(admin: Client, list: string, name: string): Promise<string> {
  const answer = await admin.get(list);
  const [item] =
    answer.status === 200 ? (answer.body.items as unknown as Record<string, unknown>[]).filter((one) => one['built_in'] !== true) : [];
  const value = item?.[name] ?? item?.['id'];
  assert.ok(
    typeof value === 'string' || typeof value === 'number',
    `GET ${list} shows nothing for {${name}}: let seed() make one, or add it to known`,
  );
  assert.notEqual(value, NO_ID);
  return String(value);
}
