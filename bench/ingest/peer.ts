import { argv } from 'node:process';
import pg from 'pg';
import RED from 'node-red';
import { createServer } from 'node:http';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/**
 * What people wire today: stock `mqtt in` (QoS 1) on a broker of their own, a function node, one INSERT per message through a pg pool.
 *
 *     peer.ts '{"mqttPort": 1884, "databaseUrl": "postgres://...", "userDir": "..."}'
 *
 * Prints `ready` when the flow is connected.
 */
const { mqttPort, databaseUrl, userDir } = JSON.parse(argv[2] ?? '{}') as { mqttPort: number; databaseUrl: string; userDir: string };
const pool = new pg.Pool({ connectionString: databaseUrl, max: 10 });
pool.on('error', () => undefined);
await pool.query(
  `drop table if exists peer_telemetry; create table peer_telemetry (time timestamptz not null default now(), device text not null, temperature float8, humidity float8, pressure float8)`,
);

const func = `const pool = global.get('pool');
const device = msg.topic.split('/')[2];
await pool.query('insert into peer_telemetry (device, temperature, humidity, pressure) values ($1, $2, $3, $4)',
  [device, msg.payload.temperature, msg.payload.humidity, msg.payload.pressure]);
return msg;`;
const flows = [
  { id: 'tab', type: 'tab', label: 'peer' },
  {
    id: 'broker',
    type: 'mqtt-broker',
    broker: '127.0.0.1',
    port: String(mqttPort),
    clientid: 'peer',
    autoConnect: true,
    protocolVersion: '4',
    keepalive: '60',
    cleansession: false,
  },
  {
    id: 'in',
    type: 'mqtt in',
    z: 'tab',
    topic: 'insa/devices/+/telemetry',
    qos: '1',
    datatype: 'json',
    broker: 'broker',
    inputs: 0,
    wires: [['f']],
  },
  { id: 'f', type: 'function', z: 'tab', func, outputs: 1, timeout: 0, wires: [[]] },
];
mkdirSync(userDir, { recursive: true });
writeFileSync(path.join(userDir, 'flows.json'), JSON.stringify(flows));
const server = createServer();
RED.init(server, {
  userDir,
  flowFile: 'flows.json',
  credentialSecret: 'bench',
  httpAdminRoot: false,
  functionGlobalContext: { pool },
  logging: { console: { level: 'warn', metrics: false, audit: false } },
  telemetry: { enabled: false },
} as never);
await RED.start();
await new Promise((resolve) => setTimeout(resolve, 2_000));
process.stdout.write('ready\n');
