import * as z from 'zod/mini';
import { durationSeconds } from '../../../src/contracts/analysis-terms.ts';
import { optionalNumber, optionalText } from '../fields.ts';

/** The fields that the form of every analysis has. */
export const ANALYSIS_FIELDS = {
  name: optionalText('The name', 100),
  /** Blank: the device of the message. */
  deviceId: optionalText('The device', 128),
  /** How far back it looks from now; blank: `USUAL_PERIOD`. */
  period: duration('The period', optionalText('The period', 20)),
  /** Live messages: at most one analysis of a series in so long; blank: `USUAL_PAUSE_SECONDS`. */
  throttleSeconds: optionalNumber('The pause', { min: 1, max: 86_400 }),
};

/** How far back an analysis looks unless its form says otherwise. */
export const USUAL_PERIOD = '24h';
/** How long it leaves a series alone unless its form says otherwise. */
export const USUAL_PAUSE_SECONDS = 60;

/** What a new node has in them. */
export const ANALYSIS_DEFAULTS = {
  name: '',
  deviceId: '',
  period: USUAL_PERIOD,
  throttleSeconds: USUAL_PAUSE_SECONDS,
  configVersion: 1,
} as const;

/** The quantity, where there is one; blank: that of the message. */
export const keyField = optionalText('The quantity', 200);

/** The names of a list with commas between. */
export function namesOf(list: string): string[] {
  return list
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

/** A time that may be left blank. `what` names it, for example "The window". */
export function optionalDuration(what: string): z.ZodMiniType<string> {
  return duration(what, optionalText(what, 20));
}

function duration(what: string, text: z.ZodMiniType<string>): z.ZodMiniType<string> {
  return z.pipe(
    text,
    z.transform((given, context) => {
      if (given !== '' && durationSeconds(given) === undefined) {
        const message = `${what} "${given}" is not a time from one second to 366 days; enter one such as 90, 15m, 24h or 7d.`;
        context.issues.push({ code: 'custom', input: given, message });
      }
      return given;
    }),
  );
}
