import assert from 'node:assert/strict';
import { newUuid } from '../../src/core/ids.ts';
import { HOT } from './rule-samples.ts';
import { call, Client, eventually, PASSWORD, startApi } from './support.ts';
import type { Answer, ApiFixture } from './support.ts';

/** Who acts in the events, each logged in once. */
interface Cast {
  fixture: ApiFixture;
  admin: Client;
  operator: Client & { cookie: string };
  /** The key of the device `pump-01`. */
  device: Client;
  /** Ids of what was made before, by a word that the events choose. */
  ids: Record<string, string>;
  /** A new person with this name, and its id. */
  addUser(username: string): Promise<string>;
}

/** A line of the log as the table has it: who, what, how it ended, and on what where that is known beforehand. */
type Line = [actor: string, action: string, outcome: 'ok' | 'refused' | 'failed', target?: string];

/** What happens, and the lines that it leaves: these and no others. */
type Event = [name: string, happen: (cast: Cast) => Promise<unknown>, ...lines: Line[]];

const login = ({ fixture }: Cast, username: string, password = PASSWORD) =>
  call(fixture.url, 'POST', '/api/v1/auth/login', { body: { username, password } });
const refresh = ({ fixture }: Cast, token: string) => call(fixture.url, 'POST', '/api/v1/auth/refresh', { body: { refresh_token: token } });
const anonymous = ({ fixture }: Cast, headers: Record<string, string>) => call(fixture.url, 'GET', '/api/v1/devices', { headers });

async function made(cast: Cast, word: string, answer: Promise<Answer>): Promise<void> {
  const { status, body, text } = await answer;
  assert.ok(status < 300, text);
  cast.ids[word] = body.id;
}
const id = ({ ids }: Cast, word: string): string => ids[word] ?? assert.fail(`nothing made ${word}`);

/** In their order; later ones use what earlier ones made. Whoever adds a kind of event adds its line here. */
const EVENTS: Event[] = [
  ['a login', (cast) => login(cast, 'ada'), ['ada', 'login', 'ok']],
  ['a wrong password', (cast) => login(cast, 'ada', 'wrong password'), ['ada', 'login', 'refused']],
  ['a name that nobody has', (cast) => login(cast, 'nobody', 'x'), ['unknown', 'login', 'refused']],
  [
    'a disabled account',
    async (cast) => {
      await cast.fixture.sql('update users set disabled_at = now() where user_id = $1', [await cast.addUser('gone')]);
      await login(cast, 'gone');
    },
    ['gone', 'login', 'refused'],
  ],
  [
    'a logout',
    async (cast) => {
      const client = await Client.login(cast.fixture, 'ada');
      await client.post('/auth/logout');
    },
    ['ada', 'login', 'ok'],
    ['ada', 'logout', 'ok'],
  ],
  [
    'a refresh token that was used before',
    async (cast) => {
      const { tokens } = await Client.login(cast.fixture, 'ada');
      await refresh(cast, tokens.refresh_token);
      await refresh(cast, tokens.refresh_token);
    },
    ['ada', 'login', 'ok'],
    ['ada', 'token.reuse', 'refused'],
  ],
  [
    'a login, and nothing of its refresh',
    async (cast) => refresh(cast, (await Client.login(cast.fixture, 'ada')).tokens.refresh_token),
    ['ada', 'login', 'ok'],
  ],
  ['a refresh token that nobody was given', (cast) => refresh(cast, 'nonsense'), ['unknown', 'token.refresh', 'refused']],
  [
    'a refresh token of a login that has ended',
    async (cast) => {
      const client = await Client.login(cast.fixture, 'ada');
      await client.post('/auth/logout');
      await refresh(cast, client.tokens.refresh_token);
    },
    ['ada', 'login', 'ok'],
    ['ada', 'logout', 'ok'],
    ['ada', 'token.refresh', 'refused'],
  ],
  [
    'a password, first with a wrong one of before',
    async (cast) => {
      await cast.addUser('changer');
      const client = await Client.login(cast.fixture, 'changer');
      await client.send('PUT', '/auth/password', { current_password: 'wrong', new_password: 'quite another phrase' });
      await client.send('PUT', '/auth/password', { current_password: PASSWORD, new_password: 'quite another phrase' });
    },
    ['changer', 'login', 'ok'],
    ['changer', 'password.change', 'refused'],
    ['changer', 'password.change', 'ok'],
  ],
  ['no login', (cast) => anonymous(cast, {}), ['unknown', 'api.unauthenticated', 'refused', 'GET /api/v1/devices']],
  ['a token that is none', (cast) => anonymous(cast, { authorization: 'Bearer x.y.z' }), ['unknown', 'api.unauthenticated', 'refused']],
  ['a key that is none', (cast) => anonymous(cast, { 'x-api-key': 'insa_program_x' }), ['unknown', 'api.unauthenticated', 'refused']],
  [
    'what a role does not allow',
    ({ operator }) => operator.post('/devices', {}),
    ['op', 'api.forbidden', 'refused', 'POST /api/v1/devices'],
  ],
  [
    'what a key does not allow',
    ({ device }) => device.get('/devices'),
    ['device:pump-01', 'api.forbidden', 'refused', 'GET /api/v1/devices'],
  ],
  [
    'telemetry of another device',
    async ({ device, fixture }) => {
      const unwire = fixture.wire();
      await device.post('/telemetry', { device_id: 'pump-02', data: { a: 1 } });
      unwire();
    },
    ['device:pump-01', 'telemetry.send', 'refused'],
  ],
  ['the editor without a login', ({ fixture }) => call(fixture.url, 'GET', '/editor/flows'), ['unknown', 'editor.enter', 'refused']],
  [
    'the editor for an operator',
    ({ fixture, operator }) => call(fixture.url, 'GET', '/editor/flows', { headers: { cookie: operator.cookie } }),
    ['op', 'editor.enter', 'refused'],
  ],
  [
    'a person who is made',
    (cast) => made(cast, 'person', cast.admin.post('/users', { username: 'zoe', roles: ['viewer'], password: 'a phrase of her own' })),
    ['admin', 'user.create', 'ok', 'zoe'],
  ],
  [
    'a person who is changed',
    (cast) => cast.admin.send('PATCH', `/users/${id(cast, 'person')}`, { display_name: 'Zoe' }),
    ['admin', 'user.change', 'ok', 'zoe'],
  ],
  [
    'other roles of a person',
    (cast) => cast.admin.post(`/users/${id(cast, 'person')}/roles`, { roles: ['operator'] }),
    ['admin', 'user.roles', 'ok', 'zoe'],
  ],
  [
    'a password for somebody else',
    (cast) => cast.admin.post(`/users/${id(cast, 'person')}/password`),
    ['admin', 'password.reset', 'ok', 'zoe'],
  ],
  [
    'a person who may no longer come in',
    (cast) => cast.admin.send('PATCH', `/users/${id(cast, 'person')}`, { disabled: true }),
    ['admin', 'user.disable', 'ok', 'zoe'],
  ],
  ['a person who is removed', (cast) => cast.admin.send('DELETE', `/users/${id(cast, 'person')}`), ['admin', 'user.remove', 'ok', 'zoe']],
  [
    'a role that is made',
    (cast) => made(cast, 'role', cast.admin.post('/roles', { name: 'Night shift', permissions: ['alerts:read'] })),
    ['admin', 'role.create', 'ok', 'Night shift'],
  ],
  [
    'a role that is changed',
    (cast) => cast.admin.send('PATCH', `/roles/${id(cast, 'role')}`, { permissions: ['alerts:read', 'alerts:write'] }),
    ['admin', 'role.change', 'ok', 'Night shift'],
  ],
  [
    'a role that is removed',
    (cast) => cast.admin.send('DELETE', `/roles/${id(cast, 'role')}`),
    ['admin', 'role.remove', 'ok', 'Night shift'],
  ],
  [
    'a key of a program',
    (cast) => made(cast, 'key', cast.admin.post('/api-keys', { kind: 'program', name: 'report', permissions: ['telemetry:read'] })),
    ['admin', 'api_key.issue', 'ok', 'report'],
  ],
  [
    'a key that is exchanged',
    (cast) => made(cast, 'next key', cast.admin.post(`/api-keys/${id(cast, 'key')}/rotate`, { overlap_seconds: 0 })),
    ['admin', 'api_key.rotate', 'ok'],
  ],
  ['a key that is revoked', (cast) => cast.admin.send('DELETE', `/api-keys/${id(cast, 'next key')}`), ['admin', 'api_key.revoke', 'ok']],
  [
    'a key of a device',
    (cast) => made(cast, 'credential', cast.admin.post('/devices/pump-01/credentials', { name: 'second' })),
    ['admin', 'credential.issue', 'ok', 'pump-01'],
  ],
  [
    'a key of a device that is exchanged',
    (cast) =>
      made(
        cast,
        'next credential',
        cast.admin.post(`/devices/pump-01/credentials/${id(cast, 'credential')}/rotate`, { overlap_seconds: 0 }),
      ),
    ['admin', 'credential.rotate', 'ok', 'pump-01'],
  ],
  [
    'a key of a device that is revoked',
    (cast) => cast.admin.send('DELETE', `/devices/pump-01/credentials/${id(cast, 'next credential')}`),
    ['admin', 'credential.revoke', 'ok', 'pump-01'],
  ],
  ['a device that is made', ({ admin }) => admin.post('/devices', { device_id: 'pump-09' }), ['admin', 'device.create', 'ok', 'pump-09']],
  [
    'a device that is changed',
    ({ admin }) => admin.send('PATCH', '/devices/pump-09', { name: 'Nine' }),
    ['admin', 'device.change', 'ok', 'pump-09'],
  ],
  ['a configuration', ({ admin }) => admin.post('/devices/pump-09/config', { interval: 5 }), ['admin', 'device.config', 'ok', 'pump-09']],
  [
    'a command that nobody allowed',
    ({ operator }) => operator.post('/devices/pump-09/commands', { command: 'explode' }),
    ['op', 'command.send', 'refused', 'pump-09'],
  ],
  ['a device that is removed', ({ admin }) => admin.send('DELETE', '/devices/pump-09'), ['admin', 'device.remove', 'ok', 'pump-09']],
  ['a rule', (cast) => made(cast, 'rule', cast.admin.post('/rules', HOT)), ['admin', 'rule.create', 'ok']],
  [
    'a rule that is switched off',
    (cast) => cast.admin.send('PATCH', `/rules/${id(cast, 'rule')}/toggle`, {}),
    ['admin', 'rule.disable', 'ok'],
  ],
  ['a rule that is removed', (cast) => cast.admin.send('DELETE', `/rules/${id(cast, 'rule')}`), ['admin', 'rule.remove', 'ok']],
  [
    'a dashboard',
    (cast) => made(cast, 'dashboard', cast.admin.post('/dashboards', { name: 'Hall', is_public: true })),
    ['admin', 'dashboard.create', 'ok'],
  ],
  [
    'a dashboard that somebody else hides',
    async (cast) => {
      const client = await Client.login(cast.fixture, 'ada');
      await client.send('PATCH', `/dashboards/${id(cast, 'dashboard')}`, { is_public: false, version: 1 });
    },
    ['ada', 'login', 'ok'],
    ['ada', 'dashboard.change', 'refused'],
  ],
  [
    'a dashboard that is removed',
    (cast) => cast.admin.send('DELETE', `/dashboards/${id(cast, 'dashboard')}`),
    ['admin', 'dashboard.remove', 'ok'],
  ],
  ['an alert that is seen', (cast) => cast.operator.post(`/alerts/${id(cast, 'alert')}/acknowledge`), ['op', 'alert.acknowledge', 'ok']],
  ['a note', (cast) => cast.operator.post(`/alerts/${id(cast, 'alert')}/notes`, { note: 'seen' }), ['op', 'alert.note', 'ok']],
  ['an alert that is over', (cast) => cast.operator.post(`/alerts/${id(cast, 'alert')}/resolve`), ['op', 'alert.resolve', 'ok']],
  [
    'flows that are deployed',
    ({ admin }) => admin.post('/flows/import', { flows: [{ id: 'n1', type: 'debug' }], mode: 'merge' }),
    ['admin', 'flows.deploy', 'ok'],
  ],
  ['the log that is taken away', ({ admin }) => admin.get('/audit/logs/export'), ['admin', 'audit.export', 'ok']],
];

/** Reading and asking for what is not there leave nothing. */
const SILENT: [string, (cast: Cast) => Promise<unknown>][] = [
  ['a list', ({ admin }) => admin.get('/devices')],
  ['what does not exist', ({ admin }) => admin.send('DELETE', `/dashboards/${newUuid()}`)],
  ['input that is not valid', ({ admin }) => admin.post('/dashboards', {})],
];

describe('security events in the audit log', () => {
  let cast: Cast;
  let fixture: ApiFixture;

  before(async () => {
    fixture = await startApi();
    const addUser = (username: string) => fixture.addUser(username, 'engineer');
    await addUser('ada');
    await fixture.addUser('op', 'operator');
    const admin = await Client.login(fixture, 'admin');
    await admin.post('/devices', { device_id: 'pump-01' });
    await admin.post('/devices', { device_id: 'pump-02' });
    const { key } = (await admin.post('/devices/pump-01/credentials')).body;
    const alert = newUuid();
    await fixture.sql(
      `insert into alerts (alert_id, tenant_id, rule_id, rule_version, rule_name, device_id, key, severity, status, message, raised_at, known_at, last_at)
       values ($1, 'default', $2, 1, 'r', 'pump-01', 'k', 'info', 'active', 'm', now(), now(), now())`,
      [alert, newUuid()],
    );
    const operator = await Client.login(fixture, 'op');
    cast = { fixture, admin, operator, device: Client.withKey(fixture, key), ids: { alert }, addUser };
  });
  after(() => fixture.stop());

  const last = async () => Number((await fixture.sql('select coalesce(max(audit_id), 0) as id from audit_log'))[0]?.['id']);
  const since = (before: number) =>
    fixture.sql('select actor, action, outcome, target, address, tenant_id from audit_log where audit_id > $1 order by audit_id', [before]);

  for (const [name, happen, ...lines] of EVENTS) {
    it(`are told of ${name}: ${lines.map(([actor, action, outcome]) => `${actor} ${action} ${outcome}`).join(', ')}`, async () => {
      const before = await last();
      await happen(cast);
      const rows = await eventually(async () => {
        const found = await since(before);
        return found.length >= lines.length ? found : undefined;
      }, name);
      assert.deepEqual(
        rows.map(({ actor, action, outcome }) => [actor, action, outcome]),
        lines.map(([actor, action, outcome]) => [actor, action, outcome]),
      );
      for (const [index, [, , , target]] of lines.entries()) {
        const row = rows[index];
        if (target !== undefined) assert.equal(row?.['target'], target);
        assert.equal(row?.['tenant_id'], 'default');
        assert.match(String(row?.['address']), /^(::ffff:)?127\.0\.0\.1$/);
      }
    });
  }

  for (const [name, happen] of SILENT) {
    it(`say nothing of ${name}`, async () => {
      const before = await last();
      await happen(cast);
      assert.deepEqual(await since(before), []);
    });
  }

  it('hold no password, no key and no token', async () => {
    const rows = await fixture.sql(`select string_agg(a::text, ' ') as text from audit_log a`);
    assert.doesNotMatch(
      String(rows[0]?.['text']),
      /a phrase of her own|quite another phrase|wrong password|insa_(device|program|gateway)_\S{20}|eyJ/,
    );
  });
});
