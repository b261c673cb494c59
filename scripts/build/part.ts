/** One part of the product that is built on its own. */
export interface BuildPart {
  /** As it appears in messages: "Built the <name>". */
  name: string;
  /** Patterns of the files that decide the result. */
  inputs: string[];
  /** Patterns of files among them that do not. */
  without?: string[];
  /** Files that a finished build has left below the root; one that is missing means that it must be built. */
  outputs(root: string): string[];
  /** Builds; an error's message says what is wrong with the input. */
  build(root: string): Promise<void>;
}
