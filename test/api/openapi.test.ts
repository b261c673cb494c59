import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Validator } from '@seriousme/openapi-schema-validator';
import { BODY_EXAMPLES } from '../../src/api/documents/examples.ts';
import { buildOpenApi } from '../../src/api/openapi.ts';
import { ERROR_CODES } from '../../src/core/errors.ts';
import { PERMISSIONS } from '../../src/core/permissions.ts';
import { documentedRoutes } from '../../scripts/openapi/routes.ts';
import { ResponseCheck } from '../support/response-check.ts';
import { jsonSchemaOf } from './route-samples.ts';
import { call, Client, startApi } from './support.ts';
import type { ApiFixture } from './support.ts';

const KEPT = new URL('../../docs/api/openapi.json', import.meta.url);
const RATES = ['none', 'analytics', 'devices', 'telemetry', 'tests', 'other'];

describe('the OpenAPI document', () => {
  const routes = documentedRoutes();
  const named = routes.map((route) => ({ name: `${route.method.toUpperCase()} ${route.path}`, route }));
  let fixture: ApiFixture;

  before(async () => (fixture = await startApi()));
  after(() => fixture.stop());

  it('is valid OpenAPI 3.1', async () => {
    const validator = new Validator();
    const { valid, errors } = await validator.validate(
      JSON.parse(JSON.stringify(buildOpenApi(routes, '0.1.0'))) as Record<string, unknown>,
    );
    assert.equal(valid, true, JSON.stringify(errors));
    assert.equal(validator.version, '3.1');
  });

  it('is kept as it is served', async () => {
    const served = await call(fixture.url, 'GET', '/api/v1/openapi.json');
    const { info: _served, ...now } = JSON.parse(served.text) as Record<string, unknown>;
    const { info: _kept, ...kept } = JSON.parse(readFileSync(KEPT, 'utf8')) as Record<string, unknown>;
    assert.deepEqual(now, kept, 'run "npm run openapi"');
  });

  it('has for each route a permission that exists, a rate class, a summary, and a schema for whatever it answers', () => {
    for (const { name, route } of named) {
      const { permission, rate = 'other', summary, responses } = route;
      assert.ok(permission === 'public' || permission === 'authenticated' || Object.hasOwn(PERMISSIONS, permission), name);
      assert.ok(RATES.includes(rate), name);
      assert.match(summary, /^[A-Z].*[^.]$/, name);
      const successes = Object.entries(responses).filter(([status]) => status.startsWith('2'));
      assert.ok(successes.length > 0, `${name} says nothing of success`);
      for (const [status, { schema, contentTypes }] of successes) {
        const known = status === '204' || schema !== undefined || contentTypes?.every((type) => type !== 'application/json') === true;
        assert.ok(known, `${name}: ${status} has no schema`);
      }
    }
    assert.equal(new Set(named.map(({ name }) => name)).size, named.length, 'no route twice');
  });

  it('says of each list without pages that it is whole', () => {
    let whole = 0;
    for (const { name, route } of named) {
      const items = Object.values(route.responses).map(({ schema }) => schema && (jsonSchemaOf(schema).properties ?? {}));
      const isList = items.some((properties) => properties !== undefined && 'items' in properties && 'next_cursor' in properties);
      const query = route.query === undefined ? {} : (jsonSchemaOf(route.query).properties ?? {});
      if (!isList || ('limit' in query && 'cursor' in query)) continue;
      assert.match(route.description ?? '', /The answer is whole: it takes no `limit` and no `cursor`/, name);
      whole += 1;
    }
    assert.ok(whole > 0, 'the aggregates are such a list');
  });

  it('takes no unknown fields, in bodies and in queries', () => {
    // Telemetry and the configuration of a device are free in their form, and a patch of a rule is judged by the rule it makes.
    const others = ['POST /telemetry', 'PATCH /rules/{id}', 'POST /devices/{device_id}/config'];
    for (const { name, route } of named) {
      const { query, body } = route;
      if (query !== undefined) assert.equal(query.safeParse({ surely_unknown: '1' }).success, false, `${name} takes unknown parameters`);
      if (body === undefined || route.bodyMode === 'csv' || others.includes(name)) continue;
      const { error } = body.safeParse({ ...(BODY_EXAMPLES[name] as object | undefined), surely_unknown: 1 });
      assert.ok(JSON.stringify(error?.issues ?? []).includes('surely_unknown'), `${name} takes unknown fields`);
    }
  });

  it('refuses a parameter where none is taken, by name', async () => {
    const admin = await Client.login(fixture, 'admin');
    const answer = await admin.get('/connection?colour=red');
    assert.deepEqual([answer.status, answer.body.errors[0]?.field], [400, 'colour']);
  });

  it('has examples that are what the routes take', () => {
    for (const [name, example] of Object.entries(BODY_EXAMPLES)) {
      const { route } = named.find((one) => one.name === name) ?? assert.fail(`${name} is no route`);
      const { error } = route.body?.safeParse(example) ?? assert.fail(`${name} takes no body`);
      assert.equal(error, undefined, `${name}: ${String(error)}`);
    }
  });

  it('explains every code on one page, where the type of each problem leads', async () => {
    const page = await call(fixture.url, 'GET', '/api/v1/docs/errors');
    assert.equal(page.status, 200);
    for (const code of Object.keys(ERROR_CODES)) assert.match(page.text, new RegExp(`id="${code}"`));
    const problem = await call(fixture.url, 'GET', '/api/v1/devices');
    assert.equal(problem.body.type, '/api/v1/docs/errors#UNAUTHENTICATED');
    const outside = await call(fixture.url, 'GET', '/editor/flows');
    assert.equal(outside.body.type, problem.body.type, 'so does what the server refuses before the API');
    assert.equal(outside.body.status, 401);
  });

  it('shows who may do what, with every permission and every route', async () => {
    const page = await call(fixture.url, 'GET', '/api/v1/docs/permissions');
    for (const permission of Object.keys(PERMISSIONS)) assert.ok(page.text.includes(`<code>${permission}</code>`), permission);
    for (const { name } of named) assert.ok(page.text.includes(`<code>${name}</code>`), name);
    assert.doesNotMatch(page.text, /<script|https?:\/\//);
  });
});

describe('the check of answers', () => {
  const check = new ResponseCheck(JSON.parse(readFileSync(KEPT, 'utf8')) as object);
  const answer = { method: 'GET', path: '/connection', status: 200, contentType: 'application/json; charset=utf-8' };
  const body = { mqtt_port: 1883, mqtt_tls_port: null, mqtt_websocket_path: '/mqtt', topic_root: 'insa' };
  const problem = { type: '', title: '', status: 404, code: 'X', detail: '', remedy: '' };

  it('lets pass what the document says', () => {
    check.check({ ...answer, text: JSON.stringify(body) });
    check.check({ ...answer, path: '/connection?x=1', text: JSON.stringify(body) });
    check.check({ ...answer, method: 'DELETE', path: '/devices/a', status: 204, contentType: null, text: '' });
    const refusal = { ...answer, status: 404, contentType: 'application/problem+json', text: JSON.stringify(problem) };
    check.check({ ...refusal, path: '/devices/a' });
    check.check({ ...refusal, path: '/no/such/route' });
  });

  const wrong: Record<string, [change: Partial<Parameters<ResponseCheck['check']>[0]>, says: RegExp]> = {
    'an unknown field': [{ text: JSON.stringify({ ...body, password: 'x' }) }, /password/],
    'a missing field': [{ text: JSON.stringify({ ...body, topic_root: undefined }) }, /topic_root/],
    'a field of another type': [{ text: JSON.stringify({ ...body, mqtt_port: '1883' }) }, /mqtt_port/],
    'an unknown field inside a list': [
      { path: '/alerts/00000000-0000-4000-8000-000000000000', text: JSON.stringify({ history: [{ x: 1 }] }) },
      /history/,
    ],
    'another status': [{ status: 201, text: JSON.stringify(body) }, /no such status/],
    'another content type': [{ contentType: 'text/plain', text: 'x' }, /content type "text\/plain"/],
    'a body where there is none': [{ method: 'DELETE', path: '/devices/a', status: 204, text: 'x' }, /no body/],
    'an unknown route': [{ path: '/nothing', text: '{}' }, /no such route/],
    'an error that is no problem': [{ status: 500, contentType: 'text/html', text: '<html>' }, /every refusal is a problem/],
    'a refusal that the route does not declare': [
      { status: 409, contentType: 'application/problem+json', text: JSON.stringify({ ...problem, status: 409 }) },
      /add the code to `problems`/,
    ],
    'a problem without a code': [
      { status: 401, contentType: 'application/problem+json', text: JSON.stringify({ ...problem, code: undefined }) },
      /code/,
    ],
  };
  for (const [what, [change, says]] of Object.entries(wrong)) {
    it(`finds ${what}`, () => assert.throws(() => check.check({ ...answer, text: '', ...change }), says));
  }
});
