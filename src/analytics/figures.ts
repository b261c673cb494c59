/** Collects figures of an answer and why some of them are not defined. Never lets a NaN out: JSON has none. */
export class Figures {
  /** Why a figure is null, by its name. */
  readonly undefinedBecause: Record<string, string> = {};

  /** The figure, or null with the reason when it is not defined: null, NaN or infinite. */
  take(name: string, figure: number | null | undefined, reason: string): number | null {
    if (figure !== null && figure !== undefined && Number.isFinite(figure)) return figure;
    this.undefinedBecause[name] = figure === null || figure === undefined ? reason : TOO_LARGE;
    return null;
  }
}

/** Squares of values beyond 1e140 are more than a double holds. */
export const TOO_LARGE = 'A value of the period is beyond 1e140, whose square no number holds.';
/** The largest size of a value whose square can be summed up. */
const LARGEST = 1e140;

/** True for values that figures can be computed of. */
export function isSummable(value: number): boolean {
  return Math.abs(value) <= LARGEST;
}

/** Why there is no figure at all. */
export const NO_READINGS = 'There is no reading in the period.';
/** Why a figure that compares readings is not there. */
export const ONE_READING = 'There is one reading in the period; it takes two.';
/** Why there is no line. */
export const ONE_INSTANT = 'All readings are of one instant, or of one minute or bucket of which only the mean is looked at.';
/** Why nothing is divided by the mean. */
export const ZERO_MEAN = 'The mean is 0; nothing can be divided by it.';
/** Why the mean divides nothing although it is not 0. */
export const NEARLY_ZERO_MEAN = 'The mean is too near to 0; nothing can be divided by it.';

/** Why there is no forecast: there are fewer steps than `who` takes. */
export function tooFewSteps(steps: number, { who, takes }: { who: string; takes: number }): string {
  const found = `The period has ${String(steps)} ${steps === 1 ? 'reading or step' : 'readings or steps'}`;
  return `${found}; ${who} takes ${String(takes)} at least. Choose an earlier "start" or a shorter "interval".`;
}
