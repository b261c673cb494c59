import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import path from 'node:path';
import { Aedes } from 'aedes';
import mqtt from 'mqtt';
import { startFlowPlatform } from '../../test/nodes/support/flow-platform.ts';
import type { FlowPlatform } from '../../test/nodes/support/flow-platform.ts';
import { CORE, RunningFlow } from '../../test/nodes/support/runtime.ts';
import { until } from '../../test/nodes/support/until.ts';

/** The example flows that take messages from elsewhere, run as they are shipped but for the port. */
describe('the example flows of iiot-ingest with other sources', () => {
  let platform: FlowPlatform;
  let flow: RunningFlow;

  before(async () => {
    platform = await startFlowPlatform();
    await platform.createDevice('pump-01');
  });

  beforeEach(() => {
    flow = new RunningFlow();
  });

  after(() => platform.stop());

  const storedOf = (key: string) =>
    platform.query('select device_id, value from telemetry join series using (series_id) where key = $1 order by value', [key]);

  it('store what the stock mqtt in node receives from another broker', async () => {
    const broker = await Aedes.createBroker();
    const server = await listening(createServer((socket) => void broker.handle(socket)));
    try {
      const example = exampleFlow('02 - From another broker with mqtt in', portOf(server));
      await flow.start(platform, example, [CORE.mqtt(), CORE.debug(), CORE.comment()]);
      await until(() => flow.status('example-in')?.fill === 'green', 'mqtt in to connect');
      await publish(portOf(server), { temperature: 20.5 });
      await until(async () => (await storedOf('temperature')).length === 1, 'the message to be stored');
      assert.deepEqual(await storedOf('temperature'), [{ device_id: 'pump-01', value: 20.5 }]);
    } finally {
      await flow.stop();
      await new Promise<void>((resolve) => {
        broker.close(() => server.close(() => resolve()));
      });
    }
  });

  it("store what the palette's aedes broker takes", async () => {
    const port = await freePort();
    const example = exampleFlow("03 - From the palette's aedes broker", port);
    await flow.start(platform, example, [CORE.paletteBroker(), CORE.debug(), CORE.comment()]);
    try {
      await until(() => flow.status('example-aedes')?.fill === 'green', 'the palette broker to listen');
      await publish(port, { pressure: 2.5 });
      await until(async () => (await storedOf('pressure')).length === 1, 'the message to be stored');
      assert.deepEqual(await storedOf('pressure'), [{ device_id: 'pump-01', value: 2.5 }]);
    } finally {
      await flow.stop();
    }
  });
});

function exampleFlow(name: string, port: number): object[] {
  const text = readFileSync(path.join(import.meta.dirname, 'examples', `${name}.json`), 'utf8');
  assert.match(text, /1884/);
  return JSON.parse(text.replaceAll('1884', String(port))) as object[];
}

async function publish(port: number, payload: object): Promise<void> {
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${String(port)}`, { reconnectPeriod: 0 });
  await client.publishAsync('insa/devices/pump-01/telemetry', JSON.stringify(payload), { qos: 1 });
  await client.endAsync();
}

function listening(server: Server): Promise<Server> {
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

async function freePort(): Promise<number> {
  const server = await listening(createServer());
  const port = portOf(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}
