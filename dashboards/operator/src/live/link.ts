import { computed, ref, watch } from 'vue';
import { localNowMs } from '../clock.ts';
import { LiveConnection } from './live-connection.ts';
import type { LinkState, LiveConnectionOptions } from './live-connection.ts';
import { tickMs } from './server-clock.ts';

/** What a `Link` keeps truthful, and how it identifies itself. */
export interface LinkOptions {
  accessToken: LiveConnectionOptions['accessToken'];
  renewToken: LiveConnectionOptions['renewToken'];
  subscriptions: LiveConnectionOptions['subscriptions'];
  handlers: LiveConnectionOptions['handlers'];
  /** Loads everything anew; false when it failed. */
  refill: () => Promise<boolean>;
  /** Compares the lists with the API. */
  compare: () => Promise<void>;
  /** True when the page shows something that could be mistaken for live. */
  hasContent: () => boolean;
}

/** A second hand that jumped this far means that the machine slept or the page was frozen. */
const SLEEP_GAP_MS = 15_000;
/** How often the lists are compared with the API even when nothing seems wrong. */
const COMPARE_INTERVAL_MS = 60_000;
const REFILL_RETRY_MS = 5_000;
/** The connection stands sooner, as a rule: loading everything twice would be twice the work for server and page. */
const EARLY_REFILL_MS = 1_000;
/** The first connection gets this long before the page calls it lost. */
const FIRST_CONNECT_GRACE_MS = 3_000;

/** Keeps the page live and honest about it: refills after every gap, notices sleep, compares now and then. */
export class Link {
  readonly state = ref<LinkState>('connecting');
  /** True once everything was loaded anew on the connection that stands: nothing is replaced by that any more. */
  readonly isFilled = ref(false);
  /** Since when the connection is lost, by this machine's clock. */
  readonly lostSinceMs = ref<number>();
  /** True when the person must be told that nothing on the page is live. */
  readonly isLost = computed(
    () => this.state.value === 'lost' && (this.options.hasContent() || tickMs.value - this.startedAtMs > FIRST_CONNECT_GRACE_MS),
  );
  private readonly options: LinkOptions;
  private readonly connection: LiveConnection;
  private startedAtMs = 0;
  private isRunning = false;
  private earlyRefill: ReturnType<typeof setTimeout> | undefined;
  private refillRetry: ReturnType<typeof setTimeout> | undefined;

  constructor(options: LinkOptions) {
    this.options = options;
    const { accessToken, renewToken, subscriptions, handlers } = options;
    this.connection = new LiveConnection({ accessToken, renewToken, subscriptions, handlers, onState: (state) => this.changed(state) });
    watch(tickMs, (now, before) => {
      if (this.isRunning && now - before > SLEEP_GAP_MS) void this.connection.probe();
    });
    addEventListener('online', () => this.reconnectNow());
    setInterval(() => {
      if (this.isRunning && this.state.value === 'live' && document.visibilityState === 'visible') void this.options.compare();
    }, COMPARE_INTERVAL_MS);
  }

  start(): void {
    if (this.isRunning) return;
    this.isRunning = true;
    this.startedAtMs = localNowMs();
    this.lostSinceMs.value = undefined;
    this.connection.start();
    // Everything is loaded when the connection stands; where that takes longer, what is stored is shown before.
    this.earlyRefill = setTimeout(() => void this.options.refill(), EARLY_REFILL_MS);
  }

  stop(): void {
    this.isRunning = false;
    clearTimeout(this.refillRetry);
    clearTimeout(this.earlyRefill);
    this.connection.stop();
  }

  /** Presents a renewed token, so that the connection goes on without a break. */
  authenticate(token: string): void {
    this.connection.authenticate(token);
  }

  /** Changes what is heard while the connection stands. */
  changeSubscriptions(events: Parameters<LiveConnection['change']>[0]): Promise<void> {
    return this.connection.change(events);
  }

  /** Tries at once instead of at the next turn. */
  reconnectNow(): void {
    if (this.isRunning) this.connection.reconnectNow();
  }

  private changed(state: LinkState): void {
    if (state === 'live') {
      clearTimeout(this.earlyRefill);
      this.lostSinceMs.value = undefined;
      void this.refillUntilDone();
    } else this.isFilled.value = false;
    if (state === 'lost') this.lostSinceMs.value ??= localNowMs();
    this.state.value = state;
  }

  private async refillUntilDone(): Promise<void> {
    clearTimeout(this.refillRetry);
    const isFilled = await this.options.refill();
    if (isFilled && this.state.value === 'live') this.isFilled.value = true;
    if (isFilled || !this.isRunning || this.state.value !== 'live') return;
    this.refillRetry = setTimeout(() => void this.refillUntilDone(), REFILL_RETRY_MS);
  }
}
