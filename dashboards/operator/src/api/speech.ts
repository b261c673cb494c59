/*
 * In which language and time zone the server is to speak to the person. Kept apart from the texts of the page: requests know nothing of those.
 */

const chosen = { language: 'en' };

/** From now on requests ask for answers in this language. */
export function askFor(language: string): void {
  chosen.language = language;
}

/** The language that requests ask for, as the header `Accept-Language`. */
export function askedLanguage(): string {
  return chosen.language;
}

/** The time zone of the person, for answers that say times in sentences; none where the browser does not know it. */
export function ownTimezone(): { timezone?: string } {
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
  return /^[A-Za-z]/.test(timeZone) && timeZone !== 'Etc/Unknown' ? { timezone: timeZone } : {};
}
