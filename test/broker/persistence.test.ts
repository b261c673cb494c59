import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

describe('MQTT persistence', () => {
  it('passes the tests that aedes-persistence publishes', async () => {
    const file = fileURLToPath(new URL('persistence-abstract.ts', import.meta.url));
    // Without the variable: a test runner inside a test runner reports to its parent and exits with 0.
    const env = { ...process.env };
    delete env['NODE_TEST_CONTEXT'];
    const child = spawn(process.execPath, ['--test', '--test-reporter=tap', file], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
    const [output, errors, code] = await Promise.all([text(child.stdout), text(child.stderr), exited]);
    assert.equal(code, 0, `${output}\n${errors}`);
    assert.match(output, /^# fail 0$/m);
    const passed = Number(/^# pass (\d+)$/m.exec(output)?.[1]);
    assert.ok(passed >= 40, `only ${passed} tests ran`);
  });
});
