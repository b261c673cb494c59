import assert from 'node:assert/strict';
import type { Route } from '../../src/api/route.ts';
import { PERMISSIONS } from '../../src/core/permissions.ts';
import type { Permission } from '../../src/core/permissions.ts';
import { BAD_TEXTS, badValuesFor, bodyFieldsOf, bodyWith, TEMPLATE_WORKED_OUT, valueAt } from './bad-values.ts';
import type { BadValue, FieldPath } from './bad-values.ts';
import { bodyHeaders, bodySample, jsonSchemaOf, nameOf, pathOf, querySample } from './route-samples.ts';
import { seed, valuesOf } from './route-seeds.ts';
import type { Seeds } from './route-seeds.ts';
import { call, Client, startApi } from './support.ts';
import type { Answer, ApiFixture } from './support.ts';

/** Requests under way at the same time. */
const AT_ONCE = 8;
/** What goes in and does not come out again, or elsewhere: secrets, and short forms of something else. */
const NOT_ECHOED = /password|token/;

/** Where a refusal rightly names another field: the device that the rule is tried on is outside of this scope. */
const NAMES_ANOTHER = /^rule\.scope\.(device_type|location)$/;

/** One bad request and what it is about. */
interface Attempt {
  route: Route;
  field: FieldPath;
  bad: BadValue;
  /** Whether the same request with nothing bad in it is understood: then a refusal is about the field. */
  isGoodOtherwise: boolean;
  send(): Promise<Answer>;
}

/** Every field of every route, with what does not belong there: refused by name or kept as text, never carried out, never a fault inside. */
describe('bad input on every route', () => {
  let fixture: ApiFixture;
  let admin: Client;
  let program: Client;
  let seeds: Seeds;
  let tables: Record<string, unknown>[];
  const tablesThere = () =>
    fixture.sql(
      `select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v') and not relispartition order by 1`,
    );

  before(async () => {
    fixture = await startApi();
    admin = await Client.login(fixture, 'admin');
    seeds = await seed(fixture, admin);
    fixture.wire();
    const permissions = Object.keys(PERMISSIONS) as Permission[];
    program = Client.withKey(
      fixture,
      (await fixture.credentials.issue({ tenantId: 'default', kind: 'program', name: 'p', permissions })).key,
    );
    tables = await tablesThere();
  });
  after(() => fixture.stop());

  /** A person's own login and password are not to be changed on the way: there a program asks, which is refused after its input was read. */
  function send(route: Route, path: string, body?: unknown): Promise<Answer> {
    const { headers } = route.path.startsWith('/auth/') ? program : admin;
    const type = body === undefined ? {} : { 'content-type': 'application/json', ...bodyHeaders(route) };
    return call(fixture.url, route.method.toUpperCase(), `/api/v1${path}`, {
      headers: { ...headers, ...type },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
  }

  /** What exists is changed, so that input comes as far as the storage; it is not removed. */
  async function pathFor(route: Route): Promise<string> {
    const isKept = route.method !== 'delete' && route.path.includes('{');
    return pathOf(route, isKept ? await valuesOf(route, admin, seeds) : {});
  }

  async function faultsOf(attempts: readonly Attempt[]): Promise<string[]> {
    assert.ok(attempts.length > 100, 'fields were found');
    const faults: string[] = [];
    const waiting = [...attempts];
    const work = async (): Promise<void> => {
      for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
        const { route } = next;
        const attempt = next;
        const fault = await attempt.send().then(
          (answer) => faultOf(answer, attempt),
          (error: unknown) => String(error).slice(0, 400),
        );
        if (fault !== undefined) faults.push(`${nameOf(route)} "${next.field.join('.')}" with ${next.bad.name}: ${fault}`);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    return faults.sort();
  }

  function faultOf({ status, body, text }: Answer, { field, bad: { value, raw }, isGoodOtherwise }: Attempt): string | undefined {
    if (status >= 500) return `${String(status)} ${text.slice(0, 300)}`;
    if (status === 400 && body.code === 'INVALID_REQUEST') {
      const named = (Array.isArray(body.errors) ? body.errors : []).map((error) => error.field);
      if (named.length === 0) return `no field is named: ${text.slice(0, 200)}`;
      return isGoodOtherwise && !named.some((name) => isAbout(name, field)) ? `other fields are named: ${named.join(', ')}` : undefined;
    }
    if (status >= 400) return undefined;
    if (raw?.includes('__proto__') === true && !text.includes('"polluted":true')) return 'a field was dropped without a word';
    const kept = valueAt(body, field);
    if (typeof value !== 'string' || raw !== undefined || kept === undefined || kept === null || NOT_ECHOED.test(field.join('.')))
      return undefined;
    return kept === value ? undefined : `came back as ${JSON.stringify(kept).slice(0, 100)}`;
  }

  /** The field itself, something inside it, or what it is inside of. */
  function isAbout(named: string, field: FieldPath): boolean {
    const path = field.join('.');
    return (
      path === '' ||
      NAMES_ANOTHER.test(path) ||
      named === 'body' ||
      named === path ||
      named.startsWith(`${path}.`) ||
      named.startsWith(`${path}[`) ||
      path.startsWith(`${named}.`)
    );
  }

  it('in the address', async () => {
    const attempts: Attempt[] = [];
    for (const route of fixture.api.routes) {
      const body = bodySample(route);
      for (const [, name = ''] of route.path.matchAll(/\{(\w+)\}/g)) {
        // What no address can carry (half a surrogate pair) is left out.
        for (const bad of BAD_TEXTS.filter(({ value }) => String(value).isWellFormed())) {
          const path = `${pathOf(route, { [name]: String(bad.value) })}${querySample(route)}`;
          attempts.push({ route, field: [name], bad, isGoodOtherwise: false, send: () => send(route, path, body) });
        }
      }
    }
    assert.deepEqual(await faultsOf(attempts), []);
  });

  it('in the query', async () => {
    const attempts: Attempt[] = [];
    for (const route of fixture.api.routes) {
      const fields = route.query === undefined ? [] : Object.keys(jsonSchemaOf(route.query).properties ?? {});
      const path = await pathFor(route);
      const body = bodySample(route);
      const queries: [FieldPath, BadValue, string][] = [
        [['nobody_knows_this'], { name: 'an unknown field', value: 1 }, 'nobody_knows_this=1'],
      ];
      for (const name of fields) {
        const others = new URLSearchParams(querySample(route));
        others.delete(name);
        const rest = others.size === 0 ? '' : `&${others.toString()}`;
        for (const bad of BAD_TEXTS.filter(({ value }) => String(value).isWellFormed())) {
          queries.push([[name], bad, `${name}=${encodeURIComponent(String(bad.value))}${rest}`]);
        }
        for (const text of [`${name}=1e400`, `${name}=1&${name}=2`, `${name}[__proto__]=1`, `${name}=%ff`, `${name}=-1`]) {
          queries.push([[name], { name: text, value: 0 }, `${text}${rest}`]);
        }
      }
      if (route.query === undefined) continue;
      const isGoodOtherwise = (await send(route, `${path}${querySample(route)}`, body)).status !== 400;
      for (const [field, bad, query] of queries)
        attempts.push({ route, field, bad, isGoodOtherwise, send: () => send(route, `${path}?${query}`, body) });
    }
    assert.deepEqual(await faultsOf(attempts), []);
  });

  it('in the body', async () => {
    const attempts: Attempt[] = [];
    for (const route of fixture.api.routes) {
      if (route.body === undefined) continue;
      const path = `${await pathFor(route)}${querySample(route)}`;
      let tried: unknown;
      let isGoodOtherwise = false;
      for (const field of bodyFieldsOf(route, bodySample(route))) {
        // Once for the fields of one body.
        if (field.base !== tried) isGoodOtherwise = (await send(route, path, field.base)).status !== 400;
        tried = field.base;
        for (const bad of badValuesFor(field.schema, field.path.length)) {
          attempts.push({ route, field: field.path, bad, isGoodOtherwise, send: () => send(route, path, bodyWith(field, bad)) });
        }
      }
    }
    assert.deepEqual(await faultsOf(attempts), []);
  });

  it('has left everything where it was', async () => {
    assert.deepEqual(await tablesThere(), tables);
    assert.equal(Object.hasOwn(Object.prototype, 'polluted'), false);
    assert.equal((await admin.get('/auth/me')).body.username, 'admin');
    const strange = await fixture.sql('select name from devices where name like $1', [`%${TEMPLATE_WORKED_OUT}%`]);
    assert.deepEqual(strange, [], 'nothing was worked out');
  });
});
