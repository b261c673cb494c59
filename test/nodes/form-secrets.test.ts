import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { EditorClient } from '../support/editor.ts';
import { ApiClient } from '../support/platform.ts';
import { needsProgram } from '../support/system-programs.ts';
import { FormEditor } from './support/form-editor.ts';

const SECRET = 'Bearer a-token-that-nobody-else-reads';

/** What the forms of action nodes keep out of the flow, and what they know of the installation. */
describe('the form of a node with secrets', () => {
  const chromiumPath = needsProgram('chromium');
  let editor: FormEditor;

  before(async () => {
    editor = await FormEditor.start(chromiumPath, { MQTT_TOPIC_ROOT: 'plant/line-1' });
    // The editor asks before it deploys nodes that are not filled in.
    const filled = new Map<string, object>([
      ['webhook', { url: 'https://example.com/', on: 'both', configVersion: 1 }],
      ['mqtt-publish', { topic: 'lamps/1', payload: '', qos: '1', retain: false, on: 'both', configVersion: 1 }],
    ]);
    const client = await EditorClient.login(editor.platform);
    const { flows } = await client.flows();
    const kept = flows.filter(({ id, z }) => z !== 'acts' || filled.has(id));
    await client.fullDeploy(kept.map((node) => ({ ...node, ...filled.get(node.id) })));
    await reload();
  });

  after(() => editor.stop());

  async function reload(): Promise<void> {
    await editor.page.reload();
    await editor.page.locator('.red-ui-flow-node').first().waitFor();
  }

  const filed = () => readFileSync(path.join(editor.platform.dataDir, 'node-red', 'flows.json'), 'utf8');

  async function exported(): Promise<string> {
    const api = await ApiClient.login(editor.platform);
    const { status, body } = await api.call('GET', '/flows');
    assert.equal(status, 200);
    return JSON.stringify(body);
  }

  it('keeps new headers in the credentials, which neither the flow file nor an export shows', async () => {
    await editor.open('webhook');
    await editor.enter('url', 'https://hooks.example.com/insa');
    await editor.enter('secretHeaders', `Authorization: ${SECRET}`);
    await editor.leave('ok');
    await editor.deployAndOpenAnew();
    assert.match(filed(), /hooks\.example\.com/);
    assert.ok(!filed().includes(SECRET));
    assert.ok(!(await exported()).includes(SECRET));
    await editor.open('webhook');
    assert.equal(await editor.valueOf('secretHeaders'), `Authorization: ${SECRET}`);
    await editor.leave('cancel');
    assert.deepEqual(editor.complaints, []);
  });

  it('takes headers that an older version left in the flow, and moves them when it is saved', async () => {
    const client = await EditorClient.login(editor.platform);
    const { flows } = await client.flows();
    const old = { type: 'iiot-webhook', url: 'https://old.example.com/', headers: `X-Old: ${SECRET}`, on: 'both', configVersion: 1 };
    await client.fullDeploy([...flows, { id: 'old-one', z: 'acts', x: 300, y: 700, wires: [[]], ...old }]);
    assert.ok(filed().includes(SECRET));
    await reload();
    await editor.open('old-one');
    assert.equal(await editor.valueOf('secretHeaders'), `X-Old: ${SECRET}`);
    await editor.leave('ok');
    await editor.deployAndOpenAnew();
    assert.match(filed(), /old\.example\.com/);
    assert.ok(!filed().includes(SECRET));
    await editor.open('old-one');
    assert.equal(await editor.valueOf('secretHeaders'), `X-Old: ${SECRET}`);
    await editor.leave('cancel');
  });

  it("knows which topics are this installation's own", async () => {
    await editor.open('mqtt-publish');
    await editor.enter('topic', 'plant/lamp');
    assert.match(await editor.problem('topic').innerText(), /is one of the platform's own \("plant\/\.\.\."/);
    await editor.enter('topic', 'insa/lamp');
    assert.equal(await editor.problem('topic').innerText(), '');
    await editor.leave('cancel');
  });
});
