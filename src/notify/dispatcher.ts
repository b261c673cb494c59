import { CHANNELS } from '../contracts/actions.ts';
import type { ChannelName } from '../contracts/actions.ts';
import type { AttemptOutcome } from '../contracts/notifications.ts';
import type { Clock } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { ChannelRun } from './channel-run.ts';
import type { JobQueue } from './jobs.ts';
import { Recorder } from './recorder.ts';
import type { Channel } from './types.ts';

/** What the dispatcher works with. */
export interface DispatcherOptions {
  jobs: JobQueue;
  /** What there is; a notification of another channel fails at once and says so. */
  channels: readonly Channel[];
  clock: Clock;
  logger: Logger;
  /** Of pauses: a number from 0 to 1. */
  random: () => number;
  /** Told of each attempt that is recorded. */
  onRecorded?: (channel: ChannelName, outcome: AttemptOutcome) => void;
}

/** How often due retries are looked for: nothing tells of them. */
const POLL_MS = 500;
/** How often what lost its job is looked for. */
const RECOVER_MS = 60_000;
const STOP_MS = { sends: 2_000, records: 2_000 };

/**
 * Delivers notifications: takes their jobs, calls the channels, records what came of it, and plans the next attempt. Channels do not wait for each
 * other, nor one lane of a channel for another. A crash between sending and recording repeats a message under the same id and loses none.
 */
export class Dispatcher {
  private readonly options: DispatcherOptions;
  private readonly recorder: Recorder;
  private readonly runs: ReadonlyMap<ChannelName, ChannelRun>;
  private readonly counted = new Map<ChannelName, Record<AttemptOutcome, number>>();
  private timers: NodeJS.Timeout[] = [];
  private deaf: (() => void) | undefined;

  constructor(options: DispatcherOptions) {
    this.options = options;
    this.recorder = new Recorder(options);
    const channels = new Map(options.channels.map((channel) => [channel.name, channel]));
    this.runs = new Map(
      CHANNELS.map((name) => {
        const channel = channels.get(name) ?? missingChannel(name);
        return [name, new ChannelRun({ ...options, channel, recorder: this.recorder, onRecorded: (outcome) => this.count(name, outcome) })];
      }),
    );
  }

  /** Begins with what was under way when the process ended before. */
  start(): void {
    if (this.deaf !== undefined) return;
    this.deaf = this.options.jobs.onDue((channel) => this.runs.get(channel)?.wake());
    const wake = setInterval(() => this.runs.forEach((run) => run.wake()), POLL_MS);
    const recover = setInterval(() => this.runs.forEach((run) => run.recover()), RECOVER_MS);
    this.timers = [wake, recover];
    this.timers.forEach((timer) => timer.unref());
    this.runs.forEach((run) => run.wake());
  }

  /** Waits a moment for what is under way and records it; what is not recorded comes again at the next start. */
  async stop(): Promise<void> {
    this.deaf?.();
    this.deaf = undefined;
    this.timers.splice(0).forEach((timer) => clearInterval(timer));
    await Promise.all([...this.runs.values()].map((run) => run.stop(STOP_MS.sends)));
    await this.recorder.stop(STOP_MS.records);
    await Promise.all(this.options.channels.map((channel) => this.close(channel)));
  }

  /** Recorded attempts since the start, by channel and outcome. */
  counts(): ReadonlyMap<ChannelName, Readonly<Record<AttemptOutcome, number>>> {
    return this.counted;
  }

  private count(channel: ChannelName, outcome: AttemptOutcome): void {
    const counts = this.counted.get(channel) ?? { delivered: 0, retry: 0, failed: 0 };
    counts[outcome] += 1;
    this.counted.set(channel, counts);
    this.options.onRecorded?.(channel, outcome);
  }

  private async close(channel: Channel): Promise<void> {
    try {
      await channel.close?.();
    } catch (error) {
      this.options.logger.warn({ part: 'notify', channel: channel.name, error: messageOf(error) }, 'A channel did not close cleanly.');
    }
  }
}

function missingChannel(name: ChannelName): Channel {
  const reason = `The channel "${name}" is not configured on this platform; see docs/notifications.md, then retry.`;
  return { name, atOnce: 10, retryDelaysMs: [], send: () => Promise.resolve({ delivered: false, retryable: false, reason }) };
}
