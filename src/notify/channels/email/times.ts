/** Says instants by the clock of one time zone. */
export interface TimeWords {
  /** IANA name, such as `America/Bogota`. */
  readonly zone: string;
  /** `Sat 21 Nov 2026, 07:18:41`. */
  full(iso: string): string;
  /** `07:18`. */
  clock(ms: number): string;
  /** `Sat 21 Nov 2026`. */
  day(ms: number): string;
}

/** The zone of the machine, which is the platform's. */
export function platformZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** Times in `zone`; in `fallback` when there is no such zone. */
export function timeWords(zone: string | undefined, fallback: string): TimeWords {
  const known = zone !== undefined && isZone(zone) ? zone : fallback;
  const format = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat('en-GB', { timeZone: known, ...options });
  const clock = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
  const date = { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' } as const;
  const [full, short, day] = [format({ ...date, ...clock, second: '2-digit' }), format(clock), format(date)];
  return {
    zone: known,
    full: (iso) => (Number.isNaN(Date.parse(iso)) ? iso : full.format(new Date(iso)).replace(/^(\w{3}),/, '$1')),
    clock: (ms) => short.format(new Date(ms)),
    day: (ms) => day.format(new Date(ms)).replace(/^(\w{3}),/, '$1'),
  };
}

/** A length of time in words: `45 s`, `12 min`, `3 h 5 min`, `2 d 4 h`; a dash when there is none. */
export function durationWords(seconds: number | null): string {
  if (seconds === null) return '–';
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${String(whole)} s`;
  const minutes = Math.round(whole / 60);
  if (minutes < 60) return `${String(minutes)} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 ? `${String(hours)} h` : `${String(hours)} h ${String(minutes % 60)} min`;
  return `${String(Math.floor(hours / 24))} d ${String(hours % 24)} h`;
}

function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en-GB', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}
