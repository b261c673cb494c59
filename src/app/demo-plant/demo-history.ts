import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import type { IngestOutcome } from '../../telemetry/types.ts';
import { HISTORY_DAYS, historyOfDay } from './machine-models.ts';

/** What a device's metadata say of its generated history. Other metadata of the device stay as they are. */
export interface HistoryLabel {
  generated_history: true;
  /** The first minute that was generated (included) and the first that was not, ISO 8601. */
  generated_from: string;
  generated_until: string;
  /** False until all of it is written. */
  generated_complete: boolean;
}

/** What the history needs of the registry and of storage; `create-demo-plant` gives it the real ones. */
export interface DemoHistoryPorts {
  /** The demo machines that exist, with their metadata. */
  machines(): Promise<readonly { deviceId: string; metadata: Record<string, unknown> }[]>;
  /** True while the device is registered. */
  exists(deviceId: string): boolean;
  setMetadata(deviceId: string, metadata: Record<string, unknown>): Promise<void>;
  /** Stores a list of messages of one device without anybody judging them. */
  store(deviceId: string, messages: readonly unknown[]): Promise<IngestOutcome>;
}

const MINUTE_MS = 60_000;
const DAY_MINUTES = 1_440;
const DAY_MS = DAY_MINUTES * MINUTE_MS;
/** So many minutes go into one message, and so long is the pause after it: a live message never waits for more than one of them. */
const MINUTES_PER_MESSAGE = 180;
const PAUSE_MS = 50;
const RETRY_MS = 2_000;

/** The label of a machine that is installed at `nowMs`: seven days that end with the last whole minute. */
export function historyLabel(nowMs: number): HistoryLabel {
  const untilMs = Math.floor(nowMs / MINUTE_MS) * MINUTE_MS;
  return {
    generated_history: true,
    generated_from: new Date(untilMs - HISTORY_DAYS * DAY_MS).toISOString(),
    generated_until: new Date(untilMs).toISOString(),
    generated_complete: false,
  };
}

/**
 * Writes the generated past of the demo machines, in the background and once: what is written is noted in the devices' metadata, and a
 * program that ended before goes on at its next start. The points are the same each time, so none is stored twice.
 */
export class DemoHistory {
  private readonly ports: DemoHistoryPorts;
  private readonly logger: Logger;
  private readonly ending = new AbortController();
  private writing: Promise<void> | undefined;

  constructor(ports: DemoHistoryPorts, logger: Logger) {
    this.ports = ports;
    this.logger = logger;
  }

  /** Begins to write what is missing, and returns at once. */
  start(): void {
    this.writing ??= this.writeAll().catch((error: unknown) => {
      if (this.ending.signal.aborted) return;
      this.logger.warn(
        { reason: messageOf(error) },
        'The generated history of the demo plant could not be written; the next start goes on.',
      );
    });
  }

  /** Ends after the message that is being written. */
  async stop(): Promise<void> {
    this.ending.abort();
    await this.writing;
  }

  private async writeAll(): Promise<void> {
    const unfinished = await this.unfinished();
    // The newest day first: it is the one that people look at first.
    for (let day = HISTORY_DAYS - 1; day >= 0; day--) {
      for (const { deviceId, fromMs } of unfinished) await this.writeDay(deviceId, fromMs, day);
    }
    // Asked again: somebody may have changed or removed a machine meanwhile.
    for (const { deviceId, metadata } of await this.unfinished()) {
      await this.ports.setMetadata(deviceId, { ...metadata, generated_complete: true });
    }
    if (unfinished.length > 0) this.logger.info({ days: HISTORY_DAYS }, 'The generated history of the demo plant is complete.');
  }

  private async unfinished(): Promise<{ deviceId: string; metadata: Record<string, unknown>; fromMs: number }[]> {
    return (await this.ports.machines()).flatMap(({ deviceId, metadata }) => {
      const label = labelIn(metadata);
      return label?.generated_complete === false ? [{ deviceId, metadata, fromMs: Date.parse(label.generated_from) }] : [];
    });
  }

  /** Seven times 24 hours that begin at the minute of the installation; each is one day of the model. */
  private async writeDay(deviceId: string, fromMs: number, day: number): Promise<void> {
    let messages: unknown[] = [];
    for (const { minute, readings } of historyOfDay(deviceId, day)) {
      messages.push({ timestamp: fromMs + (day * DAY_MINUTES + minute) * MINUTE_MS, telemetry: readings });
      if (messages.length < MINUTES_PER_MESSAGE) continue;
      if (!this.ports.exists(deviceId)) return;
      await this.write(deviceId, messages);
      messages = [];
    }
  }

  private async write(deviceId: string, messages: readonly unknown[]): Promise<void> {
    const { signal } = this.ending;
    for (;;) {
      signal.throwIfAborted();
      const outcome = await this.ports.store(deviceId, messages);
      if (outcome.kind === 'stored') break;
      if (outcome.kind === 'rejected') throw new Error(outcome.message);
      await delay(RETRY_MS, undefined, { signal, ref: false });
    }
    await delay(PAUSE_MS, undefined, { signal, ref: false });
  }
}

function labelIn(metadata: Record<string, unknown>): Pick<HistoryLabel, 'generated_from' | 'generated_complete'> | undefined {
  const { generated_history: generated, generated_from: from, generated_complete: isComplete } = metadata;
  if (generated !== true || typeof from !== 'string' || Number.isNaN(Date.parse(from)) || typeof isComplete !== 'boolean') return undefined;
  return { generated_from: from, generated_complete: isComplete };
}
