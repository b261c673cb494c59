import type { Clock } from '../core/clock.ts';
import { newUuid } from '../core/ids.ts';
import type { Logger } from '../core/logger.ts';
import type { RejectedPoint } from '../contracts/telemetry.ts';
import { requestIdOfAck } from '../contracts/request-id.ts';
import { flowPayload } from './payload.ts';
import type { TelemetryTally } from './telemetry-tally.ts';
import type { FlowAcknowledgements, MessageParts, Outlet, Settlement, SourceIntake, SourceKind, SourceMessage } from './types.ts';

/** A message that has not been settled: kept whole, because core nodes lose messages without telling anyone. */
interface OpenMessage {
  message: SourceMessage;
  onSettled: (settlement: Settlement) => void;
  /** When it was last given to the flow, epoch milliseconds; undefined while it waits for one. */
  deliveredAtMs: number | undefined;
  /** Settlements of the parts of a split message, by index. */
  parts: Map<number, Settlement> | undefined;
}

export interface SourceHubOptions {
  clock: Clock;
  logger: Logger;
  /** True while messages can be stored; nothing is given up for a flow's fault while the database is away. */
  isStorageHealthy(): boolean;
  /** Keeps a message that no flow settled; calls back with whether it is committed. */
  keepUnsettled(message: SourceMessage, done: (kept: boolean) => void): void;
  /** A message arrived, whatever becomes of it. On the hot path: must be quick and never throw. */
  heard?(message: SourceMessage): void;
  /** Counts how messages end; nobody does unless it is given. */
  tally?: TelemetryTally | undefined;
}

/** A message that flows leave unsettled for this long is kept as rejected, milliseconds. */
export const SETTLE_WITHIN_MS = 10_000;
const SWEEP_EVERY_MS = 1_000;
/** Bodies of HTTP requests that may wait for their settlement, bytes in all. MQTT connections have a budget of their own in the broker. */
const HTTP_WAITING_BYTES = 64 * 1024 * 1024;

/**
 * Stands between sources (broker, HTTP route) and the canvas: hands each message to the outlet of its kind, remembers it until
 * somebody settles its acknowledgement, and gives it to the flow once more when a deploy may have swallowed it.
 */
export class SourceHub implements SourceIntake, FlowAcknowledgements {
  private readonly options: SourceHubOptions;
  private readonly openMessages = new Map<string, OpenMessage>();
  private readonly outlets: Record<SourceKind, Outlet[]> = { mqtt: [], http: [] };
  private flowsRunSinceMs: number | undefined;
  private httpWaitingBytes = 0;
  private sweeper: NodeJS.Timeout | undefined;

  constructor(options: SourceHubOptions) {
    this.options = options;
  }

  start(): void {
    this.sweeper ??= setInterval(() => this.sweep(), SWEEP_EVERY_MS);
  }

  stop(): void {
    clearInterval(this.sweeper);
    this.sweeper = undefined;
  }

  /** How many messages wait for their settlement. */
  get unsettled(): number {
    return this.openMessages.size;
  }

  /** True when an outlet of this kind takes part in the running flows. */
  hasOutlet(kind: SourceKind): boolean {
    return this.outlets[kind].length > 0;
  }

  submit(message: SourceMessage, told: (settlement: Settlement) => void): void {
    this.options.heard?.(message);
    const onSettled = this.counted(message, told);
    const outlet = this.outlets[message.kind][0];
    if (outlet === undefined && this.flowsRunSinceMs !== undefined) {
      onSettled(noOutlet(message.kind));
      return;
    }
    const settled = message.kind === 'http' ? this.withinBudget(message, onSettled) : onSettled;
    if (settled === undefined) {
      onSettled(TOO_MUCH_WAITING);
      return;
    }
    // Not to be guessed: a device that knew the id of another's message could settle it from within its own payload.
    const ackId = newUuid();
    message.requestId ??= requestIdOfAck(ackId);
    const entry: OpenMessage = { message, onSettled: settled, deliveredAtMs: undefined, parts: undefined };
    this.openMessages.set(ackId, entry);
    if (outlet !== undefined) this.deliver(outlet, ackId, entry);
  }

  attachOutlet(kind: SourceKind, outlet: Outlet): () => void {
    this.outlets[kind] = [...this.outlets[kind], outlet].sort((a, b) => (a.nodeId < b.nodeId ? -1 : 1));
    this.tellTurns(kind);
    return () => {
      this.outlets[kind] = this.outlets[kind].filter((other) => other !== outlet);
      this.tellTurns(kind);
    };
  }

  open(ackId: string): SourceMessage | undefined {
    return this.openMessages.get(ackId)?.message;
  }

  settle(ackIds: string | readonly string[], settlement: Settlement, parts?: MessageParts): void {
    if (typeof ackIds !== 'string') {
      for (const ackId of ackIds) this.settle(ackId, settlement, parts);
      return;
    }
    const entry = this.openMessages.get(ackIds);
    if (entry === undefined) return;
    const whole = parts === undefined ? settlement : withPart(entry, settlement, parts);
    if (whole === undefined) return;
    this.openMessages.delete(ackIds);
    entry.onSettled(whole);
  }

  /** Flows are about to stop (a deploy or the end): messages wait. */
  flowsStopping(): void {
    this.flowsRunSinceMs = undefined;
  }

  /**
   * Flows run: what is unsettled is given to them once more, in order; a kind without an outlet is refused. What an ingest service
   * is storing at this moment will be settled by it.
   */
  flowsStarted(): void {
    this.flowsRunSinceMs = this.options.clock.nowMs();
    for (const [ackId, entry] of [...this.openMessages]) {
      if ((entry.message.beingStored ?? 0) > 0) continue;
      const outlet = this.outlets[entry.message.kind][0];
      if (outlet === undefined) this.settle(ackId, noOutlet(entry.message.kind));
      else this.deliver(outlet, ackId, entry);
    }
  }

  private counted(message: SourceMessage, onSettled: OpenMessage['onSettled']): OpenMessage['onSettled'] {
    const { tally, clock } = this.options;
    if (tally === undefined) return onSettled;
    return (settlement) => {
      tally.settled(message, settlement, clock.nowMs());
      onSettled(settlement);
    };
  }

  /** Counts a message among those that wait; undefined when there is no room for it. */
  private withinBudget(message: SourceMessage, onSettled: (settlement: Settlement) => void): OpenMessage['onSettled'] | undefined {
    const { length } = message.raw;
    if (this.httpWaitingBytes + length > HTTP_WAITING_BYTES) return undefined;
    this.httpWaitingBytes += length;
    return (settlement) => {
      this.httpWaitingBytes -= length;
      onSettled(settlement);
    };
  }

  private deliver(outlet: Outlet, ackId: string, entry: OpenMessage): void {
    const { message } = entry;
    entry.deliveredAtMs = this.options.clock.nowMs();
    outlet.deliver({
      topic: message.topic,
      payload: flowPayload(message.raw),
      ack_id: ackId,
      request_id: message.requestId ?? requestIdOfAck(ackId),
      device: { device_id: message.deviceId },
    });
  }

  private tellTurns(kind: SourceKind): void {
    const [active, ...others] = this.outlets[kind];
    active?.onTurn({ active: true });
    for (const other of others) other.onTurn({ active: false, otherTab: active?.tabLabel ?? '' });
  }

  /** Ends messages that the flow had long enough. The map is in order of arrival, so the first young one ends the search. */
  private sweep(): void {
    const nowMs = this.options.clock.nowMs();
    const { flowsRunSinceMs } = this;
    if (flowsRunSinceMs === undefined) {
      this.refuseWaitingRequests(nowMs);
      return;
    }
    if (nowMs - flowsRunSinceMs < SETTLE_WITHIN_MS || !this.options.isStorageHealthy()) return;
    for (const [ackId, entry] of this.openMessages) {
      const sinceMs = entry.deliveredAtMs ?? entry.message.receivedAtMs;
      if (nowMs - sinceMs < SETTLE_WITHIN_MS) return;
      // What is being stored is in no flow's hands: whoever stores it settles it.
      if ((entry.message.beingStored ?? 0) === 0) this.giveUp(ackId, entry);
    }
  }

  /** Flows that cannot be started (a node type is missing) do not come by themselves: nobody waits for the answer to a request that long. */
  private refuseWaitingRequests(nowMs: number): void {
    for (const [ackId, { message }] of this.openMessages) {
      if (nowMs - message.receivedAtMs < SETTLE_WITHIN_MS) return;
      if (message.kind === 'http' && (message.beingStored ?? 0) === 0) this.settle(ackId, noOutlet('http'));
    }
  }

  private giveUp(ackId: string, entry: OpenMessage): void {
    this.openMessages.delete(ackId);
    const { message, onSettled } = entry;
    const about = { request_id: message.requestId, topic: message.topic, device: message.deviceId };
    this.options.logger.warn(about, 'No node of the flow stored a message within 10 s');
    const text = 'No node of the flow stored the message within 10 s; wire the outlet to an ingest node (or a discard node) and deploy.';
    if (message.kind === 'http') {
      onSettled({ kind: 'unavailable', code: 'FLOW_DID_NOT_STORE', message: text });
      return;
    }
    this.options.keepUnsettled(message, (kept) => {
      if (kept) onSettled({ kind: 'rejected', reason: 'not_settled', field: null, message: text, rejected: [] });
      else onSettled({ kind: 'unavailable', code: 'STORAGE_UNAVAILABLE', message: 'The database cannot be reached.' });
    });
  }
}

const TOO_MUCH_WAITING: Settlement = {
  kind: 'unavailable',
  code: 'STORAGE_UNAVAILABLE',
  message: 'Too many requests wait to be stored already; send it again in a moment.',
};

function noOutlet(kind: SourceKind): Settlement {
  const node = kind === 'mqtt' ? 'iiot-mqtt-broker' : 'iiot-http-telemetry';
  return {
    kind: 'unavailable',
    code: 'NO_OUTLET',
    message: `No flow takes messages of this kind: place an ${node} node on a tab, wire it to an ingest node and deploy.`,
  };
}

/** Notes the settlement of one part; the settlement of the whole when it was the last one. */
function withPart(entry: OpenMessage, settlement: Settlement, parts: MessageParts): Settlement | undefined {
  if (settlement.kind === 'unavailable') return settlement;
  entry.parts ??= new Map();
  if (!entry.parts.has(parts.index)) entry.parts.set(parts.index, settlement);
  return entry.parts.size < parts.count ? undefined : combined([...entry.parts.values()]);
}

function combined(settlements: readonly Settlement[]): Settlement {
  let stored = 0;
  let duplicates = 0;
  const rejected: RejectedPoint[] = [];
  for (const part of settlements) {
    if (part.kind === 'stored') {
      stored += part.stored;
      duplicates += part.duplicates;
    }
    if (part.kind === 'stored' || part.kind === 'rejected') rejected.push(...part.rejected);
  }
  const onlyOne = settlements.find((part) => part.kind === 'rejected');
  if (stored + duplicates === 0 && onlyOne !== undefined) return { ...onlyOne, rejected };
  return { kind: 'stored', stored, duplicates, rejected };
}
