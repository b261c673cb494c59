import { stdin, stdout } from 'node:process';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { quantile } from '../rules/row.ts';

/**
 * Many live clients in a process of its own: raw WebSockets that speak Socket.IO (protocol 5 over Engine.IO 4) and look into what they get just far
 * enough to know how old it is, because they share the machine with what is measured. Reads its options as JSON from stdin, prints a line
 * `ready` when all have subscribed, and one line of JSON at the end.
 */
export interface LiveClientsOptions {
  httpUrl: string;
  keys: string[];
  clients: { deviceIds: string[]; isFrozen?: boolean }[];
  /** How long to listen after all have subscribed. */
  seconds: number;
}

/** From the write of a PUBLISH to the arrival at a client. */
export interface LiveClientsResult {
  updates: number;
  perSecond: number;
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
  maxMs: number;
  disconnected: number;
}

const options = JSON.parse(await text(stdin)) as LiveClientsOptions;
const STAMP = '"sent_ms":{"value":';
const latenciesMs: number[] = [];
let isCounting = false;
let disconnected = 0;

async function connect({ deviceIds, isFrozen }: LiveClientsOptions['clients'][number], place: number): Promise<WebSocket> {
  const socket = new WebSocket(`${options.httpUrl.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`);
  let confirmed = 0;
  await new Promise<void>((resolve, reject) => {
    socket.on('error', reject);
    socket.on('close', () => (disconnected += 1));
    socket.on('message', (data: Buffer) => {
      const message = data.toString('latin1');
      if (message.startsWith('42')) received(message);
      else if (message === '2') socket.send('3');
      else if (message.startsWith('0')) socket.send(`40${JSON.stringify({ apiKey: options.keys[place % options.keys.length] })}`);
      else if (message.startsWith('40'))
        deviceIds.forEach((id, ack) => socket.send(`42${String(ack)}["subscribe",{"type":"device","device_id":"${id}"}]`));
      else if (message.startsWith('44')) reject(new Error(message));
      else if (message.startsWith('43') && (confirmed += 1) === deviceIds.length) resolve();
    });
  });
  // As a browser that hangs: the connection stays and takes nothing.
  if (isFrozen === true) socket.pause();
  return socket;
}

function received(message: string): void {
  if (!isCounting) return;
  const at = message.indexOf(STAMP);
  if (at >= 0)
    latenciesMs.push(
      performance.timeOrigin + performance.now() - Number.parseFloat(message.slice(at + STAMP.length, at + STAMP.length + 15)),
    );
}

const sockets: WebSocket[] = [];
for (const [place, client] of options.clients.entries()) sockets.push(await connect(client, place));
stdout.write('ready\n');
// What was under way while they subscribed is not counted.
await delay(3_000);
isCounting = true;
await delay(options.seconds * 1_000);
isCounting = false;
const lost = disconnected;
for (const socket of sockets) socket.terminate();
const of = (fraction: number): number => Math.round(quantile(latenciesMs, fraction) * 10) / 10;
const result: LiveClientsResult = {
  updates: latenciesMs.length,
  perSecond: Math.round(latenciesMs.length / options.seconds),
  p50Ms: of(0.5),
  p95Ms: of(0.95),
  p99Ms: of(0.99),
  maxMs: of(1),
  disconnected: lost,
};
stdout.write(`${JSON.stringify(result)}\n`);
