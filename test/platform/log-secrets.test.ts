import assert from 'node:assert/strict';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import mqtt from 'mqtt';
import { startMailServer } from '../notify/smtp.ts';
import { EditorClient } from '../support/editor.ts';
import { logLines, logText } from '../support/logs.ts';
import { ApiClient, eventually, startPlatform } from '../support/platform.ts';
import type { RunningPlatform } from '../support/platform.ts';
import { createEmptyDatabase } from '../support/postgres.ts';

/** Secrets that are the test's own, by what they are. */
const OWN = {
  mailPassword: 'mail-secret-Zk41',
  jwtSecret: 'signing-secret-of-the-platform-Qm77',
  webhookSecret: 'webhook-secret-of-the-platform-Ty12',
  metricsToken: 'metrics-token-of-the-platform-Hj90',
  wrongPassword: 'a wrong password Vb33',
  wrongKey: 'insa_device_AbCdEf0123456789-wrongWRONGwrongWRONGwrongWR',
  headerSecret: 'header-secret-Lo55',
  queryToken: 'query-token-Pw88',
  userOfUrl: 'url-password-Rt66',
  bearer: 'abcDEF123456.bearer-Mn44',
  cookie: 'cookie-value-Xc21',
  nodeCredential: 'node-credential-Gd09',
} as const;

/** What an engineer's function node may say by mistake; `{...}` are given secrets. */
const careless = (key: string): string => `
node.warn('Logging in with ${key} and Authorization: Bearer ${OWN.bearer}');
node.error('GET https://operator:${OWN.userOfUrl}@plant.example.com/in?device=7&token=${OWN.queryToken} failed', msg);
node.log(JSON.stringify({ user: 'plc', password: '${OWN.wrongPassword}', headers: { cookie: 'insa_session=${OWN.cookie}' } }));
node.warn('Line 4 of the press hall stood still for 12 min; see https://wiki.example.com/press?page=4.');
Promise.reject(new Error('connect to redis://:${OWN.nodeCredential}@cache.example.com:6379 failed'));
throw new Error('smtp://mailer:${OWN.mailPassword}@mail.example.com refused the login');
`;

async function closed(server: Server): Promise<void> {
  const end = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await end;
}

describe('secrets in the log of the whole program', () => {
  const ended: (() => unknown)[] = [];
  afterEach(async () => {
    for (const end of ended.splice(0).reverse()) await end();
  });

  const start = async (): Promise<RunningPlatform> => {
    // A mail server that repeats in its refusal what it was told, as some do.
    const mail = await startMailServer({
      authOptional: false,
      authMethods: ['PLAIN'],
      onAuth: ({ password }, _session, done) => done(new Error(`535 the password ${password ?? ''} is wrong`)),
    });
    ended.push(() => mail.stop());
    const { url, drop } = await createEmptyDatabase();
    ended.push(drop);
    const platform = await startPlatform({
      env: {
        DATABASE_URL: url,
        LOG_LEVEL: 'debug',
        SMTP_URL: `smtp://mailer:${OWN.mailPassword}@127.0.0.1:${String(mail.port)}`,
        MAIL_FROM: 'plant@example.com',
        JWT_SECRET: OWN.jwtSecret,
        WEBHOOK_SECRET: OWN.webhookSecret,
        WEBHOOK_ALLOW_CIDRS: '127.0.0.0/8',
        METRICS_TOKEN: OWN.metricsToken,
        REDIS_URL: 'redis://:redis-secret-Nb15@127.0.0.1:1',
      },
    });
    ended.push(() => rmSync(platform.dataDir, { recursive: true, force: true }));
    ended.push(() => platform.stop());
    return platform;
  };

  /** A server that refuses whatever it gets. */
  const refusing = async (): Promise<string> => {
    const server = createServer((request, response) => {
      request.resume();
      response.writeHead(400).end(`what is ${String(request.headers['x-plant'])} in ${String(request.url)}?`);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ended.push(() => closed(server));
    return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/in?token=${OWN.queryToken}`;
  };

  it('are not in its files and not on the terminal, whatever happens; ordinary text is', async () => {
    const platform = await start();
    const { httpUrl, mqttPort, dataDir } = platform;
    const api = await ApiClient.login(platform);
    const secrets: Record<string, string> = { ...OWN, redis: 'redis-secret-Nb15', adminPassword: platform.adminPassword, token: api.token };

    // Logins, good and bad, with every kind of proof.
    await new ApiClient(platform).call('POST', '/auth/login', { username: 'admin', password: OWN.wrongPassword });
    await new ApiClient(platform).call('POST', '/auth/login', `{"username":"admin","password":"${OWN.wrongPassword}`);
    secrets['deviceKey'] = await api.createDevice('pump-1');
    const issued = await api.call('POST', '/api-keys', { name: 'erp', kind: 'program', permissions: ['devices:read'] });
    assert.equal(issued.status, 201, JSON.stringify(issued.body));
    secrets['programKey'] = String(issued.body['key']);
    await api.withKey(OWN.wrongKey).call('GET', '/devices');
    await ApiClient.withToken(platform, `${api.token.slice(0, -4)}xxxx`).call('GET', '/devices');
    for (const query of [`token=${OWN.queryToken}`, `api_key=${secrets['programKey']}`]) await fetch(`${httpUrl}/api/v1/devices?${query}`);
    await fetch(`${httpUrl}/metrics`, { headers: { authorization: `Bearer ${OWN.metricsToken}`, 'x-forwarded-for': '192.0.2.1' } });
    const mqttUrl = `mqtt://127.0.0.1:${String(mqttPort)}`;
    await assert.rejects(mqtt.connectAsync(mqttUrl, { username: 'pump-1', password: OWN.wrongKey, reconnectPeriod: 0 }));
    const device = await mqtt.connectAsync(mqttUrl, { username: 'pump-1', password: secrets['deviceKey'], reconnectPeriod: 0 });
    ended.push(() => device.endAsync(true));

    // An alert with a webhook and an e-mail that fail, each with the secret in what refuses it.
    const endpoint = await api.call('POST', '/webhooks', { url: await refusing(), name: 'erp', events: ['raised'] });
    if (typeof endpoint.body['secret'] === 'string') secrets['endpointSecret'] = endpoint.body['secret'];
    const rule = await api.call('POST', '/rules', {
      ...{ name: 'High pressure', rule_type: 'threshold', severity: 'critical', device_id: 'pump-1' },
      conditions: { key: 'pressure', operator: '>', value: 80 },
      actions: [
        { type: 'webhook', url: await refusing(), headers: { 'X-Plant': OWN.headerSecret }, on: ['raised'] },
        { type: 'email', recipients: ['ops@example.com'], on: ['raised'] },
      ],
    });
    assert.equal(rule.status, 201, JSON.stringify(rule.body));
    await device.publishAsync('insa/devices/pump-1/telemetry', JSON.stringify({ pressure: 95 }), { qos: 1 });
    const attempted = (channel: string): boolean =>
      logLines(dataDir).some((line) => line['channel'] === channel && line.msg.startsWith('A notification failed'));
    await eventually(() => (attempted('webhook') && attempted('email')) || undefined, 'both to fail');

    // A function node that says what it must not.
    const editor = await EditorClient.login(platform);
    const { flows } = await editor.flows();
    await editor.fullDeploy([
      ...flows,
      { id: 'tab-2', type: 'tab', label: 'Careless' },
      { id: 'in-2', type: 'http in', z: 'tab-2', x: 1, y: 1, url: '/careless', method: 'get', wires: [['say', 'out']] },
      {
        id: 'say',
        type: 'function',
        z: 'tab-2',
        name: 'careless',
        x: 1,
        y: 1,
        func: careless(secrets['deviceKey']),
        outputs: 1,
        wires: [[]],
      },
      { id: 'out', type: 'http response', z: 'tab-2', x: 1, y: 1, wires: [] },
    ]);
    const ask = async (): Promise<true | undefined> => {
      const init = { headers: { authorization: `Bearer ${api.token}` }, signal: AbortSignal.timeout(1_000) };
      const answer = await fetch(`${httpUrl}/flows/careless`, init).catch(() => undefined);
      return answer?.status === 200 || undefined;
    };
    await eventually(ask, 'the flow to answer');
    await eventually(() => logText(dataDir).includes('refused the login') || undefined, 'the function node to fail');
    await eventually(() => logText(dataDir).includes('A promise was rejected unseen') || undefined, 'the rejected promise');

    const places = { 'the files of the log': logText(dataDir), 'the terminal': platform.output() };
    for (const [place, text] of Object.entries(places)) {
      for (const [name, secret] of Object.entries(secrets)) assert.ok(!text.includes(secret), `${name} is in ${place}`);
    }
    const said = logLines(dataDir).filter((line) => line['node_id'] === 'say');
    assert.deepEqual(new Set(said.map(({ level }) => level)), new Set(['error', 'info', 'warn']));
    assert.ok(
      said.some(({ msg }) => msg === 'Line 4 of the press hall stood still for 12 min; see https://wiki.example.com/press?page=4.'),
    );
    assert.ok(said.some(({ msg }) => msg === 'GET https://operator:********@plant.example.com/in?device=7&token=******** failed'));
    assert.ok(
      said.every(({ msg }) => !/\d\d:\d\d:\d\d/.test(msg)),
      'no second time stamp',
    );
    assert.ok(said.every((line) => line['flow'] === 'Careless'));
  });
});
