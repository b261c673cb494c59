/** A secret that is shown this once. */
export interface ShownSecret {
  title: string;
  text: string;
  secret: string;
}
