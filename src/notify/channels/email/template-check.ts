import Handlebars from 'handlebars';

/** The helpers that templates have; there are no others. */
const HELPERS = ['if', 'unless', 'each', 'with'];
/** Names that `each` gives. */
const DATA = ['index', 'first', 'last', 'key', 'root'];

/** What values may be named at a place: the view, or inside of `each` and `with` a part of it, the outermost first. */
type Scope = readonly unknown[];

/** A template as it is checked. */
export interface TemplateToCheck {
  text: string;
  /** A complete example of what it is rendered with. */
  sample: object;
  /** Parts that may be included. */
  partials: readonly string[];
  /** False in plain text, where nothing is escaped anyway. */
  html: boolean;
}

/**
 * Why a template cannot be used, or undefined when it can: it must be Handlebars, name known values alone (in `each` and `with` those of
 * the part), use if, unless, each and with alone, and must not switch off that values are escaped in HTML.
 */
export function templateFault({ text, sample, partials, html }: TemplateToCheck): string | undefined {
  let program: hbs.AST.Program;
  try {
    program = Handlebars.parse(text);
  } catch (error) {
    return `it is not a Handlebars template: ${error instanceof Error ? error.message.replaceAll(/\s+/g, ' ') : String(error)}`;
  }
  try {
    new Check(partials, html).program(program, [sample]);
    return undefined;
  } catch (error) {
    if (error instanceof TemplateFault) return error.message;
    throw error;
  }
}

class TemplateFault extends Error {}

class Check {
  private readonly partials: readonly string[];
  private readonly html: boolean;

  constructor(partials: readonly string[], html: boolean) {
    this.partials = partials;
    this.html = html;
  }

  program(program: hbs.AST.Program | undefined, scope: Scope): void {
    if (program === undefined) return;
    if ((program.blockParams ?? []).length > 0)
      throw new TemplateFault('it names parameters of a block ("as |name|"); use the names of the part instead.');
    for (const statement of program.body) this.statement(statement, scope);
  }

  private statement(statement: hbs.AST.Statement, scope: Scope): void {
    switch (statement.type) {
      case 'ContentStatement':
      case 'CommentStatement':
        return;
      case 'MustacheStatement':
        this.mustache(statement as hbs.AST.MustacheStatement, scope);
        return;
      case 'BlockStatement':
        this.block(statement as hbs.AST.BlockStatement, scope);
        return;
      case 'PartialStatement':
        this.partial((statement as hbs.AST.PartialStatement).name, statement.loc);
        return;
      case 'PartialBlockStatement': {
        const { name, program, loc } = statement as hbs.AST.PartialBlockStatement;
        this.partial(name, loc);
        this.program(program, scope);
        return;
      }
      default:
        throw new TemplateFault(`it has something in line ${lineOf(statement.loc)} that templates must not have (${statement.type}).`);
    }
  }

  private mustache({ path, params, escaped, loc }: hbs.AST.MustacheStatement, scope: Scope): void {
    if (params.length > 0)
      throw new TemplateFault(`line ${lineOf(loc)} calls something; a template takes values by name, and ${HELPERS.join(', ')}.`);
    if (this.html && !escaped)
      throw new TemplateFault(`line ${lineOf(loc)} puts a value in without escaping it ("{{{" or "{{&"); write "{{".`);
    this.valueOf(path, scope);
  }

  private block({ path, params, program, inverse, loc }: hbs.AST.BlockStatement, scope: Scope): void {
    const helper = path.type === 'PathExpression' ? path.original : '';
    const [param] = params;
    if (!HELPERS.includes(helper) || params.length !== 1 || param === undefined) {
      throw new TemplateFault(`line ${lineOf(loc)} has the block "${helper}"; there are ${HELPERS.join(', ')}, with one value each.`);
    }
    const value = this.valueOf(param, scope);
    this.program(program, scopeOf(helper, value, scope));
    this.program(inverse, scope);
  }

  private partial(name: hbs.AST.PathExpression | hbs.AST.SubExpression, loc: hbs.AST.SourceLocation): void {
    const wanted = name.type === 'PathExpression' ? name.original : '';
    if (wanted !== '@partial-block' && !this.partials.includes(wanted)) {
      throw new TemplateFault(
        `line ${lineOf(loc)} includes "${wanted}"; there is ${this.partials.length === 0 ? 'nothing to include' : this.partials.join(', ')}.`,
      );
    }
  }

  /** The example value of what a path names. */
  private valueOf(expression: hbs.AST.Expression, scope: Scope): unknown {
    if (expression.type !== 'PathExpression') {
      if (['StringLiteral', 'NumberLiteral', 'BooleanLiteral'].includes(expression.type)) return undefined;
      throw new TemplateFault(`line ${lineOf(expression.loc)} has an expression; a template takes values by name.`);
    }
    const { data, depth, parts, original, loc } = expression as hbs.AST.PathExpression;
    const names = parts.map(String);
    if (data) {
      const [first = '', ...rest] = names;
      if (!DATA.includes(first))
        throw new TemplateFault(`line ${lineOf(loc)} names {{${original}}}; there are ${DATA.map((name) => `@${name}`).join(', ')}.`);
      return first === 'root' ? step(scope[0], rest, { original, loc }) : undefined;
    }
    const place = scope.at(-1 - depth);
    if (depth >= scope.length) throw new TemplateFault(`line ${lineOf(loc)} names {{${original}}}, which is above everything.`);
    return step(place, names, { original, loc });
  }
}

function scopeOf(helper: string, value: unknown, scope: Scope): Scope {
  if (helper === 'each') return [...scope, Array.isArray(value) ? (value as unknown[])[0] : undefined];
  return helper === 'with' ? [...scope, value] : scope;
}

/** Goes down from a value by names; each has to be there. */
function step(from: unknown, names: readonly string[], at: { original: string; loc: hbs.AST.SourceLocation }): unknown {
  let value = from;
  for (const name of names) {
    const known = typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value) : [];
    if (!known.includes(name)) {
      const choice = known.length === 0 ? 'nothing below it has a name' : `there are ${known.join(', ')}`;
      throw new TemplateFault(`line ${lineOf(at.loc)} names {{${at.original}}}, which is no value; ${choice}.`);
    }
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}

function lineOf(loc: hbs.AST.SourceLocation): string {
  return String(loc.start.line);
}
