// The project's layout rules (ARCHITECTURE.md), kept by a test: what imports what, sizes, names, first lines, READMEs.
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import path from 'node:path';
import { after, test } from 'node:test';
import * as ast from 'typescript/unstable/ast';
import { API } from 'typescript/unstable/sync'; // Unstable, but the version is pinned and the syntax tree is exact.

const root = path.join(import.meta.dirname, '../..');
const linesOfFileMax = 400;
const linesOfFunctionMax = 70;
const linesOfReadmeMax = 15;

/** Files, or functions as `file#name`, that may be longer, each with its reason. Split first; this is the last way out. */
const mayBeLonger: Record<string, string> = {};

/** Files that name `process.env`, each with its reason. */
const mayNameEnvironment: Record<string, string> = {
  'engine/config.ts': 'It is the one place where the environment is read.',
  'engine/server/uws-settings.ts': 'It sets what uWebSockets.js takes from the environment alone, and reads nothing.',
};

type Layer = {
  /** Layers below, whose files it may import. */
  below: string[];
  /** Whether a package, or a builtin as `node:…`, may be imported. */
  allows(name: string, isTypeOnly: boolean): boolean;
};

const isNode = (name: string) => isBuiltin(name);
const layers: Record<string, Layer> = {
  schema: {
    below: [],
    // Shapes name Node's types, such as a port, and use nothing of it.
    allows: (name, isTypeOnly) => ['valibot', '@valibot/to-json-schema'].includes(name) || (isNode(name) && isTypeOnly),
  },
  sandbox: {
    below: ['schema'],
    allows: (name) => isNode(name) || ['dockerode', '@vscode/ripgrep', 'undici', 'valibot', 'uuid'].includes(name),
  },
  actors: { below: ['schema', 'sandbox'], allows: (name) => !['uWebSockets.js', 'jose', 'piscina'].includes(name) },
  engine: { below: ['schema', 'sandbox', 'actors'], allows: () => true },
  bench: { below: ['schema', 'sandbox', 'actors', 'engine'], allows: () => true },
};

type Source = { file: string; text: string; tree: ast.SourceFile };

const api = new API({ cwd: root });
after(() => api.close());
const sources = readSources();

function readSources(): Source[] {
  const [project] = api.updateSnapshot({ openProject: path.join(root, 'tsconfig.json') }).getProjects();
  const files = globSync(`{${Object.keys(layers).join(',')}}/**/*.{ts,mjs}`, { cwd: root });
  return files
    .filter((file) => !file.includes('node_modules'))
    .sort()
    .map((file) => {
      const tree = project?.program.getSourceFile(path.join(root, file));
      assert.ok(tree, `${file}:1: tsconfig.json leaves it out. Put it under a folder that "include" names.`);
      return { file, text: readFileSync(path.join(root, file), 'utf8'), tree };
    });
}

const layerOf = (file: string) => file.split('/')[0] ?? '';
const isTest = (file: string) => file.includes('.test.') || /(^|\/)testing\//.test(file);

/** The chaos suite is tests that people run by hand: it stands on the same harness. */
const mayUseHarness = (file: string) => file.startsWith('bench/chaos/');

/** `file:line: what is wrong. What to do.` */
function problem({ file, text, tree }: Source, node: ast.Node | undefined, what: string): string {
  const at = node ? node.getStart(tree) : 0;
  return `${file}:${text.slice(0, at).split('\n').length}: ${what}`;
}

function* nodesOf(node: ast.Node): Generator<ast.Node> {
  yield node;
  const children: ast.Node[] = [];
  node.forEachChild((child) => void children.push(child));
  for (const child of children) yield* nodesOf(child);
}

function check(problems: readonly string[]): void {
  if (problems.length > 0) assert.fail(`\n\n${problems.join('\n')}\n`);
}

type Import = { node: ast.Node; name: string; isTypeOnly: boolean };

/** Static and dynamic imports, and exports from elsewhere. */
function* importsOf({ tree }: Source): Generator<Import> {
  for (const node of nodesOf(tree)) {
    if (ast.isImportDeclaration(node) && ast.isStringLiteral(node.moduleSpecifier)) {
      const isTypeOnly = node.importClause?.phaseModifier === ast.SyntaxKind.TypeKeyword;
      yield { node, name: node.moduleSpecifier.text, isTypeOnly };
    } else if (ast.isExportDeclaration(node) && node.moduleSpecifier && ast.isStringLiteral(node.moduleSpecifier)) {
      yield { node, name: node.moduleSpecifier.text, isTypeOnly: node.isTypeOnly };
    } else if (ast.isCallExpression(node) && node.expression.kind === ast.SyntaxKind.ImportKeyword) {
      const [name] = node.arguments;
      if (name && ast.isStringLiteral(name)) yield { node, name: name.text, isTypeOnly: false };
    }
  }
}

test('the syntax tree is read: every kind of import is seen', () => {
  const thread = sources.find(({ file }) => file === 'actors/host-thread.ts');
  assert.ok(thread);
  const seen = [...importsOf(thread)];
  assert.ok(seen.some(({ name, isTypeOnly }) => name === './run-host.ts' && !isTypeOnly));
  assert.ok(seen.some(({ name, isTypeOnly }) => name === '../schema/thread.ts' && isTypeOnly));
});

test('imports go down only: engine, actors, sandbox, schema', () => {
  const problems = sources
    .filter(({ file }) => !isTest(file))
    .flatMap((source) => [...importsOf(source)].flatMap((found) => wrongImport(source, found)));
  check(problems);
});

function wrongImport(source: Source, { node, name, isTypeOnly }: Import): string[] {
  const { file } = source;
  const layer = layerOf(file);
  const rules = layers[layer];
  if (!name.startsWith('.')) {
    if (rules?.allows(name, isTypeOnly)) return [];
    return [
      problem(source, node, `${layer}/ must not import ${name}. Use it in a layer above, or hand in what it gives.`),
    ];
  }
  const target = path.join(path.dirname(file), name);
  if (isTest(target) && !(mayUseHarness(file) && target.startsWith('engine/testing/')))
    return [problem(source, node, `It imports ${target}, which is for tests. Move what both need.`)];
  if (/^actors\/\w+-thread\.ts$/.test(target))
    return [problem(source, node, `${target} is started by its URL and never imported. Give its URL to Piscina.`)];
  const isOutside = target.startsWith('..') || !target.includes('/');
  if (isOutside || layerOf(target) === layer || rules?.below.includes(layerOf(target))) return [];
  return [problem(source, node, `${layer}/ must not import ${target}. Move what both need down, or hand it in.`)];
}

test('the environment is read in engine/config.ts and nowhere else', () => {
  const problems = sources
    .filter(({ file }) => !isTest(file) && !mayNameEnvironment[file] && !/^(bench|engine\/setup)\//.test(file))
    .flatMap((source) =>
      [...nodesOf(source.tree)]
        .filter((node) => namesEnvironment(node))
        .map((node) =>
          problem(source, node, 'It names process.env. Add the variable to engine/config.ts and take its value.'),
        ),
    );
  check(problems);
});

/** `process.env`, `const { env } = process`, and `import { env } from 'node:process'`. */
function namesEnvironment(node: ast.Node): boolean {
  if (ast.isPropertyAccessExpression(node)) return isNamed(node.expression, 'process') && node.name.text === 'env';
  if (ast.isElementAccessExpression(node)) return isNamed(node.expression, 'process');
  if (ast.isVariableDeclaration(node) && node.initializer) {
    return isNamed(node.initializer, 'process') && node.name.getText().includes('env');
  }
  if (!ast.isImportDeclaration(node) || !ast.isStringLiteral(node.moduleSpecifier)) return false;
  return /^(node:)?process$/.test(node.moduleSpecifier.text);
}

const isNamed = (node: ast.Node, name: string) => ast.isIdentifier(node) && node.text === name;

const linesIn = (text: string) => text.replace(/\n$/, '').split('\n').length;

test(`no file is longer than ${linesOfFileMax} lines`, () => {
  const long = sources.filter(({ file, text }) => linesIn(text) > linesOfFileMax && !mayBeLonger[file]);
  check(
    long.map((source) =>
      problem(source, undefined, `It has ${linesIn(source.text)} lines. Split it by what it is about.`),
    ),
  );
});

const functionKinds: ReadonlySet<ast.SyntaxKind> = new Set([
  ast.SyntaxKind.FunctionDeclaration,
  ast.SyntaxKind.FunctionExpression,
  ast.SyntaxKind.ArrowFunction,
  ast.SyntaxKind.MethodDeclaration,
  ast.SyntaxKind.Constructor,
  ast.SyntaxKind.GetAccessor,
  ast.SyntaxKind.SetAccessor,
]);

test(`no function is longer than ${linesOfFunctionMax} lines`, () => {
  const problems = sources.flatMap((source) =>
    [...nodesOf(source.tree)].flatMap((node) => {
      if (!functionKinds.has(node.kind)) return [];
      const lines = linesIn(source.text.slice(node.getStart(source.tree), node.end));
      const name = nameOf(node);
      if (lines <= linesOfFunctionMax || mayBeLonger[`${source.file}#${name}`]) return [];
      return [problem(source, node, `${name} has ${lines} lines. Make its steps functions with names.`)];
    }),
  );
  check(problems);
});

function nameOf(node: ast.Node): string {
  const named = 'name' in node ? (node.name as ast.Node | undefined) : undefined;
  if (named) return named.getText();
  const { parent } = node;
  return parent && ast.isVariableDeclaration(parent) ? parent.name.getText() : 'A function without a name';
}

test('what may be longer is, and says why', () => {
  const longFiles = sources.filter(({ text }) => linesIn(text) > linesOfFileMax).map(({ file }) => file);
  const stale = Object.keys(mayBeLonger).filter((entry) => !entry.includes('#') && !longFiles.includes(entry));
  check(stale.map((entry) => `engine/layout/layout.test.ts:1: ${entry} is short enough now. Take it off mayBeLonger.`));
  for (const [entry, reason] of Object.entries(mayBeLonger)) assert.match(reason, /^[A-Z].{20,}\.$/, entry);
});

test('every source file opens with a sentence that says what it is', () => {
  const problems = sources.flatMap((source) => {
    const opening = /^(?:#!.*\n)?((?:\/\/ .*\n)+)/.exec(source.text)?.[1] ?? '';
    const sentence = opening
      .replaceAll(/^\/\/ /gm, '')
      .replaceAll('\n', ' ')
      .trim();
    if (/^[^a-z\s].*[.:?]$/.test(sentence) || /^(uWebSockets\.js|npm) .*\.$/.test(sentence)) return [];
    return [
      problem(
        source,
        undefined,
        'It does not open with a sentence. Say in a comment what it is, ending with a full stop.',
      ),
    ];
  });
  check(problems);
});

test('no file is named for being a manager, a service, a helper, common, or utils', () => {
  const vague = /(^|[-._])(managers?|services?|helpers?|utils?|utilities|commons?)([-._]|$)/i;
  const named = sources.filter(({ file }) => file.split('/').some((part) => vague.test(part)));
  check(named.map((source) => problem(source, undefined, 'Its name says nothing. Name it for the thing it is about.')));
});

test('no test is skipped, left to do, or run alone', () => {
  const isTestName = (node: ast.Node) =>
    ast.isIdentifier(node) && /^(test|it|describe|suite|t|context)$/.test(node.text);
  const without = (node: ast.Node): string | undefined => {
    if (ast.isPropertyAccessExpression(node) && isTestName(node.expression)) return node.name.text;
    if (!ast.isPropertyAssignment(node) || node.initializer.kind === ast.SyntaxKind.FalseKeyword) return undefined;
    const call = node.parent?.parent;
    return call && ast.isCallExpression(call) && isTestName(call.expression) ? node.name.getText() : undefined;
  };
  const problems = sources
    .filter(({ file }) => isTest(file))
    .flatMap((source) =>
      [...nodesOf(source.tree)]
        .filter((node) => ['skip', 'todo', 'only'].includes(without(node) ?? ''))
        .map((node) => problem(source, node, 'A test that does not run proves nothing. Let it run, or take it out.')),
    );
  check(problems);
});

test('nothing is left to be done in a comment', () => {
  const mark = new RegExp(`\\b(${['TO' + 'DO', 'FIX' + 'ME', 'HA' + 'CK', 'XX' + 'X'].join('|')})\\b`);
  const problems = sources.flatMap(({ file, text }) =>
    text
      .split('\n')
      .flatMap((line, at) =>
        mark.test(line) ? [`${file}:${at + 1}: Work left in a comment is forgotten. Do it, or open an issue.`] : [],
      ),
  );
  check(problems);
});

test(`every folder with sources has a README of at most ${linesOfReadmeMax} lines`, () => {
  const folders = [...new Set(sources.map(({ file }) => path.dirname(file)))];
  const problems = folders.flatMap((folder) => {
    const readme = path.join(root, folder, 'README.md');
    if (!existsSync(readme))
      return [`${folder}/README.md:1: It is missing. Say what lives here, on which thread, and what it may import.`];
    const lines = linesIn(readFileSync(readme, 'utf8'));
    return lines > linesOfReadmeMax
      ? [`${folder}/README.md:${linesOfReadmeMax + 1}: It has ${lines} lines. Say less.`]
      : [];
  });
  check(problems);
});
