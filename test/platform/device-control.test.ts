import assert from 'node:assert/strict';
import mqtt from 'mqtt';
import type { MqttClient } from 'mqtt';
import type { Command } from '../../src/contracts/commands.ts';
import { ApiClient, eventually, startPlatform } from '../support/platform.ts';
import type { RunningPlatform } from '../support/platform.ts';

const CONFIG = 'insa/devices/pump-01/config';
const COMMAND = 'insa/devices/pump-01/command';

interface Message {
  topic: string;
  payload: string;
  retain: boolean;
}

/** Devices over real MQTT, on the whole program: what they are told, and what becomes of it. */
describe('configuration and commands over MQTT', () => {
  let platform: RunningPlatform;
  let api: ApiClient;
  let key: string;
  const clients: MqttClient[] = [];

  before(async () => {
    platform = await startPlatform();
    api = await ApiClient.login(platform);
    key = await api.createDevice('pump-01');
    await api.createDevice('pump-02');
  });
  after(async () => {
    await Promise.all(clients.map((client) => client.endAsync(true)));
    await platform.dispose();
  });

  const connect = async (
    options: { username?: string; password?: string; clientId?: string; clean?: boolean } = {},
  ): Promise<{ client: MqttClient; heard: Message[] }> => {
    const heard: Message[] = [];
    const client = mqtt.connect(`mqtt://127.0.0.1:${String(platform.mqttPort)}`, {
      ...{ username: 'pump-01', password: key, reconnectPeriod: 0, ...options },
    });
    clients.push(client);
    client.on('error', () => undefined);
    client.on('message', (topic, payload, packet) => heard.push({ topic, payload: payload.toString(), retain: packet.retain }));
    await new Promise<void>((resolve, reject) => {
      client.once('connect', () => resolve());
      client.once('error', reject);
    });
    return { client, heard };
  };
  const push = async (config: object): Promise<Record<string, unknown>> => {
    const answer = await api.call('POST', '/devices/pump-01/config', config);
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    return answer.body;
  };
  const send = async (body: object, query = ''): Promise<Command> => {
    const answer = await api.call('POST', `/devices/pump-01/commands${query}`, body);
    assert.equal(answer.status, 202, JSON.stringify(answer.body));
    return answer.body as unknown as Command;
  };
  const shown = async (id: string): Promise<Command> =>
    (await api.call('GET', `/devices/pump-01/commands/${id}`)).body as unknown as Command;
  const restart = async (): Promise<void> => {
    await platform.kill();
    const { dataDir, httpUrl, mqttPort } = platform;
    platform = await startPlatform({ dataDir, ports: { httpUrl, mqttPort } });
    api = await ApiClient.login(platform);
  };
  const configHeard = (heard: readonly Message[]) => heard.filter(({ topic }) => topic === CONFIG);
  /** Answers every command as `answer` says. */
  const obey = ({ client }: { client: MqttClient }, topic: string, answer: (command: { id: string; command: string }) => object): void => {
    client.on('message', (on, payload) => {
      if (on === COMMAND)
        client.publish(topic, JSON.stringify(answer(JSON.parse(payload.toString()) as { id: string; command: string })), { qos: 1 });
    });
  };

  it('a configuration reaches a device that is there, one that subscribes later, and one that subscribes after a kill -9', async () => {
    const first = await connect();
    await first.client.subscribeAsync(CONFIG, { qos: 1 });
    assert.equal((await push({ interval_seconds: 5 }))['published'], true);
    const live = await eventually(() => configHeard(first.heard)[0], 'the configuration');
    assert.deepEqual([JSON.parse(live.payload), live.retain], [{ interval_seconds: 5 }, false]);
    await first.client.endAsync();
    const second = await connect();
    await second.client.subscribeAsync(CONFIG, { qos: 1 });
    const kept = await eventually(() => configHeard(second.heard)[0], 'the retained configuration');
    assert.deepEqual([JSON.parse(kept.payload), kept.retain], [{ interval_seconds: 5 }, true]);
    await second.client.endAsync();
    // Killed at once: what the broker has not written of its own state is put right from the rows.
    await push({ interval_seconds: 10 });
    await restart();
    const third = await connect();
    await third.client.subscribeAsync(CONFIG, { qos: 1 });
    const after = await eventually(() => configHeard(third.heard)[0], 'the configuration after the restart');
    assert.deepEqual([JSON.parse(after.payload), after.retain], [{ interval_seconds: 10 }, true]);
    await third.client.endAsync();
  });

  it('a command is answered on either topic, while the sender waits', async () => {
    for (const topic of [`${COMMAND}/response`, `${COMMAND}s`]) {
      const device = await connect();
      obey(device, topic, ({ id, command }) => ({ id, status: command === 'fail' ? 'failed' : 'completed', result: { did: command } }));
      await device.client.subscribeAsync(COMMAND, { qos: 1 });
      const done = await send({ command: 'start', params: { rpm: 5 } }, '?wait_seconds=20');
      assert.deepEqual([done.status, done.result], ['completed', { did: 'start' }]);
      assert.equal((await send({ command: 'fail' }, '?wait_seconds=20')).status, 'failed');
      const [message] = device.heard;
      assert.deepEqual(JSON.parse(message?.payload ?? ''), {
        id: done.id,
        command: 'start',
        params: { rpm: 5 },
        timestamp: done.created_at,
      });
      await device.client.endAsync();
    }
  });

  it('a command that nobody would get says so', async () => {
    assert.equal((await send({ command: 'start' })).status, 'not_delivered');
    const other = await connect();
    await other.client.subscribeAsync(CONFIG);
    assert.equal((await send({ command: 'start' })).status, 'not_delivered', 'subscribed to something else');
    await other.client.endAsync();
  });

  it('a gateway gets commands of its devices and answers for them; another device does not', async () => {
    const gatewayKey = String((await api.call('POST', '/api-keys', { name: 'gw', kind: 'gateway' })).body['key']);
    const gateway = await connect({ username: 'gw', password: gatewayKey });
    await gateway.client.subscribeAsync('insa/devices/+/command', { qos: 1 });
    const command = await send({ command: 'start' });
    assert.equal(command.status, 'sent');
    await eventually(() => gateway.heard[0], 'the command at the gateway');
    // Answered under the name of another device: refused, audited, and the gateway stays connected.
    await gateway.client.publishAsync('insa/devices/pump-02/command/response', JSON.stringify({ id: command.id, status: 'completed' }), {
      qos: 1,
    });
    assert.equal((await shown(command.id)).status, 'sent');
    await gateway.client.publishAsync(`${COMMAND}/response`, JSON.stringify({ id: command.id, status: 'completed' }), { qos: 1 });
    assert.equal((await shown(command.id)).status, 'completed', 'written down before it is acknowledged');
    assert.equal((await api.withKey(gatewayKey).call('GET', '/devices/pump-01/commands')).status, 403);
    await gateway.client.endAsync();
  });

  it('a response that is none, or to nothing, is acknowledged and kept with its reason', async () => {
    const device = await connect();
    await device.client.publishAsync(`${COMMAND}/response`, 'nonsense', { qos: 1 });
    await device.client.publishAsync(`${COMMAND}s`, JSON.stringify({ id: '00000000-0000-4000-8000-000000000000', status: 'completed' }), {
      qos: 1,
    });
    for (const reason of ['malformed_json', 'unknown_command']) {
      const { body } = await api.call('GET', `/telemetry/rejected?device_id=pump-01&reason=${reason}`);
      assert.equal((body['items'] as unknown[]).length, 1, reason);
    }
    await device.client.endAsync();
  });

  it('a command that is under way when the program is killed times out on time after the restart, and is answered until then', async () => {
    const session = { clientId: 'plc', clean: false };
    const away = await connect(session);
    await away.client.subscribeAsync(COMMAND, { qos: 1 });
    await away.client.endAsync();
    const short = await send({ command: 'short', timeout_seconds: 1 });
    const long = await send({ command: 'long', timeout_seconds: 3_000 });
    assert.deepEqual([short.status, long.status], ['sent', 'sent']);
    assert.match(long.reason ?? '', /not connected/);
    const waitsLong = await send({ command: 'soon', timeout_seconds: 8 });
    await restart();
    await eventually(
      async () => ((await shown(short.id)).status === 'timed_out' ? true : undefined),
      'what became due while nobody looked to be ended',
    );
    assert.equal((await shown(long.id)).status, 'sent');
    const ended = await eventually(async () => {
      const command = await shown(waitsLong.id);
      return command.status === 'sent' ? undefined : command;
    }, 'the time-out after the restart');
    assert.equal(ended.status, 'timed_out');
    const back = await connect(session);
    obey(back, `${COMMAND}/response`, ({ id }) => ({ id, status: 'completed', result: 'late start' }));
    // Whether the broker had written its queue when it was killed is not promised; a new command tells that the session is there.
    const next = await send({ command: 'next' }, '?wait_seconds=20');
    assert.equal(next.status, 'completed');
    const commands = back.heard.map(({ payload }) => (JSON.parse(payload) as { command: string }).command);
    assert.ok(!commands.includes('short') && !commands.includes('soon'), `what timed out was taken back, heard: ${commands.join()}`);
    await back.client.endAsync();
  });

  it('the configuration goes with its device', async () => {
    await push({ interval_seconds: 1 });
    assert.equal((await api.call('DELETE', '/devices/pump-01')).status, 204);
    key = await api.createDevice('pump-01');
    const device = await connect();
    await device.client.subscribeAsync([CONFIG, COMMAND], { qos: 1 });
    await send({ command: 'ping' });
    await eventually(() => device.heard.find(({ topic }) => topic === COMMAND), 'the command');
    assert.deepEqual(configHeard(device.heard), [], 'what was retained is not there any more');
    await device.client.endAsync();
  });
});
