import { useFormats } from '../../../components/use-formats.ts';
import { ageOf, isStale } from '../../../live/age.ts';
import { formatUnit } from '../../../live/format-value.ts';
import { serverNowMs } from '../../../live/server-clock.ts';
import { staleAfterMs } from '../../../live/staleness.ts';
import { zoneOf } from '../model/gauge.ts';
import type { Zone } from '../model/gauge.ts';
import type { ReadingOptions } from '../model/options.ts';
import type { BoundValue } from '../use-bound-values.ts';

/** A value ready to be written down. */
export interface Reading {
  /** The value; undefined: there is none yet. */
  text: string | undefined;
  unit: string;
  age: string;
  /** When it was measured, in full. */
  measured: string;
  isStale: boolean;
  /** The clock of the device is ahead. */
  isAhead: boolean;
  zone: Zone;
  /** The value as a number; undefined for text and truth values. */
  number: number | undefined;
}

/** Limits of a quantity: those of the widget, else those that were set for it. */
export function limitsOf({ look }: BoundValue, { lowerLimit, upperLimit }: ReadingOptions): { lower: number | null; upper: number | null } {
  return { lower: lowerLimit ?? look?.lower_limit ?? null, upper: upperLimit ?? look?.upper_limit ?? null };
}

/** Writes values down in the language and zone of the person looking. */
export function useReading() {
  const { valueText, ageText, fullTimeText } = useFormats();

  function read(value: BoundValue, options: ReadingOptions): Reading {
    const { latest, look, device } = value;
    const unit = formatUnit(latest?.unit ?? look?.unit ?? null);
    if (latest === undefined) {
      return { text: undefined, unit, age: '', measured: '', isStale: true, isAhead: false, zone: 'ok', number: undefined };
    }
    const nowMs = serverNowMs.value;
    const number = typeof latest.value === 'number' ? latest.value : undefined;
    return {
      text: valueText(latest.value, options.decimals ?? look?.decimals),
      unit,
      age: ageText(latest.timeMs, nowMs),
      measured: fullTimeText(latest.timeMs),
      isStale: isStale(latest.timeMs, nowMs, staleAfterMs(look, device, options.staleMs)),
      isAhead: ageOf(latest.timeMs, nowMs).ahead,
      zone: number === undefined ? 'ok' : zoneOf(number, limitsOf(value, options)),
      number,
    };
  }

  /** What a quantity is called. */
  const nameOf = ({ key, look }: BoundValue): string => look?.display_name ?? key;
  /** What its device is called. */
  const deviceNameOf = ({ deviceId, device }: BoundValue): string => device?.name ?? deviceId;

  return { read, nameOf, deviceNameOf };
}
