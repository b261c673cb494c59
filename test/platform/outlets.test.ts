import assert from 'node:assert/strict';
import { EditorClient } from '../support/editor.ts';
import type { FlowNode } from '../support/editor.ts';
import { ApiClient, eventually, startPlatform } from '../support/platform.ts';
import type { RunningPlatform } from '../support/platform.ts';

describe('telemetry that no flow stores', () => {
  let platform: RunningPlatform;
  let device: ApiClient;
  let api: ApiClient;
  let editor: EditorClient;
  let original: FlowNode[];

  before(async () => {
    platform = await startPlatform();
    api = await ApiClient.login(platform);
    device = api.withKey(await api.createDevice('pump-01'));
    editor = await EditorClient.login(platform);
    original = (await editor.flows()).flows;
  });

  after(() => platform.dispose());

  const send = () => device.call('POST', '/telemetry', { device_id: 'pump-01', data: { t: 1 } });

  it('is refused with 503 while no outlet takes it, and health says so', async () => {
    await editor.fullDeploy(original.filter(({ type }) => type !== 'iiot-http-telemetry'));
    const { status, body, headers } = await send();
    assert.equal(status, 503);
    assert.equal(body['code'], 'NO_OUTLET');
    assert.ok(Number(headers.get('retry-after')) > 0);
    // The flows are looked through after the deploy was answered.
    const health = await eventually(async () => {
      const answer = (await (await fetch(`${platform.httpUrl}/health`)).json()) as { status: string; warnings: string[] };
      return answer.warnings.length > 0 ? answer : undefined;
    }, 'a warning');
    assert.equal(health.status, 'degraded');
    assert.match(health.warnings.join(), /iiot-http-telemetry/);
  });

  it('is told of by /health/ready, as is a rule that nobody hears', async () => {
    await editor.fullDeploy(
      original.map((node) => (['iiot-mqtt-broker', 'iiot-threshold-rule'].includes(node.type) ? { ...node, wires: [[], []] } : node)),
    );
    const warnings = await eventually(async () => {
      const ready = (await (await fetch(`${platform.httpUrl}/health/ready`)).json()) as { ready: boolean; warnings: string[] };
      return ready.warnings.length === 2 ? ready.warnings : undefined;
    }, 'two warnings');
    assert.match(warnings.join('\n'), /reaches no ingest node[\s\S]*"High temperature" on "INSA IIoT" reaches no alert node/);
  });

  it('is refused with 503 when the flow drops it', async () => {
    await editor.fullDeploy(original.map((node) => (node.type === 'iiot-http-telemetry' ? { ...node, wires: [[]] } : node)));
    const { status, body } = await send();
    assert.equal(status, 503);
    assert.equal(body['code'], 'FLOW_DID_NOT_STORE');
  });

  it('is settled on purpose by a discard node, and stored again as soon as the flow is whole', async () => {
    const outlet = original.find(({ type }) => type === 'iiot-http-telemetry');
    assert.ok(outlet);
    const discard: FlowNode = { id: 'discard-1', type: 'iiot-discard', z: outlet['z'], name: '', wires: [] };
    await editor.fullDeploy([...original.map((node) => (node.id === outlet.id ? { ...node, wires: [['discard-1']] } : node)), discard]);
    const discarded = await send();
    assert.notEqual(discarded.status, 503, JSON.stringify(discarded.body));
    await editor.fullDeploy(original);
    const stored = await send();
    assert.equal(stored.status, 200);
    assert.equal(stored.body['stored'], 1);
  });
});
