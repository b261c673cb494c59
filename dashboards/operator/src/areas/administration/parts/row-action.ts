/** What can be done with one entry of a list. */
export interface RowAction {
  name: string;
  text: string;
  icon: string;
  run: () => void;
  /** It takes something away for good. */
  isFinal?: true;
}
