import type { Rule } from 'eslint';

/** Kinds of declaration that need a docstring when they are exported. */
const DOCUMENTED = new Set(['FunctionDeclaration', 'ClassDeclaration', 'TSInterfaceDeclaration', 'VariableDeclaration']);

/** Interfaces that only list what a documented function or class is given; their fields say the rest. */
const ARGUMENTS = /(Options|Dependencies|Deps)$/;

/**
 * An ESLint rule: every exported function, class, interface and constant begins with a docstring (docs/style.md).
 * Type aliases are exempt, because most of them only name the type of the schema above them.
 */
export const exportDocs: Rule.RuleModule = {
  meta: { type: 'suggestion', schema: [], messages: { missing: 'Write a docstring: what it answers, units, blank, errors.' } },
  create: (context) => ({
    ExportNamedDeclaration(node) {
      if (!node.declaration || !DOCUMENTED.has(node.declaration.type)) return;
      if ('id' in node.declaration && ARGUMENTS.test(node.declaration.id.name)) return;
      const comment = context.sourceCode.getCommentsBefore(node).at(-1);
      if (comment?.type === 'Block' && comment.value.startsWith('*')) return;
      context.report({ node, messageId: 'missing' });
    },
  }),
};
