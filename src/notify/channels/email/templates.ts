import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import Handlebars from 'handlebars';
import { messageOf } from '../../../core/errors.ts';
import type { Logger } from '../../../core/logger.ts';
import { templateFault } from './template-check.ts';
import { SAMPLES } from './views.ts';
import type { EmailKind, Views } from './views.ts';

/** An e-mail as both kinds of mail program show it. */
export interface RenderedEmail {
  html: string;
  text: string;
}

const BUILT_IN = path.join(import.meta.dirname, 'templates');
const KINDS = Object.keys(SAMPLES) as EmailKind[];
/** What every HTML template stands in. */
const LAYOUT = 'layout.html.hbs';
const LONGEST = 200_000;

/** The name of every file that may stand in the folder of one's own templates. */
export const TEMPLATE_FILES: readonly string[] = [LAYOUT, ...KINDS.flatMap((kind) => [`${kind}.html.hbs`, `${kind}.text.hbs`])];

type Render = (view: object) => string;

/**
 * The templates of e-mails: those of the platform, and in their place files of the same name in a folder of the installation's own. One that cannot be
 * used is told in the log with its reason, and the platform's is used. Everything is read, checked and compiled once.
 */
export class EmailTemplates {
  private readonly renders = new Map<string, Render>();

  constructor(options: { ownFolder: string | undefined; logger: Logger }) {
    const { ownFolder, logger } = options;
    const own = new Map(ownFolder === undefined ? [] : filesIn(ownFolder, logger));
    const layout = this.pick(LAYOUT, own, logger, undefined);
    for (const file of TEMPLATE_FILES.filter((name) => name !== LAYOUT)) {
      const text = this.pick(file, own, logger, layout);
      this.renders.set(file, compile(file, text, layout));
    }
  }

  /** Renders one e-mail. */
  render<Kind extends EmailKind>(kind: Kind, view: Views[Kind]): RenderedEmail {
    return { html: this.part(`${kind}.html.hbs`, view), text: `${this.part(`${kind}.text.hbs`, view).trim()}\n` };
  }

  private part(file: string, view: object): string {
    return this.renders.get(file)?.(view) ?? '';
  }

  private pick(file: string, own: ReadonlyMap<string, string>, logger: Logger, layout: string | undefined): string {
    const builtIn = readFileSync(path.join(BUILT_IN, file), 'utf8');
    const text = own.get(file);
    if (text === undefined) return builtIn;
    const fault = faultOf(file, text, layout);
    if (fault === undefined) return text;
    logger.warn({ part: 'email', file }, `The e-mail template ${file} cannot be used: ${fault} The one of the platform is used instead.`);
    return builtIn;
  }
}

/** Why the text of a template file cannot be used, or undefined when it can. */
export function faultOf(file: string, text: string, layout: string | undefined): string | undefined {
  if (text.length > LONGEST) return `it has more than ${String(LONGEST)} characters.`;
  const html = file.endsWith('.html.hbs');
  const fault = templateFault({ text, sample: sampleOf(file), partials: html && file !== LAYOUT ? ['layout'] : [], html });
  if (fault !== undefined) return fault;
  try {
    // What only shows when it is rendered, shows now and not at three in the morning.
    if (file === LAYOUT) compile('test.html.hbs', '{{#> layout}}x{{/layout}}', text)(SAMPLES.test);
    else compile(file, text, layout)(sampleOf(file));
    return undefined;
  } catch (error) {
    return `it cannot be rendered: ${messageOf(error)}`;
  }
}

/** What a file may name; the layout what is the same for all. */
function sampleOf(file: string): object {
  const kind = KINDS.find((one) => file === `${one}.html.hbs` || file === `${one}.text.hbs`);
  if (kind !== undefined) return SAMPLES[kind];
  const { subject, preheader, colour, tint, label, timezone, link } = SAMPLES.test;
  return { subject, preheader, colour, tint, label, timezone, link };
}

function compile(file: string, text: string, layout: string | undefined): Render {
  const handlebars = Handlebars.create();
  if (layout !== undefined && file.endsWith('.html.hbs')) handlebars.registerPartial('layout', layout);
  const render = handlebars.compile<object>(text, { knownHelpersOnly: true, noEscape: !file.endsWith('.html.hbs'), preventIndent: true });
  return (view) => render(view);
}

function filesIn(folder: string, logger: Logger): [string, string][] {
  let names: string[];
  try {
    names = readdirSync(folder).filter((name) => name.endsWith('.hbs'));
  } catch {
    return []; // There is no such folder: nobody has templates of their own.
  }
  return names.flatMap((name): [string, string][] => {
    if (!TEMPLATE_FILES.includes(name)) {
      logger.warn({ part: 'email', file: name }, `The file ${name} is no e-mail template; there are ${TEMPLATE_FILES.join(', ')}.`);
      return [];
    }
    try {
      return [[name, readFileSync(path.join(folder, name), 'utf8')]];
    } catch (error) {
      logger.warn({ part: 'email', file: name }, `The e-mail template ${name} cannot be read: ${messageOf(error)}`);
      return [];
    }
  });
}
