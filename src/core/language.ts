/** The languages in which the platform speaks to people; whoever asks for no other hears the first. */
export const LANGUAGES = ['en', 'es'] as const;
/** One of them. */
export type Language = (typeof LANGUAGES)[number];
