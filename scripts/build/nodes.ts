import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { cp, mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { rolldown } from 'rolldown';
import { formOf, languagesOf, textsOf } from './node-form.ts';
import type { BuildPart } from './part.ts';

/** The Node-RED module that all our nodes are together; their ids in the editor begin with it. */
const MODULE_NAME = 'insa-iiot-nodes';
const MIN_NODE_RED = '>=5.0.0';
/** What several forms share and few people open; Node-RED serves the folder at `resources/<module>/`. */
const RESOURCE = 'dist/nodes/resources/try-on-history.js';

/** What Node-RED's editor loads of each node: form, script and help in one HTML file, texts, icons, examples; and the list of the nodes. */
export const nodesPart: BuildPart = {
  name: 'nodes of the editor',
  inputs: ['nodes/**/*', 'src/contracts/**/*.ts', 'src/core/**/*.ts', 'src/rules/**/*.ts'],
  outputs: (root) => ['dist/nodes/package.json', RESOURCE, ...nodeNames(root).map((name) => `dist/nodes/${name}/${name}.html`)],
  build: async (root) => {
    const names = nodeNames(root);
    const target = join(root, 'dist', 'nodes');
    await mkdir(target, { recursive: true });
    removeFormerNodes(target, names);
    rmSync(join(target, 'examples'), { recursive: true, force: true });
    const results = await Promise.allSettled(names.map((name) => buildNode(root, name)));
    await buildResources(root);
    await writeModuleFile(root, names);
    const errors = results.flatMap((result, index) =>
      result.status === 'rejected' ? [`${names[index] ?? ''}: ${String(result.reason)}`] : [],
    );
    if (errors.length > 0) throw new Error(errors.join('\n'));
  },
};

/** The node types that have a folder under nodes/, sorted. */
export function nodeNames(root: string): string[] {
  const folders = readdirSync(join(root, 'nodes'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const names = folders.map((folder) => folder.name).filter((name) => existsSync(join(root, 'nodes', name, `${name}.ts`)));
  return names.sort();
}

async function buildNode(root: string, name: string): Promise<void> {
  const source = join(root, 'nodes', name);
  const target = join(root, 'dist', 'nodes', name);
  await mkdir(target, { recursive: true });
  const [script, help] = await Promise.all([
    bundleEditor(join(source, `${name}.editor.ts`)),
    readFile(join(source, `${name}.help.md`), 'utf8'),
  ]);
  writeFileSync(join(target, `${name}.html`), editorHtml(`iiot-${name}`, { script, form: formOf(root, name), help }));
  for (const assets of ['locales', 'icons']) rmSync(join(target, assets), { recursive: true, force: true });
  await copyFolder(join(source, 'icons'), join(target, 'icons'));
  for (const language of languagesOf(root, name)) {
    const folder = join(target, 'locales', language);
    await mkdir(folder, { recursive: true });
    writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(textsOf(root, name, language), null, 2)}\n`);
  }
  // Node-RED looks for examples in one folder of the module only; each node gets its own menu in it.
  await copyFolder(join(source, 'examples'), join(root, 'dist', 'nodes', 'examples', name));
}

/**
 * The HTML file of a node as Node-RED's editor wants it.
 * @throws Error when a part holds a closing script tag, which would end its element early
 */
export function editorHtml(type: string, { script, form, help }: { script: string; form: string; help: string }): string {
  const template = form.includes('data-template-name') ? form.trim() : scriptElement(`type="text/html" data-template-name="${type}"`, form);
  return [
    scriptElement('type="text/javascript"', script.replaceAll('</script', '<\\/script')),
    template,
    scriptElement(`type="text/markdown" data-help-name="${type}"`, help),
    '',
  ].join('\n\n');
}

function scriptElement(attributes: string, content: string): string {
  if (/<\/script/i.test(content)) throw new Error(`the <script ${attributes}> may not hold a closing script tag; write &lt;/script&gt;`);
  return `<script ${attributes}>\n${content.trim()}\n</script>`;
}

async function buildResources(root: string): Promise<void> {
  const file = join(root, RESOURCE);
  await mkdir(dirname(file), { recursive: true });
  writeFileSync(file, await bundleEditor(join(root, 'nodes', 'shared', 'editor', 'history', 'panel.ts'), 'es'));
}

/** One script. Style sheets in it become text. */
async function bundleEditor(input: string, format: 'iife' | 'es' = 'iife'): Promise<string> {
  const bundle = await rolldown({ input, platform: 'browser', tsconfig: false, moduleTypes: { '.css': 'text' }, onLog: failOnWarning });
  try {
    const { output } = await bundle.generate({ format, minify: true });
    return output[0].code;
  } finally {
    await bundle.close();
  }
}

function failOnWarning(level: string, log: { message: string }): void {
  if (level === 'warn') throw new Error(log.message);
}

async function copyFolder(from: string, to: string): Promise<void> {
  if (existsSync(from)) await cp(from, to, { recursive: true });
}

/** A folder whose node is gone would otherwise stay, and Node-RED would keep its files. */
function removeFormerNodes(target: string, names: string[]): void {
  const current = new Set([...names, 'shared', 'resources']);
  for (const entry of readdirSync(target, { withFileTypes: true })) {
    if (entry.isDirectory() && !current.has(entry.name)) rmSync(join(target, entry.name), { recursive: true });
  }
}

/** Makes the folder a full Node-RED module: only then do texts, help, examples and icons of its nodes load. */
async function writeModuleFile(root: string, names: string[]): Promise<void> {
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
  const nodes = Object.fromEntries(names.map((name) => [`iiot-${name}`, `${name}/${name}.js`]));
  const content = { name: MODULE_NAME, version, private: true, type: 'module', 'node-red': { version: MIN_NODE_RED, nodes } };
  writeFileSync(join(root, 'dist', 'nodes', 'package.json'), `${JSON.stringify(content, null, 2)}\n`);
}
