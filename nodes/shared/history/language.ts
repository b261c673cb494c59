let language: string | undefined;

/** From now on times and numbers of results are written as in this language (a tag such as `es`); undefined: times as the browser does, numbers with a point. */
export function writeIn(tag: string | undefined): void {
  language = tag;
}

/** The language of `writeIn`. */
export function writtenIn(): string | undefined {
  return language;
}
