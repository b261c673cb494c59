import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { buildAll } from '../../scripts/build/build-all.ts';
import { nodeNames } from '../../scripts/build/nodes.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const MODULE = 'insa-iiot-nodes';
const names = nodeNames(root);

interface NodeSet {
  id: string;
  types: string[];
  enabled: boolean;
  err?: unknown;
}

describe('The built nodes in a real Node-RED', () => {
  let userDir: string;
  let editor: ChildProcess | undefined;
  let base: string;

  before(async () => {
    assert.deepEqual((await buildAll(root)).failed, []);
    userDir = mkdtempSync(join(tmpdir(), 'insa-editor-'));
    editor = spawn(process.execPath, [join(root, 'test/toolchain/editor-process.ts'), join(root, 'dist/nodes'), userDir], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    base = `http://127.0.0.1:${await portOf(editor)}`;
  });

  after(async () => {
    if (editor === undefined) return;
    const ended = once(editor, 'exit');
    editor.stdin?.end();
    await ended;
    rmSync(userDir, { recursive: true });
  });

  const get = async (path: string, accept = 'application/json'): Promise<Response> => {
    const response = await fetch(`${base}${path}`, { headers: { accept, 'accept-language': 'en-US' } });
    assert.equal(response.status, 200, `${path}: ${String(response.status)}`);
    return response;
  };

  it('load as one module without an error, each under its type', async () => {
    const sets = ((await (await get('/nodes')).json()) as NodeSet[]).filter((set) => set.id.startsWith(`${MODULE}/`));
    assert.deepEqual(
      sets.map(({ id, types, enabled, err }) => ({ id, types, enabled, err: err === undefined ? undefined : JSON.stringify(err) })),
      names.map((name) => ({ id: `${MODULE}/iiot-${name}`, types: [`iiot-${name}`], enabled: true, err: undefined })),
    );
  });

  it('bring their form, script and help to the editor', async () => {
    const html = await (await get('/nodes', 'text/html')).text();
    for (const name of names) {
      assert.ok(html.includes(`data-template-name="iiot-${name}"`), `form of ${name}`);
      assert.ok(html.includes(`data-help-name="iiot-${name}"`), `help of ${name}`);
    }
  });

  it('bring their texts', async () => {
    const texts = (await (await get('/nodes/messages?lng=en-US')).json()) as Record<string, Record<string, unknown>>;
    for (const name of names) assert.ok(Object.keys(texts[`${MODULE}/iiot-${name}`] ?? {}).length > 0, `texts of ${name}`);
  });

  it('bring their icons', async () => {
    const icons = (await (await get('/icons')).json()) as Record<string, string[]>;
    const wanted = names.flatMap((name) => globSync('icons/*', { cwd: join(root, 'nodes', name) }).map((icon) => basename(icon)));
    assert.deepEqual([...(icons[MODULE] ?? [])].sort(), wanted.sort());
    for (const icon of wanted) assert.match(await (await get(`/icons/${MODULE}/${icon}`)).text(), /<svg/);
  });

  it('bring their example flows, a menu for each node', async () => {
    for (const name of names) {
      const listed = (await (await get(`/library/examples/flows/${MODULE}/${name}`)).json()) as { fn: string }[];
      const wanted = globSync('examples/*.json', { cwd: join(root, 'nodes', name) }).map((file) => basename(file, '.json'));
      assert.deepEqual(listed.map(({ fn }) => fn).sort(), wanted.sort());
      for (const example of wanted) {
        const flow = (await (await get(`/library/examples/flows/${MODULE}/${name}/${encodeURIComponent(example)}`)).json()) as unknown[];
        assert.ok(flow.length > 0, `${name}: ${example}`);
      }
    }
  });
});

/** The port that the process prints; fails with what it printed when it ends before. */
function portOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    const { stdout } = child;
    if (stdout === null) throw new Error('The process has no output to read.');
    const lines: string[] = [];
    createInterface({ input: stdout }).on('line', (line) => {
      lines.push(line);
      const port = /^port (\d+)$/.exec(line)?.[1];
      if (port !== undefined) resolve(port);
    });
    child.once('exit', (code) => {
      reject(new Error(`Node-RED ended with exit code ${String(code)}: ${lines.join('\n')}`));
    });
  });
}
