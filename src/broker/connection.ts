import { Duplex } from 'node:stream';
import { PACKET_TYPE, PacketFramer } from './framing.ts';
import type { FrameGate } from './framing.ts';
import type { BudgetWaiter, IntakeBudget } from './intake-budget.ts';
import type { Peer } from './peer.ts';
import { MqttRefusal } from './refusal.ts';
import { SettlementQueue } from './settlement-queue.ts';

/** How much one connection may ask of the broker. */
export interface ConnectionLimits {
  /** A CONNECT, sent by somebody unknown. */
  connectBytes: number;
  /** Any other packet. */
  packetBytes: number;
  /** PUBLISH packets that are taken and not settled. */
  unsettled: number;
  /** From the connection to the CONNACK, milliseconds. */
  connectTimeoutMs: number;
  subscriptions: number;
}

/** Where a connection comes from. */
export interface ConnectionOrigin {
  address: string;
  /** The common name of a client certificate that the TLS listener verified. */
  commonName: string | undefined;
}

/** A half-closed peer has this long to take what is still on its way, milliseconds. */
const LINGER_MS = 2_000;

/**
 * A client's connection between the socket and aedes: everything aedes reads has passed the guards here. It lets one CONNECT pass and
 * nothing more before the login is decided, refuses packets by their announced length, and stops reading the socket while too many
 * messages wait for their settlement. Writes of one tick leave as one buffer.
 */
export class MqttConnection extends Duplex implements FrameGate, BudgetWaiter {
  readonly origin: ConnectionOrigin;
  readonly limits: ConnectionLimits;
  /** Who it is; undefined until the login succeeded. */
  peer: Peer | undefined;
  /** Topics that were granted to it. */
  readonly granted = new Set<string>();
  /** Messages that are taken and not acknowledged. */
  readonly pending = new SettlementQueue();
  /** A message was not taken: the connection is about to end, and nothing more is acknowledged. */
  isClosing = false;
  /** It counts as a connection of its device. */
  isPresent = false;
  /** Another connection with the same client id takes its place. */
  replaced = false;
  private readonly source: Duplex;
  private readonly budget: IntakeBudget;
  private readonly framer = new PacketFramer();
  private readonly connectTimer: NodeJS.Timeout;
  private phase: 'new' | 'connecting' | 'open' = 'new';
  private held: Buffer | undefined;
  private ended = false;
  private unsettled = 0;
  /** Bytes that passed the gate and that nobody has taken over (`taken`) yet. */
  private untakenBytes = 0;

  constructor(source: Duplex, origin: ConnectionOrigin, limits: ConnectionLimits, budget: IntakeBudget) {
    super({ allowHalfOpen: false });
    this.source = source;
    this.origin = origin;
    this.limits = limits;
    this.budget = budget;
    this.connectTimer = setTimeout(() => {
      this.destroy(new MqttRefusal('connect_timeout', `No login within ${limits.connectTimeoutMs} ms.`));
    }, limits.connectTimeoutMs);
    source.on('data', (chunk: Buffer) => this.arrived(chunk));
    source.on('error', (error) => this.destroy(error));
    source.on('end', () => {
      this.ended = true;
      if (this.held === undefined) this.push(null);
    });
    source.on('close', () => {
      if (!this.ended) this.destroy();
    });
  }

  /** PUBLISH packets of this connection that are taken and not settled. */
  get unsettledCount(): number {
    return this.unsettled;
  }

  /** The login is decided: what came behind the CONNECT may pass. */
  open(): void {
    clearTimeout(this.connectTimer);
    this.phase = 'open';
    this.passOn();
  }

  /** Somebody holds the message of `bytes` now and will call `settled` for it, whatever becomes of the connection. */
  taken(bytes: number): void {
    this.untakenBytes -= bytes;
  }

  /** A message that was taken is done with. */
  settled(bytes: number): void {
    this.unsettled -= 1;
    this.budget.give(bytes);
    // Half of the limit at a time: waking for each single message would cut the stream into single packets.
    if (this.held !== undefined && this.unsettled <= this.limits.unsettled / 2) this.passOn();
  }

  /** Ends it; resolves when the socket is closed. */
  async closeNow(): Promise<void> {
    const { source } = this;
    this.destroy();
    if (source.closed) return;
    await new Promise<void>((resolve) => source.once('close', () => resolve()));
  }

  mayStart(type: number): boolean {
    switch (this.phase) {
      case 'new':
        if (type === PACKET_TYPE.connect) return true;
        throw new MqttRefusal('not_mqtt', 'The first packet is not a CONNECT.');
      case 'connecting':
        return false;
      case 'open':
        return type !== PACKET_TYPE.publish || this.hasRoom();
    }
  }

  started(type: number, length: number): void {
    const limit = this.phase === 'new' ? this.limits.connectBytes : this.limits.packetBytes;
    if (length > limit) throw new MqttRefusal('packet_too_large', `A packet of ${length} bytes is over the limit of ${limit} bytes.`);
    if (this.phase === 'new') {
      this.phase = 'connecting';
    } else if (type === PACKET_TYPE.publish) {
      this.unsettled += 1;
      this.untakenBytes += length;
      this.budget.take(length);
    }
  }

  roomAgain(): void {
    this.passOn();
  }

  override _read(): void {
    if (this.held === undefined) this.source.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    this.source.write(chunk, callback);
  }

  override _writev(chunks: { chunk: Buffer }[], callback: (error?: Error | null) => void): void {
    this.source.write(Buffer.concat(chunks.map(({ chunk }) => chunk)), callback);
  }

  override _final(callback: (error?: Error | null) => void): void {
    this.source.end(callback);
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    clearTimeout(this.connectTimer);
    this.held = undefined;
    this.budget.leave(this);
    this.budget.give(this.untakenBytes);
    this.untakenBytes = 0;
    // What was written (a CONNACK that refuses, the last PUBACKs) still goes out.
    this.source.removeAllListeners('data');
    this.source.resume();
    this.source.end();
    const source = this.source;
    const timer = setTimeout(() => source.destroy(), LINGER_MS);
    timer.unref();
    source.once('close', () => clearTimeout(timer));
    callback(error);
  }

  private hasRoom(): boolean {
    if (this.unsettled >= this.limits.unsettled) return false;
    if (this.budget.hasRoom) return true;
    this.budget.wait(this);
    return false;
  }

  private arrived(chunk: Buffer): void {
    // Paused sources may still deliver what they had in hand.
    this.held = this.held === undefined ? chunk : Buffer.concat([this.held, chunk]);
    this.passOn();
  }

  /** Passes on as much of what is held as the gate allows. */
  private passOn(): void {
    const chunk = this.held;
    if (chunk === undefined || this.destroyed) return;
    let admitted: number;
    try {
      admitted = this.framer.advance(chunk, this);
    } catch (error) {
      this.destroy(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    this.held = admitted < chunk.length ? chunk.subarray(admitted) : undefined;
    const wantsMore = admitted === 0 || this.push(admitted === chunk.length ? chunk : chunk.subarray(0, admitted));
    if (this.held !== undefined) this.source.pause();
    else if (this.ended) this.push(null);
    else if (wantsMore) this.source.resume();
    else this.source.pause();
  }
}
