import { readFileSync } from 'node:fs';
import path from 'node:path';

/** A page of `docs/`. */
export function pageOf(name: string): string {
  return readFileSync(path.join(import.meta.dirname, '..', '..', 'docs', name), 'utf8');
}

/** The blocks of a page that begin with three backticks and `language`, in their order. */
export function blocksOf(page: string, language: string): string[] {
  return [...page.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].filter(([, named]) => named === language).map(([, , text = '']) => text);
}

/** The request of a `curl` command as a shell would read it: quotes, `\` at the end of a line, and the given variables. */
export function requestOf(command: string, variables: Readonly<Record<string, string>>): { url: string; init: RequestInit } {
  const [program, ...words] = wordsOf(command, variables);
  if (program !== 'curl') throw new Error(`This begins with ${String(program)}, not with curl: ${command}`);
  const headers = new Headers();
  let [url, method, body]: (string | undefined)[] = [];
  while (words.length > 0) {
    const word = words.shift() ?? '';
    if (word === '-s') continue;
    else if (word === '-X') method = words.shift();
    else if (word === '-d') body = words.shift();
    else if (word === '-H') {
      const [, name = '', value = ''] = /^([^:]+):\s*(.*)$/.exec(words.shift() ?? '') ?? [];
      headers.set(name, value);
    } else if (word.startsWith('-') || url !== undefined) throw new Error(`${word} is not known here: ${command}`);
    else url = word;
  }
  if (url === undefined) throw new Error(`No address in: ${command}`);
  return { url, init: { method: method ?? (body === undefined ? 'GET' : 'POST'), headers, ...(body === undefined ? {} : { body }) } };
}

/** The names of an object and of all that is in it, `items[].id`; those of lists once. */
export function shapeOf(value: unknown, prefix = ''): string[] {
  if (Array.isArray(value)) return [...new Set(value.flatMap((item) => shapeOf(item, `${prefix}[]`)))];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [`${prefix}.${name}`, ...shapeOf(inner, `${prefix}.${name}`)]);
}

function wordsOf(command: string, variables: Readonly<Record<string, string>>): string[] {
  const words: string[] = [];
  const pattern = /\\\n|\s+|'([^']*)'|"((?:\\.|[^"\\])*)"|([^\s'"\\]+)/gy;
  let word: string | undefined;
  for (const [whole, single, double, bare] of command.trim().matchAll(pattern)) {
    if (whole === '\\\n' || /^\s/.test(whole)) {
      if (word !== undefined) words.push(word);
      word = undefined;
      continue;
    }
    const open = (double ?? bare)?.replaceAll(/\\(["\\$])/g, '$1').replaceAll(/\$(\w+)/g, (_, name: string) => variables[name] ?? '');
    word = (word ?? '') + (single ?? open ?? '');
  }
  return word === undefined ? words : [...words, word];
}
