let language = 'en';
const collators = new Map<string, Intl.Collator>();

/** The language of the page, for what is no component: `i18n.ts` says it, everything else asks. */
export function pageLanguage(): string {
  return language;
}

/** The page is in this language from now on. */
export function speak(tag: string): void {
  language = tag;
}

/** Compares two names as people of the page's language sort them; `2` before `10`. */
export function byName(left: string, right: string): number {
  const collator = collators.get(language) ?? new Intl.Collator(language, { numeric: true });
  collators.set(language, collator);
  return collator.compare(left, right);
}
