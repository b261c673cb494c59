import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { EditorClient } from '../support/editor.ts';
import type { FlowNode } from '../support/editor.ts';
import { ApiClient, eventually, startPlatform } from '../support/platform.ts';
import type { RunningPlatform } from '../support/platform.ts';

const ROOT = path.join(import.meta.dirname, '..', '..');
const SCRIPT = path.join(ROOT, 'scripts', 'flows.ts');
/** Needs a module that is loaded only where a flow uses it: the import names it. */
const PALETTE_EXAMPLE = '03 - From the palette';

interface Difference {
  summary: string;
  added: { id: string; name: string; tab: string | null }[];
  removed: { id: string }[];
  changed: { id: string; properties: string[] }[];
  moved: { id: string }[];
}

interface Deployment {
  deployed: boolean;
  version: string;
  number: number | null;
  difference: Difference;
  problems: { kind: string; node_id: string; field: string; message: string }[];
}

interface Version {
  id: string;
  number: number;
  author: string;
  origin: string;
  summary: string;
  note: string | null;
  rolled_back_from: number | null;
}

/** Flows as files, against the whole program. */
describe('flows through the API', () => {
  let platform: RunningPlatform;
  let api: ApiClient;
  let first: FlowNode[];

  before(async () => {
    platform = await startPlatform({ env: { DEMO: 'true' } });
    api = await ApiClient.login(platform);
    first = (await flows()).flows;
  });
  after(() => platform.dispose());

  const flows = async () => (await api.call('GET', '/flows')).body as unknown as { version: string; flows: FlowNode[] };
  const versions = async () => (await api.call('GET', '/flows/versions')).body['items'] as Version[];
  async function send(nodes: unknown, more: Record<string, unknown> = {}): Promise<Deployment> {
    const { status, body } = await api.call('POST', '/flows/import', { flows: nodes, mode: 'merge', ...more });
    assert.equal(status, 200, JSON.stringify(body));
    return body as unknown as Deployment;
  }

  const tab = { id: 'tab-1', type: 'tab', label: 'Plant two', disabled: false, info: '' };
  const inject = { id: 'inject-1', type: 'inject', z: 'tab-1', name: 'Press', props: [], repeat: '', x: 100, y: 100, wires: [['debug-1']] };
  const debug = { id: 'debug-1', type: 'debug', z: 'tab-1', name: 'Show', active: false, x: 300, y: 100, wires: [] };

  it('keep what the first start deployed as version 1, of the platform', async () => {
    const [version, ...others] = await eventually(async () => {
      const items = await versions();
      return items.length > 0 ? items : undefined;
    }, 'the first version');
    assert.deepEqual(others, []);
    assert.deepEqual([version?.number, version?.author, version?.origin], [1, 'platform', 'platform']);
    assert.match(version?.summary ?? '', /^\+\d+: /);
  });

  it('answer what is deployed without credentials, also as the file that the editor imports', async () => {
    const text = JSON.stringify(first);
    assert.ok(first.some(({ type }) => type === 'mqtt-broker'));
    assert.doesNotMatch(text, /"credentials"|"password"|insa_[A-Za-z0-9]{10}/);
    const file = await api.call('GET', '/flows/export');
    assert.deepEqual(file.body, first);
    assert.match(file.headers.get('content-disposition') ?? '', /insa-flows\.json/);
  });

  for (const file of globSync(['flows/*.json', 'nodes/*/examples/*.json'], { cwd: ROOT })) {
    it(`take ${file}`, async () => {
      const nodes = JSON.parse(readFileSync(path.join(ROOT, file), 'utf8')) as FlowNode[];
      const dry = await send(nodes, { dry_run: true, tab: 'insa-main' });
      assert.equal(dry.deployed, false);
      if (file.includes(PALETTE_EXAMPLE)) {
        assert.deepEqual(
          dry.problems.map(({ kind }) => kind),
          ['unknown_type'],
        );
        assert.match(dry.problems[0]?.message ?? '', /"aedes broker"/);
        return;
      }
      assert.deepEqual(dry.problems, []);
      assert.deepEqual((await flows()).flows, first, 'nothing was touched');
      if (!file.startsWith('flows/')) return;
      await send([tab], { mode: 'replace' });
      const done = await send(nodes);
      assert.equal(done.difference.added.length, nodes.length);
      const now = new Map((await flows()).flows.map((node) => [node.id, node]));
      for (const node of nodes) assert.deepEqual(now.get(node.id), node);
      await send(first, { mode: 'replace' });
    });
  }

  it('show what an import would do, do it, and keep it as a version with its author', async () => {
    const nodes = [tab, inject, debug];
    const dry = await send(nodes, { dry_run: true });
    assert.equal(dry.difference.summary, '+3: Plant two, Press on Plant two, Show on Plant two');
    const done = await send(nodes, { note: 'second line', expected_version: dry.version });
    assert.ok(done.deployed);
    assert.deepEqual((await flows()).version, done.version);
    const [newest] = await versions();
    assert.deepEqual([newest?.number, newest?.author, newest?.origin, newest?.note], [done.number, 'admin', 'api', 'second line']);
    assert.equal(newest?.summary, dry.difference.summary);
    const again = await send(nodes);
    assert.deepEqual([again.deployed, again.difference.summary], [false, 'nothing changed']);
    assert.equal((await versions())[0]?.number, done.number);
    const moved = await send([{ ...debug, x: 400 }], { dry_run: true });
    assert.deepEqual([moved.difference.moved.map(({ id }) => id), moved.difference.changed], [['debug-1'], []]);
    const changed = await send([{ ...debug, x: 400, active: true }], { dry_run: true });
    assert.deepEqual(
      changed.difference.changed.map(({ id, properties }) => [id, properties]),
      [['debug-1', ['active', 'position']]],
    );
  });

  it('go back to an earlier version as a new one', async () => {
    const [newest] = await versions();
    const wanted = await versions().then((items) => items.find(({ summary }) => summary.startsWith('+3: Plant two')));
    assert.ok(newest !== undefined && wanted !== undefined);
    await send([{ ...debug, active: true }]);
    const dry = (await api.call('POST', `/flows/versions/${wanted.id}/rollback`, { dry_run: true })).body as unknown as Deployment;
    assert.deepEqual(
      dry.difference.changed.map(({ id }) => id),
      ['debug-1'],
    );
    const done = await api.call('POST', `/flows/versions/${wanted.id}/rollback`, {});
    assert.equal(done.status, 200, JSON.stringify(done.body));
    assert.equal((await flows()).flows.find(({ id }) => id === 'debug-1')?.['active'], false);
    const [rolledBack] = await versions();
    assert.deepEqual([rolledBack?.origin, rolledBack?.rolled_back_from], ['rollback', wanted.number]);
    const { body } = await api.call('GET', `/flows/versions/${String(rolledBack?.id)}`);
    assert.deepEqual(
      (body['difference'] as Difference).changed.map(({ id, properties }) => [id, properties]),
      [['debug-1', ['active']]],
    );
    assert.deepEqual(body['flows'], (await flows()).flows);
  });

  it('keep the credentials of nodes whose id stays', async () => {
    const broker = { id: 'broker-1', type: 'mqtt-broker', name: 'b', broker: 'localhost', port: '1', autoConnect: false };
    await send([{ ...broker, credentials: { user: 'u1', password: 'top secret 1' } }]);
    const editor = await EditorClient.login(platform);
    const kept = async () => (await editor.get('/credentials/mqtt-broker/broker-1')) as { user?: string; has_password?: boolean };
    assert.deepEqual(await kept(), { user: 'u1', has_password: true });
    await send([{ ...broker, name: 'other' }]);
    assert.deepEqual(await kept(), { user: 'u1', has_password: true });
    await send(
      (await flows()).flows.map((node) => (node.id === 'broker-1' ? { ...node, name: 'third' } : node)),
      { mode: 'replace' },
    );
    assert.deepEqual(await kept(), { user: 'u1', has_password: true });
    const [newest] = await versions();
    const { body } = await api.call('GET', `/flows/versions/${String(newest?.id)}`);
    assert.doesNotMatch(JSON.stringify([body, await flows()]), /top secret|"credentials"/);
  });

  it('keep what is deployed through the editor too, and tell what the editor refused', async () => {
    const editor = await EditorClient.login(platform);
    const { flows: now } = await editor.flows();
    await editor.fullDeploy([...now, { id: 'comment-1', type: 'comment', z: 'tab-1', name: 'Hello', info: '', x: 10, y: 10, wires: [] }]);
    const newest = await eventually(
      async () => (await versions()).find(({ summary }) => summary === '+1: Hello on Plant two'),
      'the version',
    );
    assert.deepEqual([newest.author, newest.origin], ['admin', 'editor']);
    const count = newest.number;
    await editor.fullDeploy();
    assert.equal(await editor.post('/flows', { flows: now, rev: 'stale' }), 409);
    await send([{ ...debug, active: true }]);
    assert.equal((await versions())[0]?.number, count + 1, 'a deploy that changes nothing makes no version');
  });

  it('leave nodes alone that do not change, and open endpoints of flows at once', async () => {
    const start = 'node.up = RED.util.generateId();';
    const nodes = [
      tab,
      { id: 'up-in', type: 'http in', z: 'tab-1', name: '', url: '/up/now', method: 'get', upload: false, x: 1, y: 1, wires: [['up-fn']] },
      {
        id: 'up-fn',
        type: 'function',
        z: 'tab-1',
        name: 'since',
        func: 'msg.payload = node.up; return msg;',
        outputs: 1,
        initialize: start,
        finalize: '',
        libs: [],
        x: 2,
        y: 1,
        wires: [['up-out']],
      },
      { id: 'up-out', type: 'http response', z: 'tab-1', name: '', statusCode: '', headers: {}, x: 3, y: 1, wires: [] },
    ];
    await send(nodes);
    const up = async (at = '/flows/up/now') => {
      const response = await fetch(platform.httpUrl + at);
      return response.status === 200 ? response.text() : response.status;
    };
    assert.equal(await up(), 401);
    const opened = await api.call('PUT', '/flows/open-endpoints', { endpoints: [{ method: 'GET', path: '/up/now' }] });
    assert.equal(opened.status, 200, JSON.stringify(opened.body));
    const since = await up();
    assert.equal(typeof since, 'string');
    // Node-RED itself would answer all of these.
    for (const at of ['/flows/UP/now', '/flows/up/now/', '/flows/up/%6eow', '/flows//up/now']) assert.equal(await up(at), 401, at);
    await send([{ ...debug, id: 'debug-2' }]);
    await send([...(await flows()).flows.filter(({ id }) => id !== 'debug-2')], { mode: 'replace' });
    assert.equal(await up(), since, 'it was not started again');
    await send([{ ...nodes[2], func: 'msg.payload = node.up + ""; return msg;' }]);
    assert.notEqual(await up(), since);
  });

  describe('in the shell', () => {
    let folder: string;
    let key: string;

    before(async () => {
      folder = mkdtempSync(path.join(os.tmpdir(), 'insa-flows-'));
      const permissions = ['flows:read', 'flows:write'];
      key = String((await api.call('POST', '/api-keys', { name: 'shell', kind: 'program', permissions })).body['key']);
    });
    after(() => rmSync(folder, { recursive: true }));

    async function shell(args: string[], { input = '', apiKey = key }: { input?: string; apiKey?: string } = {}) {
      const env = { PATH: process.env['PATH'], INIT_CWD: folder, INSA_API_KEY: apiKey };
      const child = spawn(process.execPath, [SCRIPT, ...args, '--url', platform.httpUrl], { env, stdio: ['pipe', 'pipe', 'pipe'] });
      let [output, errors] = ['', ''];
      child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
      child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
      child.stdin.end(input);
      const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
      return { code, output, errors };
    }

    it('go out to a file or standard output, and come back unchanged', async () => {
      const written = await shell(['export', 'mine.json']);
      assert.equal(written.code, 0, written.errors);
      assert.deepEqual(JSON.parse(readFileSync(path.join(folder, 'mine.json'), 'utf8')), (await flows()).flows);
      const printed = await shell(['export', '-']);
      assert.deepEqual(JSON.parse(printed.output), (await flows()).flows);
      const back = await shell(['import', 'mine.json', '--replace']);
      assert.deepEqual([back.code, back.output], [0, 'nothing changed\nNothing to deploy.\n'], back.errors);
      assert.equal((await shell(['import', '-'], { input: printed.output })).code, 0);
    });

    it('show the difference, and deploy unless it is a dry run', async () => {
      writeFileSync(path.join(folder, 'more.json'), JSON.stringify([{ ...debug, id: 'debug-9', name: 'From the shell' }]));
      const dry = await shell(['import', 'more.json', '--dry-run']);
      assert.equal(dry.output, '+1: From the shell on Plant two\n  + From the shell (debug, debug-9) on Plant two\nNothing was touched.\n');
      const done = await shell(['import', 'more.json', '--note', 'by hand']);
      assert.match(done.output, /Deployed as version \d+\.\n$/);
      assert.deepEqual(
        (await versions()).slice(0, 1).map(({ author, note }) => [author, note]),
        [['program:shell', 'by hand']],
      );
    });

    it('say what is wrong and end with 1', async () => {
      writeFileSync(path.join(folder, 'bad.json'), JSON.stringify([{ ...debug, id: 'debug-10', type: 'left-pad' }]));
      writeFileSync(path.join(folder, 'no.json'), '{');
      writeFileSync(path.join(folder, 'other.json'), '{"nodes":[]}');
      const cases: [string[], RegExp, string?][] = [
        [['import', 'bad.json'], /flows\.0\.type: The node "Show" \(debug-10\) on "Plant two" is of the type "left-pad"/],
        [['import', 'bad.json', '--dry-run'], /This would be refused:\n {2}flows\.0\.type: /],
        [['import', 'no.json'], /no\.json is no JSON/],
        [['import', 'other.json'], /holds no list of nodes/],
        [['import', 'missing.json'], /missing\.json cannot be read/],
        [['export', 'no-folder/x.json'], /cannot be written/],
        [['export', 'x.json'], /answers 401[^]*permission flows:read/, 'insa_program_wrong'],
        [['export', 'x.json'], /set INSA_API_KEY/, ''],
        [['import', 'x.json', '--merge', '--replace'], /exclude each other/],
        [['exprt', 'x.json'], /npm run flows -- export FILE/],
      ];
      for (const [args, message, apiKey] of cases) {
        const { code, errors } = await shell(args, apiKey === undefined ? {} : { apiKey });
        assert.equal(code, 1, `${args.join(' ')} ${errors}`);
        assert.match(errors, message);
      }
    });
  });
});
