import type { Clock } from '../core/clock.ts';
import type { EventBus } from '../core/events.ts';
import type { Logger } from '../core/logger.ts';
import { messageOf } from '../core/errors.ts';
import type { PlatformEvents } from '../contracts/events.ts';
import type { RejectedPoint, RejectReason, StoredTelemetry } from '../contracts/telemetry.ts';
import { addressRefusal } from './address-refusal.ts';
import { MessageAssembler } from './assembler.ts';
import type { KnownDays } from './assembler.ts';
import type { PendingMessage } from './batch.ts';
import { decodePayload } from './decode.ts';
import { IngestLane, laneOf } from './lane.ts';
import type { CommittedMessage, LaneStorage } from './lane.ts';
import { RefusalDesk } from './refusal-desk.ts';
import type { RejectedLog } from './rejected-log.ts';
import type { SeriesRegistry } from './series-registry.ts';
import { UNAVAILABLE } from './types.ts';
import type { IngestOutcome, IngestRequest, IngestService } from './types.ts';
import type { TimeBounds } from './values.ts';

/** What ingest must know of devices. */
export interface IngestDevices {
  /** The device's tenant, or undefined when there is no such device. */
  lookup(deviceId: string): { tenantId: string } | undefined;
  /** Registers a device that a gateway speaks for the first time. */
  registerFromGateway(tenantId: string, deviceId: string): Promise<void>;
  /** A message of the device was stored. Called once per message; must be quick. */
  seen(deviceId: string, atMs: number): void;
}

/** Where stored points go besides the flow. */
export interface StoredObserver {
  stored(telemetry: StoredTelemetry): void;
}

export interface IngestOptions {
  laneStorages: readonly LaneStorage[];
  registry: SeriesRegistry;
  devices: IngestDevices;
  rejected: RejectedLog;
  latest: StoredObserver;
  events: EventBus<PlatformEvents>;
  clock: Clock;
  logger: Logger;
  days: KnownDays;
  /** Prefix of the message numbers of this run (see `nextIngestEpoch`). */
  epoch: number;
  maxAgeMs: number;
  maxFutureMs: number;
  /** Why nothing may be stored at the moment, or undefined. */
  refusesAll(): { code: 'STORAGE_UNAVAILABLE' | 'DISK_FULL'; message: string } | undefined;
  onStorageError: (error: Error) => void;
  /** All messages up to this number of a lane have been handed to the flow. */
  batchEmitted(lane: number, batch: number): void;
  /** Told what became of each request; `receivedAtMs` is when it came. On the hot path: must be quick. */
  ended?: ((request: IngestRequest, outcome: IngestOutcome, receivedAtMs: number) => void) | undefined;
}

const FLUSH_MS = 10;
const FLUSH_ROWS = 2_000;
/** Messages of one run that a lane can number: more than ten years at a million a second would need. */
const NUMBERS_PER_EPOCH = 1e11;

interface Job {
  request: IngestRequest;
  done: (outcome: IngestOutcome) => void;
  tenantId: string;
  deviceId: string;
  receivedAtMs: number;
  /** How often it has waited for something to be created. */
  prepared: number;
}

const NONE_REFUSED: readonly RejectedPoint[] = [];

/** After so many vain attempts to create what a message needs, its device must have been removed meanwhile. */
const MAX_PREPARED = 3;

/** A lane with the messages that wait for a series or a device to be created; whoever comes after them waits too, to keep the order. */
interface LaneQueue {
  lane: IngestLane;
  waiting: Job[];
  preparing: boolean;
  nextSequence: number;
}

/**
 * Decodes, validates, commits in groups, answers. The hot path is synchronous from `ingest` to the open batch of a lane; only a
 * message that needs something new (a device, a series, a unit) waits for the database, and its lane with it.
 */
export class TelemetryIngest implements IngestService {
  private readonly options: IngestOptions;
  private readonly assembler: MessageAssembler;
  private readonly lanes: LaneQueue[];
  private readonly desk: RefusalDesk;
  private readonly replayListeners = new Set<(telemetry: StoredTelemetry) => void>();
  private readonly bounds: TimeBounds = { oldestUs: 0, newestUs: 0 };
  private boundsAtMs = 0;
  private held: PromiseWithResolvers<void> | undefined;

  constructor(options: IngestOptions) {
    this.options = options;
    this.assembler = new MessageAssembler(options.days);
    this.desk = new RefusalDesk(options.rejected);
    this.lanes = options.laneStorages.map((storage, number) => this.createLane(storage, number));
  }

  onReplay(listener: (telemetry: StoredTelemetry) => void): () => void {
    this.replayListeners.add(listener);
    return () => this.replayListeners.delete(listener);
  }

  /** Sends stored telemetry through the flow again. */
  replay(telemetry: readonly StoredTelemetry[]): void {
    for (const message of telemetry) for (const listener of this.replayListeners) listener(message);
  }

  /** Until `release`, what is committed is neither answered nor given to the flow: older points go through it first. */
  hold(): void {
    this.held ??= Promise.withResolvers();
  }

  /** Ends `hold`. */
  release(): void {
    this.held?.resolve();
    this.held = undefined;
  }

  /** Stops taking messages into new batches and waits for the ones under way. */
  async stop(): Promise<void> {
    this.release();
    await Promise.all(this.lanes.map(({ lane }) => lane.drain()));
    await this.options.rejected.drain();
  }

  ingest(request: IngestRequest, done: (outcome: IngestOutcome) => void): void {
    const closed = this.options.refusesAll();
    if (closed !== undefined) {
      done({ kind: 'unavailable', ...closed });
      return;
    }
    const { source, trusted } = request;
    const receivedAtMs = source?.receivedAtMs ?? this.options.clock.nowMs();
    if (source !== undefined) source.beingStored = (source.beingStored ?? 0) + 1;
    const deviceId = source?.deviceId ?? trusted?.deviceId ?? '';
    const job: Job = {
      request,
      done: (outcome) => {
        if (source !== undefined) source.beingStored = (source.beingStored ?? 1) - 1;
        this.options.ended?.(request, outcome, receivedAtMs);
        done(outcome);
      },
      deviceId,
      tenantId: source?.principal.tenantId ?? trusted?.tenantId ?? 'default',
      receivedAtMs,
      prepared: 0,
    };
    const queue = this.lanes[laneOf(source?.sender ?? deviceId, this.lanes.length)];
    if (queue === undefined) return;
    if (queue.preparing) queue.waiting.push(job);
    else if (!this.take(job, queue)) this.prepare(job, queue);
  }

  refuse(request: IngestRequest, refusal: { reason: RejectReason; message: string }, done: (outcome: IngestOutcome) => void): void {
    const { source, trusted } = request;
    const deviceId = source?.deviceId ?? trusted?.deviceId ?? '';
    const tenantId = source?.principal.tenantId ?? trusted?.tenantId ?? 'default';
    this.desk.rejectWhole({ request, done, tenantId, deviceId }, [{ index: source?.index ?? 0, field: null, ...refusal }]);
  }

  /** Messages that are in no batch under way yet, by lane. */
  get waiting(): readonly number[] {
    return this.lanes.map(({ lane, waiting }) => lane.waiting + waiting.length);
  }

  /** Gives everything that waits back to its senders: storage is away for longer than they should wait. */
  giveUpWaiting(): void {
    for (const { lane, waiting } of this.lanes) {
      lane.giveUpWaiting();
      for (const job of waiting.splice(0)) job.done(UNAVAILABLE);
    }
  }

  /** Puts a message into the open batch, or refuses it. False when something must be created first. */
  private take(job: Job, queue: LaneQueue): boolean {
    const refusal = this.addressRefusal(job);
    if (refusal === 'register' && job.prepared < MAX_PREPARED) return false;
    if (refusal === 'register' || job.prepared >= MAX_PREPARED) {
      const message = `The device "${job.deviceId}" could not be registered or was removed meanwhile; create it and send again.`;
      this.desk.rejectWhole(job, [{ index: firstIndex(job), field: null, reason: 'unknown_device', message }]);
      return true;
    }
    if (refusal !== undefined) {
      this.desk.rejectWhole(job, [{ index: firstIndex(job), field: null, ...refusal }]);
      return true;
    }
    const { assembler } = this;
    const batch = queue.lane.open;
    const rowStart = batch.rows;
    this.decode(job, queue);
    if (assembler.wanted.length > 0 || assembler.units.length > 0) {
      batch.truncate(rowStart);
      return false;
    }
    // The assembler goes on with an empty list of its own: a message that kept it would get the next one's refusals.
    const refused = assembler.refused.length === 0 ? NONE_REFUSED : assembler.refused;
    if (batch.rows === rowStart) {
      this.desk.rejectWhole(job, refused, { messages: 1, points: Math.max(1, assembler.received), numbering: assembler.numbering });
      return true;
    }
    const { request, done, tenantId, deviceId, receivedAtMs } = job;
    batch.messages.push({
      request,
      done,
      tenantId,
      deviceId,
      receivedAtMs,
      rowStart,
      refused,
      rowEnd: batch.rows,
      received: assembler.received - refused.length,
      numbering: assembler.numbering,
      sequence: queue.nextSequence++,
    });
    queue.lane.appended();
    return true;
  }

  private decode(job: Job, queue: LaneQueue): void {
    const { request } = job;
    this.assembler.begin(queue.lane.open, job, this.options.registry.ofDevice(job.deviceId));
    const options = {
      bounds: this.boundsAt(this.options.clock.nowMs()),
      key: request.source === undefined ? request.trusted?.key : request.source.key,
      ignoredKey: request.source?.kind === 'http' ? 'device_id' : undefined,
      firstIndex: firstIndex(job),
    };
    decodePayload(request.payload, options, this.assembler);
  }

  private addressRefusal({ deviceId, tenantId, request }: Job): ReturnType<typeof addressRefusal> {
    return addressRefusal({ deviceId, tenantId, principal: request.source?.principal, device: this.options.devices.lookup(deviceId) });
  }

  /** Creates what the waiting messages need, then takes them in their order. Messages that come meanwhile wait behind them. */
  private prepare(first: Job, queue: LaneQueue): void {
    queue.preparing = true;
    queue.waiting.push(first);
    void this.createMissing(queue)
      .then(() => {
        queue.preparing = false;
        const waiting = queue.waiting.splice(0);
        for (const [i, job] of waiting.entries()) {
          if (queue.preparing) {
            queue.waiting.push(...waiting.slice(i));
            return;
          }
          if (!this.take(job, queue)) this.prepare(job, queue);
        }
      })
      .catch((error: unknown) => {
        this.options.onStorageError(error instanceof Error ? error : new Error(messageOf(error)));
        this.options.logger.warn(
          { error: messageOf(error) },
          'New devices or series could not be created; their messages are not acknowledged',
        );
        queue.preparing = false;
        for (const job of queue.waiting.splice(0)) job.done(UNAVAILABLE);
      });
  }

  private async createMissing(queue: LaneQueue): Promise<void> {
    const { devices, registry } = this.options;
    for (const job of queue.waiting) {
      job.prepared++;
      if (this.addressRefusal(job) === 'register') await devices.registerFromGateway(job.tenantId, job.deviceId);
    }
    const wanted = new Map<string, (typeof this.assembler.wanted)[number]>();
    for (const job of queue.waiting) {
      if (this.addressRefusal(job) !== undefined) continue;
      const rowStart = queue.lane.open.rows;
      this.decode(job, queue);
      queue.lane.open.truncate(rowStart);
      for (const series of this.assembler.wanted) {
        const name = `${series.deviceId}\n${series.key}`;
        if (!wanted.has(name)) wanted.set(name, series);
      }
      for (const { series, unit } of this.assembler.units) if (series.unit === null) await registry.adoptUnit(series, unit);
    }
    await registry.create([...wanted.values()]);
  }

  private createLane(storage: LaneStorage, number: number): LaneQueue {
    const lane = new IngestLane({
      number,
      storage,
      logger: this.options.logger,
      flushMs: FLUSH_MS,
      flushRows: FLUSH_ROWS,
      onCommitted: (committed) => this.committed(committed, number),
      onRecovered: (telemetry) => void this.recovered(telemetry, number),
      onRefused: (message, error) => this.refusedByDatabase(message, error),
      onUnavailable: (message) => message.done(UNAVAILABLE),
      onStorageError: this.options.onStorageError,
    });
    return { lane, waiting: [], preparing: false, nextSequence: this.options.epoch * NUMBERS_PER_EPOCH + 1 };
  }

  /** Answers a committed batch in arrival order: a rule that is told of a message has been told of all before it. */
  private async committed(committed: readonly CommittedMessage[], lane: number): Promise<void> {
    await this.released();
    const withRefusals = committed.filter(({ message }) => message.refused.length > 0);
    const keeping = withRefusals.map(async (result) => [result, await this.desk.keepBeside(result.message)] as const);
    const kept = new Map(await Promise.all(keeping));
    for (const result of committed) this.answer(result, kept.get(result) ?? true);
    const last = committed.at(-1);
    if (last !== undefined) this.options.batchEmitted(lane, last.message.sequence);
  }

  /** Points of a batch that had been given up: their senders were told to send again, so the flow hears of them here. */
  private async recovered(telemetry: readonly StoredTelemetry[], lane: number): Promise<void> {
    await this.released();
    this.replay(telemetry);
    const last = telemetry.at(-1);
    if (last !== undefined) this.options.batchEmitted(lane, last.batch);
  }

  private async released(): Promise<void> {
    while (this.held !== undefined) await this.held.promise;
  }

  private answer({ message, telemetry, stored, duplicates }: CommittedMessage, refusalsKept: boolean): void {
    this.options.devices.seen(message.deviceId, message.receivedAtMs);
    if (telemetry !== undefined) this.options.latest.stored(telemetry);
    const { refused: rejected } = message;
    const [first] = rejected;
    if (!refusalsKept) {
      // The sender will repeat it and find its points stored: they must be judged now.
      if (telemetry !== undefined) this.replay([telemetry]);
      message.done(UNAVAILABLE);
    } else if (first !== undefined && stored + duplicates === 0) {
      message.done({ kind: 'rejected', reason: first.reason, field: first.field, message: first.message, rejected });
    } else {
      message.done({ kind: 'stored', telemetry, stored, duplicates, rejected });
    }
    if (telemetry !== undefined) this.options.events.emit('telemetry.stored', telemetry);
  }

  private refusedByDatabase(message: PendingMessage, error: Error): void {
    const text = `The database refused the message (${error.message}); it is kept as rejected.`;
    const index = message.request.source?.index ?? 0;
    const refused = [...message.refused, { index, field: null, reason: 'database_refused' as const, message: text }];
    const points = message.received + message.refused.length;
    this.desk.rejectWhole(message, refused, { messages: 1, points, numbering: message.numbering });
  }

  /** The accepted span of times, moved on once a second. */
  private boundsAt(nowMs: number): TimeBounds {
    if (Math.abs(nowMs - this.boundsAtMs) > 1_000) {
      this.boundsAtMs = nowMs;
      this.bounds.oldestUs = (nowMs - this.options.maxAgeMs) * 1_000;
      this.bounds.newestUs = (nowMs + this.options.maxFutureMs) * 1_000;
    }
    return this.bounds;
  }
}

function firstIndex(job: { request: IngestRequest }): number {
  return job.request.source?.index ?? 0;
}
