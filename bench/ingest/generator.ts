import net from 'node:net';
import { argv, stdout } from 'node:process';

/**
 * Publishes telemetry at QoS 1 over raw sockets and measures when each message is acknowledged. A process of its own, as small as
 * possible, because it shares the machine with what it measures.
 *
 *     generator.ts '{"port": 1883, "clients": [{"id", "username", "password", "topic"}], "seconds": 10, "window": 64, "rate": 0}'
 *
 * `rate` 0: as fast as acknowledgements come back, `window` messages in flight per client. Otherwise messages per second in all.
 * Prints one line of JSON.
 */
export interface GeneratorOptions {
  port: number;
  clients: { id: string; username?: string; password?: string; topic: string }[];
  seconds: number;
  window: number;
  rate: number;
}

export interface GeneratorResult {
  sent: number;
  acknowledged: number;
  seconds: number;
  perSecond: number;
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
  maxMs: number;
}

const options = JSON.parse(argv[2] ?? '{}') as GeneratorOptions;
const latenciesMs: number[] = [];
let sent = 0;
let acknowledged = 0;
let lastAckAt = 0;

function utf8(text: string): Buffer {
  const bytes = Buffer.from(text);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

function packet(type: number, body: Buffer): Buffer {
  const length: number[] = [];
  for (let left = body.length; ;) {
    const digit = left % 128;
    left = Math.floor(left / 128);
    length.push(left > 0 ? digit | 128 : digit);
    if (left === 0) break;
  }
  return Buffer.concat([Buffer.from([type, ...length]), body]);
}

function connectPacket({ id, username, password }: GeneratorOptions['clients'][number]): Buffer {
  const flags = 0x02 | (username === undefined ? 0 : 0x80) | (password === undefined ? 0 : 0x40);
  const head = Buffer.concat([utf8('MQTT'), Buffer.from([4, flags, 0, 60]), utf8(id)]);
  return packet(0x10, Buffer.concat([head, ...[username, password].flatMap((text) => (text === undefined ? [] : [utf8(text)]))]));
}

/** A PUBLISH with its message id left open; `idAt` is where it goes. */
function publishTemplate(topic: string, index: number): { bytes: Buffer; idAt: number } {
  const payload = JSON.stringify({
    temperature: Math.round((20 + 10 * Math.sin(index)) * 100) / 100,
    humidity: Math.round((50 + 20 * Math.cos(index)) * 100) / 100,
    pressure: Math.round((1_000 + index) * 100) / 100,
  });
  const bytes = packet(0x32, Buffer.concat([utf8(topic), Buffer.alloc(2), Buffer.from(payload)]));
  return { bytes, idAt: bytes.length - Buffer.byteLength(payload) - 2 };
}

async function runClient(client: GeneratorOptions['clients'][number], endAt: number): Promise<void> {
  const templates = Array.from({ length: 50 }, (_, i) => publishTemplate(client.topic, i));
  const sentAt = new Float64Array(65_536);
  const socket = net.connect(options.port, '127.0.0.1');
  socket.setNoDelay(true);
  let inFlight = 0;
  let nextId = 0;
  let connected = false;
  let rest: Buffer = Buffer.alloc(0);
  const ratePerMs = options.rate / options.clients.length / 1_000;
  const startedAt = performance.now();
  let paced = 0;
  await new Promise<void>((resolve, reject) => {
    const finish = () => {
      clearInterval(pacer);
      socket.destroy();
      resolve();
    };
    const pump = () => {
      const now = performance.now();
      if (now >= endAt) {
        if (inFlight === 0) finish();
        return;
      }
      const due =
        options.rate === 0 ? options.window - inFlight : Math.min(Math.floor((now - startedAt) * ratePerMs) - paced, 60_000 - inFlight);
      if (due <= 0) return;
      const buffers: Buffer[] = [];
      for (let i = 0; i < due; i++) {
        nextId = (nextId % 65_535) + 1;
        const template = templates[nextId % templates.length];
        if (template === undefined) continue;
        const bytes = Buffer.from(template.bytes);
        bytes.writeUInt16BE(nextId, template.idAt);
        sentAt[nextId] = now;
        buffers.push(bytes);
      }
      paced += due;
      inFlight += due;
      sent += due;
      socket.write(Buffer.concat(buffers));
    };
    const pacer = setInterval(() => {
      if (connected) pump();
    }, 5);
    socket.on('error', reject);
    socket.on('close', () => {
      if (performance.now() < endAt) reject(new Error(`${client.id} was disconnected`));
      else finish();
    });
    socket.on('data', (chunk: Buffer) => {
      const data = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      let at = 0;
      const now = performance.now();
      // CONNACK and PUBACK both have four bytes; nothing else comes to a client without subscriptions.
      for (; at + 4 <= data.length; at += 4) {
        if (data[at] === 0x20) {
          if (data[at + 3] !== 0) reject(new Error(`${client.id} was refused with code ${String(data[at + 3])}`));
          connected = true;
          continue;
        }
        const id = data.readUInt16BE(at + 2);
        latenciesMs.push(now - (sentAt[id] ?? now));
        acknowledged++;
        inFlight--;
        lastAckAt = now;
      }
      rest = data.subarray(at);
      pump();
    });
    socket.write(connectPacket(client));
  });
}

const startAt = performance.now();
const endAt = startAt + options.seconds * 1_000;
await Promise.all(options.clients.map((client) => runClient(client, endAt)));
latenciesMs.sort((a, b) => a - b);
const quantile = (q: number) =>
  Math.round((latenciesMs[Math.min(latenciesMs.length - 1, Math.floor(latenciesMs.length * q))] ?? 0) * 10) / 10;
const seconds = (lastAckAt - startAt) / 1_000;
const result: GeneratorResult = {
  sent,
  acknowledged,
  seconds,
  perSecond: Math.round(acknowledged / seconds),
  p50Ms: quantile(0.5),
  p95Ms: quantile(0.95),
  p99Ms: quantile(0.99),
  maxMs: quantile(1),
};
stdout.write(`${JSON.stringify(result)}\n`);
