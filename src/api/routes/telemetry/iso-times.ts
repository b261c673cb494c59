const DAY_US = 86_400_000_000;
const SECOND_US = 1_000_000;
const TWO = Array.from({ length: 100 }, (_, number) => String(number).padStart(2, '0'));

/**
 * Writes whole epoch microseconds as ISO 8601 UTC with six digits. The text of the last day and second is kept: readings come in the order of time,
 * and making each text through a date would take longer than all the rest of an export.
 */
export function isoTimes(): (us: number) => string {
  let day = Number.NaN;
  let date = '';
  let second = Number.NaN;
  let prefix = '';
  return (us) => {
    const seconds = Math.floor(us / SECOND_US);
    if (seconds !== second) {
      const itsDay = Math.floor(us / DAY_US);
      if (itsDay !== day) {
        day = itsDay;
        date = new Date(day * 86_400_000).toISOString().slice(0, 11);
      }
      const ofDay = seconds - day * 86_400;
      const [hours, minutes] = [Math.floor(ofDay / 3_600), Math.floor(ofDay / 60) % 60];
      second = seconds;
      prefix = `${date}${TWO[hours] ?? ''}:${TWO[minutes] ?? ''}:${TWO[ofDay % 60] ?? ''}.`;
    }
    const fraction = us - seconds * SECOND_US;
    return `${prefix}${fraction === 0 ? '000000' : String(fraction).padStart(6, '0')}Z`;
  };
}
