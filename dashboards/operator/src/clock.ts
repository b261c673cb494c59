/** This machine's clock. The one place of the page that may call `Date.now()`; server time is made from it in `live/server-clock.ts`. */
export function localNowMs(): number {
  // eslint-disable-next-line no-restricted-syntax -- the page has no other source of the time; everything else takes it from here
  return Date.now();
}
