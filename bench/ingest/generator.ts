import net from 'node:net';
import { stdin, stdout } from 'node:process';
import { text } from 'node:stream/consumers';

/**
 * Publishes telemetry at QoS 1 over raw sockets and measures when each message is acknowledged. A process of its own, as small as
 * possible, because it shares the machine with what it measures.
 *
 *     generator.ts <<< '{"port": 1883, "clients": [{"id", "username", "password", "topic"}], "seconds": 10, "window": 64, "rate": 0}'
 *
 * `rate` 0: as fast as acknowledgements come back, `window` messages in flight per client. Otherwise messages per second in all.
 * With `stamped` each message also says when it was sent, in `sent_ms`: epoch milliseconds with one decimal. Prints one line of JSON.
 */
export interface GeneratorOptions {
  port: number;
  clients: { id: string; username?: string; password?: string; topic: string }[];
  seconds: number;
  window: number;
  rate: number;
  stamped?: boolean;
}

/** What one run measured; latencies from the write of a PUBLISH to its PUBACK. */
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

const options = JSON.parse(await text(stdin)) as GeneratorOptions;
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

/** A PUBLISH with its message id left open; `idAt` is where it goes, `stampAt` where the time goes in a stamped one. */
interface Template {
  bytes: Buffer;
  idAt: number;
  stampAt: number;
}

/** As long as every stamp. */
const NO_STAMP = '1000000000000.0';

function publishTemplate(topic: string, index: number): Template {
  const values = JSON.stringify({
    temperature: Math.round((20 + 10 * Math.sin(index)) * 100) / 100,
    humidity: Math.round((50 + 20 * Math.cos(index)) * 100) / 100,
    pressure: Math.round((1_000 + index) * 100) / 100,
  });
  const payload = options.stamped === true ? `${values.slice(0, -1)},"sent_ms":${NO_STAMP}}` : values;
  const bytes = packet(0x32, Buffer.concat([utf8(topic), Buffer.alloc(2), Buffer.from(payload)]));
  return { bytes, idAt: bytes.length - Buffer.byteLength(payload) - 2, stampAt: bytes.length - NO_STAMP.length - 1 };
}

/** Everybody who is connected or about to be. */
const paced = new Set<LoadClient>();

/** One connection that keeps its window (or its pace) filled until `endAt`. */
class LoadClient {
  private readonly client: GeneratorOptions['clients'][number];
  private readonly endAt: number;
  private readonly templates: Template[];
  private readonly sentAt = new Float64Array(65_536);
  private readonly socket: net.Socket;
  /** When the login was answered: the pace counts from there. */
  private startedAt = 0;
  private inFlight = 0;
  private nextId = 0;
  private paced = 0;
  private connected = false;
  private rest: Buffer = Buffer.alloc(0);
  private finish: () => void = () => undefined;
  private fail: (error: Error) => void = () => undefined;

  /** How far it is into its first interval, 0 to 1. */
  private readonly phase: number;

  constructor(client: GeneratorOptions['clients'][number], endAt: number, phase: number) {
    this.client = client;
    this.endAt = endAt;
    this.phase = phase;
    this.templates = Array.from({ length: 50 }, (_, i) => publishTemplate(client.topic, i));
    this.socket = net.connect(options.port, '127.0.0.1');
    this.socket.setNoDelay(true);
  }

  /** Resolves when the time is over and everything sent is acknowledged; rejects when the broker ends the connection before. */
  async run(): Promise<void> {
    paced.add(this);
    try {
      await new Promise<void>((resolve, reject) => {
        this.finish = resolve;
        this.fail = reject;
        this.socket.on('error', reject);
        this.socket.on('close', () => {
          if (performance.now() < this.endAt) reject(new Error(`${this.client.id} was disconnected`));
          else resolve();
        });
        this.socket.on('data', (chunk: Buffer) => this.received(chunk));
        this.socket.write(connectPacket(this.client));
      });
    } finally {
      paced.delete(this);
      this.socket.destroy();
    }
  }

  /** Sends what is due. */
  pump(now: number): void {
    if (!this.connected) return;
    if (now >= this.endAt) {
      if (this.inFlight === 0) this.finish();
      return;
    }
    const due = this.due(now);
    if (due <= 0) return;
    this.paced += due;
    this.inFlight += due;
    sent += due;
    this.socket.write(Buffer.concat(Array.from({ length: due }, () => this.publish(now))));
  }

  private due(now: number): number {
    if (options.rate === 0) return options.window - this.inFlight;
    const ratePerMs = options.rate / options.clients.length / 1_000;
    return Math.min(Math.floor((now - this.startedAt) * ratePerMs + this.phase) - this.paced, 60_000 - this.inFlight);
  }

  private publish(now: number): Buffer {
    this.nextId = (this.nextId % 65_535) + 1;
    const template = this.templates[this.nextId % this.templates.length];
    if (template === undefined) throw new Error('There is no template');
    const bytes = Buffer.from(template.bytes);
    bytes.writeUInt16BE(this.nextId, template.idAt);
    if (options.stamped === true) bytes.write((performance.timeOrigin + now).toFixed(1), template.stampAt);
    this.sentAt[this.nextId] = now;
    return bytes;
  }

  private received(chunk: Buffer): void {
    const data = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    const now = performance.now();
    let at = 0;
    // CONNACK and PUBACK both have four bytes; nothing else comes to a client without subscriptions.
    for (; at + 4 <= data.length; at += 4) {
      if (data[at] === 0x20) {
        if (data[at + 3] !== 0) this.fail(new Error(`${this.client.id} was refused with code ${String(data[at + 3])}`));
        this.connected = true;
        this.startedAt = now;
        continue;
      }
      latenciesMs.push(now - (this.sentAt[data.readUInt16BE(at + 2)] ?? now));
      acknowledged++;
      this.inFlight--;
      lastAckAt = now;
    }
    this.rest = data.subarray(at);
    this.pump(now);
  }
}

const startAt = performance.now();
const endAt = startAt + options.seconds * 1_000;
// One clock for all of them: a timer for each of a thousand would take more of the machine than what is measured.
const pacer = setInterval(() => {
  const now = performance.now();
  for (const client of paced) client.pump(now);
}, 5);
const { length: count } = options.clients;
// Their turns lie evenly apart, as those of devices that know nothing of each other.
await Promise.all(options.clients.map((client, i) => new LoadClient(client, endAt, i / count).run()));
clearInterval(pacer);
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
