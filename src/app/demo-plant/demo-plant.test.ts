import assert from 'node:assert/strict';
import path from 'node:path';
import { silentLogger } from '../../core/logger.ts';
import type { FlowNode } from '../node-red/flow-files.ts';
import { DemoPlant, withoutDemo } from './demo-plant.ts';
import { firstFlows } from './first-flows.ts';

const FLOWS_DIR = path.join(import.meta.dirname, '..', '..', '..', 'flows');

describe('the demo plant', () => {
  function plant(topicRoot: string) {
    const devices: string[] = [];
    const dashboards: string[] = [];
    const deployed: { nodes: FlowNode[] } = { nodes: [] };
    const demo = new DemoPlant({
      flowsDir: FLOWS_DIR,
      topicRoot,
      logger: silentLogger,
      history: { start: () => undefined, stop: () => Promise.resolve() },
      editFlows: (edit) => {
        deployed.nodes = edit(deployed.nodes);
        return Promise.resolve();
      },
      registry: {
        ensureDevice: ({ device_id }) => Promise.resolve(void devices.push(device_id)),
        issueKey: (deviceId) => Promise.resolve(`key of ${deviceId}`),
        deviceIds: () => Promise.resolve([...devices]),
        ensureDashboards: () => Promise.resolve(void dashboards.push('demo')),
        removeDashboards: () => Promise.resolve(void dashboards.pop()),
        removeDevice: (deviceId) => Promise.resolve(void devices.splice(devices.indexOf(deviceId), 1)),
      },
    });
    return { demo, devices, dashboards, deployed };
  }

  it('gives each machine a key of its own, in the credentials of its connection', async () => {
    const { demo, devices } = plant('insa');
    const flows = await firstFlows({ flowsDir: FLOWS_DIR, topicRoot: 'insa', demo, logger: silentLogger });
    assert.deepEqual(devices, ['pump-demo', 'boiler-demo', 'compressor-demo']);
    assert.deepEqual(
      Object.values(flows.credentials),
      devices.map((user) => ({ user, password: `key of ${user}` })),
    );
    assert.equal(JSON.stringify(flows.nodes).includes('key of'), false);
  });

  it('publishes under the root of the installation', async () => {
    const { nodes } = await plant('plant/7').demo.install();
    const topics = nodes.filter(({ type }) => type === 'mqtt out').map((node) => node['topic']);
    assert.deepEqual(
      topics,
      ['pump', 'boiler', 'compressor'].map((kind) => `plant/7/devices/${kind}-demo/telemetry`),
    );
    assert.equal(nodes.find(({ type }) => type === 'mqtt-broker')?.['willTopic'], 'plant/7/devices/pump-demo/status');
  });

  it('is left out without a word when it is not wanted', async () => {
    const flows = await firstFlows({ flowsDir: FLOWS_DIR, topicRoot: 'insa', demo: undefined, logger: silentLogger });
    assert.equal(
      flows.nodes.some(({ id }) => id.startsWith('insa-demo')),
      false,
    );
    assert.deepEqual(flows.credentials, {});
  });

  it('starts the platform without it when it cannot be installed', async () => {
    const { demo } = plant('insa');
    demo.install = () => Promise.reject(new Error('pump-demo belongs to somebody'));
    const flows = await firstFlows({ flowsDir: FLOWS_DIR, topicRoot: 'insa', demo, logger: silentLogger });
    assert.ok(flows.nodes.some(({ id }) => id === 'insa-ingest'));
    assert.equal(
      flows.nodes.some(({ id }) => id.startsWith('insa-demo')),
      false,
    );
  });

  it('goes without a trace, and takes nothing else along', async () => {
    const { demo, devices, dashboards, deployed } = plant('insa');
    const own: FlowNode[] = [
      { id: 'mine', type: 'tab', label: 'Mine' },
      { id: 'rule', type: 'iiot-threshold-rule', z: 'mine' },
    ];
    deployed.nodes = [...own, ...(await demo.install()).nodes, { id: 'added', type: 'debug', z: 'insa-demo' }];
    assert.equal(await demo.isInstalled(), true);
    await Promise.all([demo.remove(), demo.remove()]);
    assert.deepEqual(deployed.nodes, own);
    assert.deepEqual([devices, dashboards], [[], []]);
    assert.equal(await demo.isInstalled(), false);
  });

  it('leaves a connection that a node elsewhere uses', async () => {
    const shipped = (await plant('insa').demo.install()).nodes;
    const copy: FlowNode = { id: 'copy', type: 'mqtt out', z: 'mine', broker: 'insa-demo-broker-pump' };
    assert.deepEqual(
      withoutDemo([...shipped, copy], shipped).map(({ id }) => id),
      ['insa-demo-broker-pump', 'copy'],
    );
  });
});
