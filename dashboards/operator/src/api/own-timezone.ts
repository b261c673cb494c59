import { pageLanguage } from '../language.ts';

/** The time zone of the person, for answers that say times in sentences; none where the browser does not know it. */
export function ownTimezone(): { timezone?: string } {
  const { timeZone } = new Intl.DateTimeFormat(pageLanguage()).resolvedOptions();
  return /^[A-Za-z]/.test(timeZone) && timeZone !== 'Etc/Unknown' ? { timezone: timeZone } : {};
}
