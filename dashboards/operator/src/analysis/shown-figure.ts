/** One computed figure: null when it is not defined, with the reason. */
export interface ShownFigure {
  name: string;
  label: string;
  text: string | null;
  /** In the words of the API. */
  reason?: string | undefined;
  /** What the figure means, in a few words. */
  hint?: string | undefined;
}
