/** The number in a text, within limits; null for anything else, which counts as not said. */
export function numberIn(text: string, { least = -Infinity, most = Infinity }: { least?: number; most?: number } = {}): number | null {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) return null;
  return value >= least && value <= most ? value : null;
}
