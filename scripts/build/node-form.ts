import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';

/** `<!-- include ../shared/editor/rule-scope.html -->`: the path is relative to the file in which it stands. */
const INCLUDE = /<!-- *include +(\S+) *-->/g;
/** What stands in shared HTML for the folder's name of the node whose form it becomes part of: the first part of the keys of its texts. */
const TEXTS = '{{texts}}';

/** Texts in one language: words or, by name, more of them. */
interface Texts {
  [name: string]: string | Texts;
}

/**
 * The form of a node with what it includes.
 * @throws Error that names the form and the include when that file is not there, or includes others itself
 */
export function formOf(root: string, name: string): string {
  const file = formFile(root, name);
  const form = readFileSync(file, 'utf8').replaceAll(INCLUDE, (_line, path: string) => included(root, file, path));
  return form.replaceAll(TEXTS, name);
}

/** The languages in which a node has texts. */
export function languagesOf(root: string, name: string): string[] {
  return globSync(`*/${name}.json`, { cwd: join(root, 'nodes', name, 'locales') }).map((path) => dirname(path));
}

/**
 * The texts of a node in one language, as Node-RED wants them: under the node's name, for Node-RED keeps a catalogue for each node and knows no
 * common one. A form brings the texts of what it includes: `locales/<language>/*.json` beside each included file. The node's own words win.
 */
export function textsOf(root: string, name: string, language: string): Texts {
  const own = readTexts(join(root, 'nodes', name, 'locales', language, `${name}.json`));
  const shared = includeFolders(root, name).flatMap((folder) => {
    const files = globSync(`locales/${language}/*.json`, { cwd: folder }).sort();
    return files.map((file) => readTexts(join(folder, file)));
  });
  return [...shared.map((texts) => ({ [name]: texts })), own].reduce<Texts>(merged, {});
}

function formFile(root: string, name: string): string {
  return join(root, 'nodes', name, `${name}.editor.html`);
}

function included(root: string, file: string, path: string): string {
  const target = join(dirname(file), path);
  const form = relative(root, file);
  if (!existsSync(target)) throw new Error(`${form} includes ${path}, which is not there; write its path relative to the form.`);
  const html = readFileSync(target, 'utf8').trim();
  if (html.search(INCLUDE) !== -1) throw new Error(`${form} includes ${path}, which includes others; write those into the form too.`);
  return html;
}

/** The folders of the files that a form includes, each once. */
function includeFolders(root: string, name: string): string[] {
  const file = formFile(root, name);
  const paths = [...readFileSync(file, 'utf8').matchAll(INCLUDE)].map(([, path = '']) => dirname(join(dirname(file), path)));
  return [...new Set(paths)].sort();
}

function readTexts(file: string): Texts {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Texts;
  } catch (error) {
    throw new Error(`${basename(file)} cannot be read: ${String(error)}`, { cause: error });
  }
}

/** Both, deeply; where both have a text, that of `over`. */
function merged(under: Texts, over: Texts): Texts {
  const result: Texts = { ...under };
  for (const [name, text] of Object.entries(over)) {
    const before = result[name];
    result[name] = typeof before === 'object' && typeof text === 'object' ? merged(before, text) : text;
  }
  return result;
}
