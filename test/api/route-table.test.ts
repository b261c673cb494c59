import assert from 'node:assert/strict';
import type { Route } from '../../src/api/route.ts';
import type { Permission, RoleName } from '../../src/core/permissions.ts';
import { DEVICE_PERMISSIONS, ROLES } from '../../src/core/permissions.ts';
import { bodyHeaders, bodySample, jsonSchemaOf, nameOf, pathOf, querySample } from './route-samples.ts';
import { seed, valuesOf } from './route-seeds.ts';
import type { PathValues, Seeds } from './route-seeds.ts';
import { call, Client, startApi } from './support.ts';
import type { Answer, ApiFixture } from './support.ts';

/** For people alone: a key has neither login nor password, and is refused whatever its permissions. */
const FOR_PEOPLE = new Set(['post /auth/logout', 'put /auth/password']);
/** What ends the login that asks for it stands at the end. */
const LAST = ['put /auth/password', 'post /auth/logout'];
/** Which permissions may stand before the routes of an area, by their beginning: a route that declares the wrong one would be guarded, and wrongly. */
const AREAS: Record<string, readonly string[]> = {
  alerts: ['alerts:'],
  analytics: ['telemetry:'],
  'api-keys': ['credentials:'],
  audit: ['audit:'],
  auth: ['public', 'authenticated', 'users:'],
  connection: ['devices:'],
  dashboards: ['dashboards:'],
  demo: ['settings:'],
  devices: ['devices:', 'credentials:', 'config:', 'commands:', 'telemetry:read'],
  flows: ['flows:', 'settings:'],
  notifications: ['notifications:'],
  roles: ['users:'],
  rules: ['rules:'],
  system: ['authenticated'],
  telemetry: ['telemetry:', 'rejected:'],
  users: ['users:'],
  webhooks: ['webhooks:'],
};
const OTHER_TENANT = 'other';

/** Who calls, and what the table allows; undefined: nobody is known. */
interface Caller {
  name: string;
  permissions: readonly Permission[] | undefined;
  isPerson: boolean;
  headers(fixture: ApiFixture): Promise<Record<string, string>>;
}

const loggedIn = async (fixture: ApiFixture, username: string) => (await Client.login(fixture, username)).headers;
const withKey = (key: string) => ({ 'x-api-key': key });

/** A person with these roles, as the table of permissions has them. */
function person(role: string, permissions: readonly Permission[]): Caller {
  return {
    name: `a person with the role "${role}"`,
    permissions,
    isPerson: true,
    headers: async (fixture) => {
      const username = `as-${role.replaceAll(' ', '-')}`;
      await fixture.addUser(username, role);
      return loggedIn(fixture, username);
    },
  };
}

function program(permissions: readonly Permission[]): Caller {
  return {
    name: `a program that may ${permissions.length === 0 ? 'nothing' : permissions.join(' and ')}`,
    permissions,
    isPerson: false,
    headers: async ({ credentials }) =>
      withKey((await credentials.issue({ tenantId: 'default', kind: 'program', name: `p${String(permissions.length)}`, permissions })).key),
  };
}

const CALLERS: readonly Caller[] = [
  { name: 'nobody known', permissions: undefined, isPerson: false, headers: () => Promise.resolve({}) },
  { name: 'a key that is none', permissions: undefined, isPerson: false, headers: () => Promise.resolve(withKey('insa_program_unknown')) },
  ...(Object.keys(ROLES) as RoleName[]).map((role) => person(role, ROLES[role])),
  person('may nothing', []),
  person('may see alerts', ['alerts:read']),
  {
    name: 'the key of a device',
    permissions: DEVICE_PERMISSIONS,
    isPerson: false,
    headers: async ({ credentials }) =>
      withKey((await credentials.issue({ tenantId: 'default', kind: 'device', deviceId: 'seed-pump', name: 'd' })).key),
  },
  {
    name: 'the key of a gateway',
    permissions: ['telemetry:write'],
    isPerson: false,
    headers: async ({ credentials }) => withKey((await credentials.issue({ tenantId: 'default', kind: 'gateway', name: 'g' })).key),
  },
  program([]),
  program(['telemetry:read', 'dashboards:write']),
];

/** Every route of the registry, by every kind of caller, and by another tenant on what is not its own: expected of the table alone. */
describe('the table of routes and callers', () => {
  let fixture: ApiFixture;
  let admin: Client;
  let seeds: Seeds;
  let routes: readonly Route[];

  before(async () => {
    fixture = await startApi();
    admin = await Client.login(fixture, 'admin');
    seeds = await seed(fixture, admin);
    fixture.wire();
    await fixture.sql(
      `insert into roles (role_id, tenant_id, name, permissions) values (gen_random_uuid(), 'default', 'may nothing', '{}'),
        (gen_random_uuid(), 'default', 'may see alerts', '{alerts:read}')`,
    );
    routes = [...fixture.api.routes].sort((a, b) => LAST.indexOf(nameOf(a)) - LAST.indexOf(nameOf(b)));
  });
  after(() => fixture.stop());

  /** A request that the schemas of the route take, as far as they tell. */
  function ask(route: Route, headers: Record<string, string>, values: PathValues = {}): Promise<Answer> {
    const body = bodySample(route);
    return call(fixture.url, route.method.toUpperCase(), `/api/v1${pathOf(route, values)}${querySample(route)}`, {
      headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...bodyHeaders(route) },
      ...(body === undefined ? {} : { body }),
    });
  }

  /** What is wrong with an answer, by the table; undefined: nothing. */
  function wrong(route: Route, caller: Caller, { status, body }: Answer): string | undefined {
    const { permission } = route;
    const refusedByGuard = status === 403 && body.permission === permission;
    const expected =
      permission === 'public'
        ? 'not 403'
        : caller.permissions === undefined
          ? '401'
          : permission === 'authenticated'
            ? !caller.isPerson && FOR_PEOPLE.has(nameOf(route))
              ? '403'
              : 'allowed'
            : caller.permissions.includes(permission)
              ? 'allowed'
              : '403';
    const isRight = {
      'not 403': status !== 403,
      '401': status === 401 && body.code === 'UNAUTHENTICATED',
      '403': status === 403 && (permission === 'authenticated' || refusedByGuard),
      allowed: status !== 401 && !refusedByGuard && !(permission === 'authenticated' && status === 403),
    }[expected];
    if (isRight && status < 500) return undefined;
    return `${nameOf(route)} (${permission}): ${String(status)} ${body.code} instead of ${expected}`;
  }

  for (const caller of CALLERS) {
    it(`answers ${caller.name} as the table says, on every route`, async () => {
      const headers = await caller.headers(fixture);
      const faults: string[] = [];
      for (const route of routes) {
        if (!caller.isPerson && route.permission === 'public') continue;
        // An answer that the document does not know is a fault too, and the other routes are asked all the same.
        const fault = await ask(route, headers).then(
          (answer) => wrong(route, caller, answer),
          (error: unknown) => String(error).slice(0, 300),
        );
        if (fault !== undefined) faults.push(fault);
      }
      assert.deepEqual(faults, []);
    });
  }

  it('has before each area what belongs to it, and before changes more than the right to read', () => {
    for (const route of routes) {
      const [, area = ''] = route.path.split('/');
      const allowed = AREAS[area] ?? assert.fail(`the area "${area}" has no entry in AREAS`);
      assert.ok(
        allowed.some((beginning) => route.permission.startsWith(beginning)),
        `${nameOf(route)} asks for ${route.permission}`,
      );
      if (route.method !== 'get') assert.doesNotMatch(route.permission, /:read$/, nameOf(route));
    }
    assert.deepEqual(
      routes
        .filter(({ permission }) => permission === 'public')
        .map(nameOf)
        .sort(),
      ['post /auth/login', 'post /auth/refresh'],
    );
  });

  it('tells those who are not known how to be', async () => {
    for (const route of routes.filter(({ permission }) => permission !== 'public')) {
      for (const headers of [
        { authorization: 'Bearer nonsense' },
        { authorization: 'Basic YWRtaW46YWRtaW4=' },
        { cookie: 'insa_session=x' },
      ]) {
        const answer = await ask(route, headers);
        assert.deepEqual([answer.status, answer.headers.get('www-authenticate')], [401, 'Bearer'], nameOf(route));
      }
    }
  });

  it('writes refusals down: who, what, and in a flood in part', async () => {
    const forbidden = await fixture.sql(`select target, details from audit_log where action = 'api.forbidden' and actor = 'as-viewer'`);
    assert.ok(forbidden.some(({ target }) => target === 'POST /api/v1/devices'));
    assert.ok(forbidden.length <= 20 && forbidden.length > 3);
    const rows = await fixture.sql(`select count(*)::int as n from audit_log where action = 'api.unauthenticated' and outcome = 'refused'`);
    assert.ok(Number(rows[0]?.['n']) >= 20 && Number(rows[0]?.['n']) <= 40, 'at most 20 a minute');
  });

  describe('for another tenant', () => {
    let stranger: Client;

    before(async () => {
      await fixture.sql('insert into tenants (tenant_id, name) values ($1, $1)', [OTHER_TENANT]);
      await fixture.addUser('stranger', 'admin', { tenantId: OTHER_TENANT });
      stranger = await Client.login(fixture, 'stranger');
    });

    /** Two answers are the same but for what was asked. */
    function shape(answer: Answer, ids: PathValues): object {
      let text = answer.text;
      for (const id of Object.values(ids).filter(({ length }) => length > 3)) text = text.replaceAll(id, '{id}');
      const { instance: _instance, request_id: _requestId, ...body } = JSON.parse(text === '' ? '{}' : text) as Record<string, unknown>;
      return { status: answer.status, body };
    }

    it('what this one has is like what does not exist, on every route that names something', async () => {
      for (const route of routes.filter(({ path }) => path.includes('{'))) {
        const own = await valuesOf(route, admin, seeds);
        const none = Object.fromEntries(
          Object.keys(own).map((name) => [
            name,
            name === 'device_id'
              ? 'device-of-nobody'
              : /^\d+$/.test(own[name] ?? '')
                ? String(own[name])
                : '00000000-0000-4000-8000-000000000000',
          ]),
        );
        const foreign = await ask(route, stranger.headers, own);
        assert.deepEqual(shape(foreign, own), shape(await ask(route, stranger.headers, none), none), nameOf(route));
        // A body that a sample cannot guess is refused before anything is looked for; then both are 400.
        assert.ok(foreign.status === 404 || (foreign.status === 400 && route.body !== undefined), `${nameOf(route)}: ${foreign.text}`);
      }
    });

    it('all of it was there, and is afterwards', async () => {
      for (const route of routes.filter(({ path, method }) => path.includes('{') && method === 'get')) {
        const answer = await ask(route, admin.headers, await valuesOf(route, admin, seeds));
        assert.ok(
          answer.status === 200 || answer.body.detail.includes('no configuration'),
          `${nameOf(route)}: ${answer.text.slice(0, 200)}`,
        );
      }
    });

    it('lists show nothing of this one', async () => {
      for (const route of routes.filter(
        ({ path, method, permission }) => method === 'get' && !path.includes('{') && permission !== 'public',
      )) {
        const answer = await ask(route, stranger.headers);
        assert.ok([200, 400, 404].includes(answer.status), `${nameOf(route)}: ${answer.text.slice(0, 200)}`);
        assert.doesNotMatch(answer.text, /seed-pump|"Seed"/, nameOf(route));
      }
    });

    it('a device, rule or person of this one in a query is like one that does not exist', async () => {
      const names: Record<string, string> = { device_id: 'seed-pump', device_ids: 'seed-pump', devices: 'seed-pump' };
      for (const route of routes.filter(({ method, query, path }) => method === 'get' && query !== undefined && !path.includes('{'))) {
        const known = route.query === undefined ? [] : Object.keys(jsonSchemaOf(route.query).properties ?? {});
        for (const name of known.filter((one) => Object.hasOwn(names, one))) {
          const answers: object[] = [];
          for (const id of [String(names[name]), 'device-of-nobody']) {
            const query = new URLSearchParams(querySample(route));
            query.set(name, id);
            answers.push(shape(await stranger.get(`${route.path}?${query.toString()}`), { id }));
          }
          assert.deepEqual(answers[0], answers[1], `${nameOf(route)} ${name}`);
        }
      }
    });
  });
});
