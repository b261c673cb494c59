import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { notificationSchema } from '../../src/contracts/notifications.ts';
import { blocksOf, pageOf, requestOf, shapeOf } from '../support/documented.ts';
import { ApiClient, eventually, startPlatform } from '../support/platform.ts';
import type { RunningPlatform } from '../support/platform.ts';
import { createEmptyDatabase } from '../support/postgres.ts';
import { refusal, startMailServer } from './smtp.ts';
import type { MailServer } from './smtp.ts';

const [EMAIL, ACTIONS, NOTIFICATIONS] = ['email.md', 'actions.md', 'notifications.md'].map(pageOf) as [string, string, string];
const AT_HOME = 'http://localhost:1880';

describe('the examples of docs/email.md, actions.md and notifications.md', () => {
  const ended: (() => Promise<unknown>)[] = [];
  let platform: RunningPlatform;
  let api: ApiClient;
  let mail: MailServer;
  let deviceKey: string;
  /** What the server of n8n was sent. */
  const workflows: { key: string | undefined; body: Record<string, unknown> }[] = [];
  const variables = { KEY: '', TOKEN: '' };
  let n8nUrl: string;

  before(async () => {
    const { url, drop } = await createEmptyDatabase();
    ended.push(drop);
    mail = await startMailServer({
      onRcptTo: ({ address }, _session, done) => done(address.startsWith('gone') ? refusal(550, '5.1.1 no such user') : null),
    });
    ended.push(() => mail.stop());
    n8nUrl = await startWorkflows();
    const dataDir = mkdtempSync(path.join(os.tmpdir(), 'insa-documented-'));
    const templates = path.join(dataDir, 'templates', 'email');
    mkdirSync(templates, { recursive: true });
    writeFileSync(path.join(templates, 'alert-raised.html.hbs'), blocksOf(EMAIL, 'handlebars')[0] ?? '');
    writeFileSync(path.join(templates, 'alert-resolved.html.hbs'), '{{#> layout}}\n{{devise_name}}\n{{/layout}}\n');
    platform = await startPlatform({
      dataDir,
      env: {
        ...{ DATABASE_URL: url, SMTP_URL: `smtp://127.0.0.1:${String(mail.port)}`, MAIL_FROM: 'plant@example.com', LOG_DIR: dataDir },
        ...{ WEBHOOK_ALLOW_CIDRS: '127.0.0.0/8', SCRIPT_ACTIONS: 'true', PUBLIC_URL: 'https://iot.example.com' },
      },
    });
    ended.push(() => platform.dispose());
    api = await ApiClient.login(platform);
    deviceKey = await api.createDevice('pump-01');
    // Actions send only what the device allows.
    assert.equal((await api.call('PATCH', '/devices/pump-01', { allowed_commands: ['stop', 'set_speed'] })).status, 200);
    variables.TOKEN = api.token;
    const permissions = ['notifications:read', 'notifications:write'];
    variables.KEY = String((await api.call('POST', '/api-keys', { name: 'docs', kind: 'program', permissions })).body['key']);
  });
  after(async () => {
    for (const end of ended.reverse()) await end();
  });

  async function startWorkflows(): Promise<string> {
    const server = http.createServer((request, response) => {
      void text(request).then((body) => {
        workflows.push({ key: String(request.headers['x-key']), body: JSON.parse(body) as Record<string, unknown> });
        response.end('{}');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ended.push(() => new Promise((resolve) => server.close(resolve)));
    return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/webhook/pump-alarm`;
  }

  /** Carries out a command of a page here. */
  async function run(command: string): Promise<{ status: number; body: Record<string, unknown> }> {
    const { url, init } = requestOf(command, variables);
    assert.ok(url.startsWith(`${AT_HOME}/api/v1/`), url);
    const response = await fetch(url.replace(AT_HOME, platform.httpUrl), init);
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }

  const send = async (temperature: number): Promise<void> => {
    const answer = await api.withKey(deviceKey).call('POST', '/telemetry', { temperature });
    assert.ok(answer.status < 300, JSON.stringify(answer.body));
  };
  const rule = (fields: object) =>
    api.call('POST', '/rules', {
      ...{ name: 'Documented', rule_type: 'threshold', severity: 'critical', device_id: 'pump-01' },
      conditions: { key: 'temperature', operator: '>', value: 80, clear_value: 75 },
      ...fields,
    });

  it('make the rule of actions.md, with what it says', async () => {
    const command = /^ {4}(curl -X POST [\s\S]*?\}'\n)/m.exec(ACTIONS)?.[1] ?? '';
    const { status, body } = await run(command);
    assert.equal(status, 201, JSON.stringify(body));
    assert.deepEqual(
      (body['actions'] as { type: string }[]).map(({ type }) => type),
      ['mqtt', 'command'],
    );
    assert.equal((await api.call('DELETE', `/rules/${String(body['id'])}`)).status, 204);
  });

  it('are actions that a rule takes when it is saved', async () => {
    const examples = [...ACTIONS.matchAll(/^ {4}(\{"type".*\})$/gm)].map(([, example = '']) => JSON.parse(example) as object);
    assert.equal(examples.length, 5);
    const { status, body } = await rule({ actions: examples });
    assert.equal(status, 201, JSON.stringify(body));
    assert.equal((await api.call('DELETE', `/rules/${String(body['id'])}`)).status, 204);
  });

  it('show what n8n and programs get, the e-mail of a template, and a line of the ledger', async () => {
    const { status, body: created } = await rule({
      actions: [
        { type: 'n8n', url: n8nUrl, header: { name: 'X-Key', value: 'a key' }, on: ['raised'] },
        { type: 'email', recipients: ['gone@example.com'], on: ['raised'] },
        { type: 'email', recipients: ['ops@example.com'], on: ['raised'] },
      ],
    });
    assert.equal(status, 201, JSON.stringify(created));
    await send(20);
    await send(81.5);
    const sent = await eventually(() => workflows[0], 'the workflow is started');
    assert.equal(sent.key, 'a key');
    const shown = JSON.parse(blocksOf(ACTIONS, 'json')[0] ?? '') as Record<string, unknown>;
    const told = shapeOf(sent.body);
    const promised = shapeOf(shown).filter((name) => name !== '.alert....');
    assert.deepEqual(
      promised.filter((name) => !told.includes(name)),
      [],
    );
    // Only of the alert there is more than the page shows.
    const more = told.filter((name) => !promised.includes(name) && !name.startsWith('.alert.'));
    assert.deepEqual(more, []);
    assert.deepEqual([sent.body['version'], sent.body['event'], (sent.body['alert'] as { value: number }).value], [1, 'raised', 81.5]);
    assert.match(String(sent.body['link']), /^https:\/\/iot\.example\.com\/alerts\/[0-9a-f-]{36}$/);

    const email = await eventually(() => mail.mails[0], 'the e-mail');
    assert.match(email.mail.html ?? '', /<h1>pump-01: 81\.5<\/h1>\s*<p>The limit is 80\.<\/p>/);

    const answer = await eventually(async () => {
      const { status: got, body } = await run(blocksOf(NOTIFICATIONS, 'sh')[0] ?? '');
      assert.equal(got, 200, JSON.stringify(body));
      return (body['items'] as unknown[]).length > 0 ? body : undefined;
    }, 'a failed one');
    const line = JSON.parse(blocksOf(NOTIFICATIONS, 'json')[0] ?? '') as { items: [{ reason: string }] };
    assert.deepEqual(shapeOf(line), shapeOf(answer));
    assert.deepEqual(notificationSchema.strict().parse(line.items[0]), line.items[0]);
    assert.equal((answer['items'] as typeof line.items)[0].reason, line.items[0].reason);
    assert.equal((await api.call('DELETE', `/rules/${String(created['id'])}`)).status, 204);
  });

  it('show what a test of e-mail answers', async () => {
    const [command = '', answer = ''] = (blocksOf(EMAIL, 'console')[0] ?? '').split(/^(?=\{)/m);
    const { status, body } = await run(command.replace(/^\$ /, ''));
    assert.equal(status, 200, JSON.stringify(body));
    assert.deepEqual([body['delivered'], body['reason']], [true, /"reason":"([^"]*)"/.exec(answer)?.[1]]);
    const named = [...answer.matchAll(/"(\w+)":/g)].map(([, name = '']) => name);
    assert.deepEqual([...new Set(named)].sort(), [...new Set(shapeOf(body).map((name) => name.replace(/^.*\./, '')))].sort());
    assert.deepEqual(Object.keys(body), named.slice(0, Object.keys(body).length));
  });

  it('show what is said of a template that cannot be used', async () => {
    const [beginning = ''] = (blocksOf(EMAIL, 'text')[0] ?? '').replace('alert-raised', 'alert-resolved').split('…');
    assert.match(beginning, /line 2 names/);
    await eventually(() => platform.output().includes(beginning.trim()) || undefined, `"${beginning}" in the log`);
  });
});
