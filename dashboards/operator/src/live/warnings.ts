import { computed, shallowRef } from 'vue';
import type { Warning } from '../api/health.ts';

/** Where the texts (the server's own, the same in every language) that were dismissed are kept; in the page they are those of the browser's tab. */
export type DismissedStore = Pick<Storage, 'getItem' | 'setItem'>;

/** Where warnings come from, and what remembers those that were dismissed. */
export interface WarningsOptions {
  /** What the platform warns of; undefined when it cannot be asked. */
  load: () => Promise<Warning[] | undefined>;
  store: DismissedStore;
}

const DISMISSED_KEY = 'insa.dismissed-warnings';
/** How often the platform is asked, milliseconds: what it warns of changes when somebody deploys. */
const ASK_EVERY_MS = 30_000;

/** What the platform warns of and nobody has dismissed. A warning that ended and comes back is shown again, as is one with another text. */
export class Warnings {
  /** Those to show. */
  readonly shown = computed(() => this.current.value.filter(({ text }) => !this.dismissed.value.includes(text)));
  private readonly options: WarningsOptions;
  private readonly current = shallowRef<readonly Warning[]>([]);
  private readonly dismissed = shallowRef<readonly string[]>([]);
  private beat: ReturnType<typeof setInterval> | undefined;

  constructor(options: WarningsOptions) {
    this.options = options;
    this.dismissed.value = parse(options.store.getItem(DISMISSED_KEY));
  }

  /** Asks now, and then again and again while somebody can see the page. */
  start(): void {
    this.beat ??= setInterval(() => {
      if (document.visibilityState === 'visible') void this.refresh();
    }, ASK_EVERY_MS);
    void this.refresh();
  }

  stop(): void {
    clearInterval(this.beat);
    this.beat = undefined;
    this.current.value = [];
  }

  /** Asks the platform; keeps what was known when it does not answer. */
  async refresh(): Promise<void> {
    const warnings = await this.options.load();
    if (warnings === undefined) return;
    this.current.value = warnings;
    this.keep(this.dismissed.value.filter((text) => warnings.some((warning) => warning.text === text)));
  }

  /** Hides what is shown now, until the browser's tab is closed. */
  dismiss(): void {
    this.keep([...this.dismissed.value, ...this.shown.value.map(({ text }) => text)]);
  }

  private keep(dismissed: readonly string[]): void {
    this.dismissed.value = dismissed;
    this.options.store.setItem(DISMISSED_KEY, JSON.stringify(dismissed));
  }
}

function parse(text: string | null): string[] {
  try {
    const kept: unknown = JSON.parse(text ?? '[]');
    return Array.isArray(kept) ? kept.filter((item): item is string => typeof item === 'string') : [];
  } catch {
    // Somebody wrote something else under our name: nothing is dismissed.
    return [];
  }
}
