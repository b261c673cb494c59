import assert from 'node:assert/strict';
import { mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { PERMISSIONS } from '../../src/core/permissions.ts';
import { problemStatusesOf } from '../../src/api/documents/problem-responses.ts';
import { memoryLimiters } from '../../src/auth/limiters.ts';
import { RequestLimiter } from '../../src/api/middleware/request-limits.ts';
import { AREAS, PAGES } from '../../src/api/operator-app.ts';
import { buildRouter } from '../../src/api/router.ts';
import { defineRoute, ok } from '../../src/api/route.ts';
import { call, Client, eventually, startApi } from './support.ts';
import type { ApiFixture } from './support.ts';

interface Operation {
  operationId: string;
  summary: string;
  security: object[];
  requestBody?: object;
  parameters?: { in: string; name: string }[];
  responses: Record<string, object>;
}

interface Document {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object> };
}

describe('the routes of the API', () => {
  let fixture: ApiFixture;
  let folder: string;

  before(async () => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'insa-api-'));
    mkdirSync(path.join(folder, 'assets'));
    writeFileSync(path.join(folder, 'index.html'), '<!doctype html><title>operator</title>');
    writeFileSync(path.join(folder, 'assets', 'app-1234.js'), 'export {};');
    fixture = await startApi({ operatorDir: folder });
  });
  after(async () => {
    await fixture.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('declare a permission that exists, each of them', () => {
    for (const { permission, method, path: at } of fixture.api.routes) {
      assert.ok(
        permission === 'public' || permission === 'authenticated' || Object.hasOwn(PERMISSIONS, permission),
        `${method} ${at}: ${permission}`,
      );
    }
    const open = fixture.api.routes.filter(({ permission }) => permission === 'public').map(({ path: at }) => at);
    assert.deepEqual(open, ['/auth/login', '/auth/refresh'], 'nothing else is open to everybody');
  });

  it('of devices are counted by the limit of devices', () => {
    const paths = fixture.api.routes.filter(({ path: at }) => /^\/devices(?!.*credentials)/.test(at));
    assert.ok(paths.length >= 15);
    assert.deepEqual([...new Set(paths.map(({ rate }) => rate))], ['devices']);
  });

  it('cannot be made without a permission', () => {
    const silent = { record: () => Promise.resolve() };
    // @ts-expect-error A route without permission is a type error.
    const unguarded = defineRoute({
      method: 'get',
      path: '/x',
      tag: 'x',
      summary: 'x',
      responses: {},
      handler: () => Promise.resolve(ok(1)),
    });
    assert.throws(
      () =>
        buildRouter([unguarded], {
          sessions: fixture.sessions,
          keys: fixture.credentials,
          audit: silent,
          cache: { answer: () => Promise.reject(new Error('nobody asks')) },
          limits: new RequestLimiter({
            ...fixture,
            limiters: memoryLimiters,
            audit: silent,
            defaultTenantId: 'default',
            isRemembered: () => false,
          }),
          defaultTenantId: 'default',
        }),
      /declares no permission/,
    );
  });

  it('are in the document, and nothing else is', async () => {
    const body = JSON.parse((await call(fixture.url, 'GET', '/api/v1/openapi.json')).text) as Document;
    assert.equal(body.openapi, '3.1.0');
    const documented = Object.entries(body.paths).flatMap(([at, methods]) => Object.keys(methods).map((method) => `${method} ${at}`));
    assert.deepEqual(documented.sort(), fixture.api.routes.map(({ method, path: at }) => `${method} ${at}`).sort());
    for (const route of fixture.api.routes) {
      const { method, path: at, responses, permission, body: schema } = route;
      const operation = body.paths[at]?.[method];
      assert.ok(operation !== undefined);
      const statuses = [...Object.keys(responses), ...problemStatusesOf(route).map(String), 'default'];
      assert.deepEqual(Object.keys(operation.responses).sort(), statuses.sort());
      assert.ok(operation.summary.length > 3);
      assert.equal(operation.security.length, permission === 'public' ? 0 : 3);
      assert.equal(operation.requestBody !== undefined, schema !== undefined);
      const named = [...at.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const given = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path').map(({ name }) => name);
      assert.deepEqual(given, named);
    }
    const references = [...JSON.stringify(body).matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => String(name));
    for (const name of references) assert.ok(Object.hasOwn(body.components.schemas, name), name);
    const ids = Object.values(body.paths).flatMap((methods) => Object.values(methods).map(({ operationId }) => operationId));
    assert.equal(new Set(ids).size, ids.length);
  });

  it('answer every error as a problem, with the request id and without what is inside', async () => {
    const admin = await Client.login(fixture, 'admin');
    const json = { ...admin.headers, 'content-type': 'application/json' };
    const cases: [string, string, Parameters<typeof call>[3], number, string][] = [
      ['GET', '/api/v1/nothing', {}, 404, 'NOT_FOUND'],
      ['GET', '/api/v2/devices', {}, 404, 'NOT_FOUND'],
      ['PATCH', '/api/v1/devices', { headers: json }, 405, 'METHOD_NOT_ALLOWED'],
      ['POST', '/api/v1/devices', { headers: json, body: '{"name": ' }, 400, 'INVALID_REQUEST'],
      [
        'POST',
        '/api/v1/devices',
        { headers: json, body: `{"metadata":${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}}` },
        400,
        'INVALID_REQUEST',
      ],
      [
        'POST',
        '/api/v1/devices',
        { headers: json, body: `{"metadata":{"a":${'['.repeat(40_000)}${']'.repeat(40_000)}}}` },
        400,
        'INVALID_REQUEST',
      ],
      ['POST', '/api/v1/devices', { headers: json, body: `{"name":"${'x'.repeat(1_100_000)}"}` }, 413, 'PAYLOAD_TOO_LARGE'],
      [
        'POST',
        '/api/v1/devices',
        { headers: { ...admin.headers, 'content-type': 'text/plain' }, body: '{}' },
        415,
        'UNSUPPORTED_MEDIA_TYPE',
      ],
      [
        'POST',
        '/api/v1/devices',
        { headers: { ...json, 'content-type': 'application/json; charset=iso-8859-1' }, body: '{}' },
        415,
        'UNSUPPORTED_MEDIA_TYPE',
      ],
      ['POST', '/api/v1/devices', { headers: { ...json, 'content-encoding': 'gzip' }, body: '{}' }, 400, 'INVALID_REQUEST'],
      ['POST', '/api/v1/devices', { headers: admin.headers }, 400, 'INVALID_REQUEST'],
      ['POST', '/api/v1/devices', { headers: json, body: '{"metadata": {"a": 1e999}}' }, 400, 'INVALID_REQUEST'],
      ['GET', '/api/v1/alerts/no-uuid', { headers: json }, 400, 'INVALID_REQUEST'],
    ];
    for (const [method, at, options, status, code] of cases) {
      const answer = await call(fixture.url, method, at, options);
      assert.equal(answer.status, status, `${method} ${at} ${JSON.stringify(answer.body)}`);
      assert.equal(answer.body.code, code);
      assert.equal(answer.headers.get('content-type'), 'application/problem+json; charset=utf-8');
      assert.equal(answer.body.request_id, answer.headers.get('x-request-id'));
      assert.doesNotMatch(JSON.stringify(answer.body), /node_modules|\.ts:|at Object|select /);
    }
    assert.equal((await call(fixture.url, 'PATCH', '/api/v1/devices', { headers: json })).headers.get('allow'), 'GET, POST');
    const named = await call(fixture.url, 'GET', '/api/v1/nothing', { headers: { 'x-request-id': 'mine-1' } });
    assert.equal(named.body.request_id, 'mine-1');
    const forged = await call(fixture.url, 'GET', '/api/v1/nothing', { headers: { 'x-request-id': 'a b"><script>' } });
    assert.notEqual(forged.body.request_id, 'a b"><script>');
  });

  it('answer 500 without details for what nobody expected', async () => {
    const broken = await startApi();
    try {
      const admin = await Client.login(broken, 'admin');
      await broken.sql('alter table devices rename column name to nom');
      const internal = await admin.get('/devices');
      assert.equal(internal.status, 500);
      assert.equal(internal.body.code, 'INTERNAL');
      assert.doesNotMatch(JSON.stringify(internal.body), /column|nom|select/);
    } finally {
      await broken.stop();
    }
  });

  it('answer 503 with Retry-After when the database goes away under a request', async () => {
    const admin = await Client.login(fixture, 'admin');
    const holder = await fixture.database.db.connect();
    try {
      await holder.query('reset role');
      await holder.query('begin');
      await holder.query('lock table devices in access exclusive mode');
      const pending = admin.get('/devices');
      await eventually(async () => {
        const ended = await fixture.sql(
          `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
        );
        return ended.length > 0;
      }, 'the request to wait for the table');
      const answer = await pending;
      assert.equal(answer.status, 503);
      assert.equal(answer.body.code, 'STORAGE_UNAVAILABLE');
      assert.equal(answer.headers.get('retry-after'), '5');
    } finally {
      await holder.end();
    }
    assert.equal((await admin.get('/devices')).status, 200, 'it goes on by itself');
  });

  it('carry security headers that suit plain HTTP, and are never cached', async () => {
    const { headers } = await call(fixture.url, 'GET', '/api/v1/openapi.json');
    assert.equal(headers.get('strict-transport-security'), null);
    assert.match(headers.get('content-security-policy') ?? '', /default-src 'self'/);
    assert.doesNotMatch(headers.get('content-security-policy') ?? '', /upgrade-insecure-requests|unsafe-eval/);
    assert.equal(headers.get('x-powered-by'), null);
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
    const admin = await Client.login(fixture, 'admin');
    assert.equal((await admin.get('/devices')).headers.get('cache-control'), 'no-store');
  });

  it('are shown by pages that need no internet', async () => {
    const page = await call(fixture.url, 'GET', '/api/v1/docs');
    assert.equal(page.status, 200);
    assert.doesNotMatch(page.text, /https?:\/\//);
    for (const [, at] of page.text.matchAll(/<(?:link|script)[^>]+(?:src|href)="([^"]+)"/g)) {
      const file = await call(fixture.url, 'GET', String(at));
      assert.equal(file.status, 200, at);
      assert.doesNotMatch(file.headers.get('content-type') ?? '', /html/);
    }
    assert.match((await call(fixture.url, 'GET', '/api/v1/docs/start.js')).text, /validatorUrl: null/);
    assert.equal((await call(fixture.url, 'GET', '/api/v1/docs/package.json')).status, 404);
  });

  it('tell health in words and status', async () => {
    assert.equal((await call(fixture.url, 'GET', '/health')).body.status, 'healthy');
    assert.equal((await call(fixture.url, 'GET', '/health/ready')).status, 200);
    fixture.health.status = 'degraded';
    assert.equal((await call(fixture.url, 'GET', '/health')).status, 200);
    fixture.health.status = 'unhealthy';
    fixture.health.ready = false;
    assert.equal((await call(fixture.url, 'GET', '/health')).status, 503);
    assert.equal((await call(fixture.url, 'GET', '/health/ready')).status, 503);
  });

  it('serve the operator app at /, its pages too, and nothing outside its folder', async () => {
    const html = { headers: { accept: 'text/html' } };
    const source = (file: string): string => readFileSync(new URL(`../../dashboards/operator/src/${file}`, import.meta.url), 'utf8');
    const pathsIn = (file: string): (string | undefined)[] =>
      [...source(file).matchAll(/^ *\{? ?path: '(\/[^:']*)'/gm)].map(([, at]) => at);
    assert.deepEqual(pathsIn('router.ts'), PAGES, 'the server knows the pages of the app');
    const folders = [...source('areas/index.ts').matchAll(/'\.\/(\w+)\/index\.ts'/g)].map(([, folder]) => String(folder));
    const areas = folders.map((folder) => pathsIn(`areas/${folder}/index.ts`)[0]);
    assert.deepEqual(areas.sort(), AREAS.toSorted(), 'the server knows the areas of the app');
    const missing = ['/nothing', '/login/x'];
    for (const at of [...PAGES, ...AREAS, '/login/', '/login?next=/editor/', '/devices/pump-01.a', '/alerts/', ...missing]) {
      const page = await call(fixture.url, 'GET', at, html);
      assert.equal(page.status, missing.includes(at) ? 404 : 200, at);
      assert.match(page.text, /operator/);
      assert.equal(page.headers.get('cache-control'), 'no-cache');
    }
    const asset = await call(fixture.url, 'GET', '/assets/app-1234.js');
    assert.match(asset.headers.get('cache-control') ?? '', /max-age=31536000, immutable/);
    for (const at of ['/assets/gone.js', '/favicon.png', '/api/v1/none', '/metrics/x', '/..%2f..%2fetc%2fpasswd', '/api', '/health/x']) {
      const answer = await call(fixture.url, 'GET', at, html);
      assert.ok(answer.status === 404 || answer.status === 400 || answer.status === 403, `${at} ${String(answer.status)}`);
      assert.doesNotMatch(answer.text, /root:/);
    }
    const empty = await startApi();
    try {
      const unbuilt = await call(empty.url, 'GET', '/', html);
      assert.equal(unbuilt.status, 404);
      assert.match(unbuilt.body.detail, /npm run build/);
    } finally {
      await empty.stop();
    }
  });

  it('remove the demo plant once', async () => {
    const admin = await Client.login(fixture, 'admin');
    await fixture.devices.create('default', { device_id: 'demo-pump' }, 'demo');
    assert.equal((await admin.send('DELETE', '/demo')).status, 204);
    assert.equal((await admin.get('/devices/demo-pump')).status, 404);
    assert.equal((await admin.send('DELETE', '/demo')).status, 404);
  });
});
