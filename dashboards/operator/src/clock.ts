/** This machine's clock. The one place of the page that may call `Date.now()`; server time is made from it in `live/server-clock.ts`. */
export function localNowMs(): number {
  return Date.now();
}
