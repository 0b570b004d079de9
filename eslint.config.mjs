// Lint rules of the whole repository: strict types, one-way imports (below), no cycles, no secret doors between packages.
import { fileURLToPath } from 'node:url';
import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import { createNodeResolver, importX } from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

const root = fileURLToPath(new URL('.', import.meta.url));
const sources = ['schemas/src/**/*.ts', 'core/src/**/*.ts', 'cli/src/**/*.ts', 'plugins/*/src/**/*.ts'];
const tests = ['**/*.test.ts', '**/testdata/**', 'test/**/*.ts'];
const scripts = ['**/*.mjs', '**/*.js'];

/** core/src in the order in which a request flows: each may import only what stands below it. */
const flow = [
  'host.ts',
  'dispatcher-process.ts',
  'connect.ts',
  'serve-dispatcher.ts',
  'container.ts',
  'dispatcher',
  'operations',
  'control-plane.ts',
  'intake',
  'capture',
  'telemetry',
  'plugins',
  'routing',
  'policy',
  'engine',
  'protocol',
  'store',
  'config',
  'provider',
  'errors',
];
const coreZone = (target, from, message) => ({ target: `./core/src/${target}`, from: `./core/src/${from}`, message });
const oneWayImports = [
  ...flow.flatMap((below, index) =>
    flow
      .slice(0, index)
      .map((above) => coreZone(below, above, `Imports run one way: core/src/${above} stands above core/src/${below}.`)),
  ),
  {
    target: './core/src',
    from: './core/src',
    except: [...flow, 'testing', 'index.ts'].map((place) => `./${place}`),
    message: 'A new place in core/src needs its rank in the flow of eslint.config.mjs.',
  },
  ...flow.map((place) =>
    coreZone(place, 'testing', 'core/src/testing is for those who test against core, not for core.'),
  ),
  ...flow
    .filter((place) => place !== 'container.ts')
    .map((place) => coreZone(place, 'index.ts', 'index.ts is the public door: import from the module itself.')),
];

const noProviderPackages = {
  group: ['@agent-dispatch/provider-*', '**/plugins/provider-*/**', '**/provider-local/**', '**/provider-aws/**'],
  message: 'Providers are found through their manifests and loaded by the plugin host, never imported.',
};
const coreOnlyAsType = {
  group: ['@agent-dispatch/core', '@agent-dispatch/core/*'],
  allowTypeImports: true,
  message: 'A provider carries no copy of core: use `import type`, and host.resolve for services.',
};
const unusedVariables = { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true };
const nodeGlobals = Object.fromEntries(Object.getOwnPropertyNames(globalThis).map((name) => [name, 'readonly']));
/** Forbids the pattern in `import ... from`, and in `import()` the package names that `dynamic` matches. */
const restrictImports = (pattern, dynamic) => ({
  '@typescript-eslint/no-restricted-imports': ['error', { patterns: [pattern] }],
  'no-restricted-syntax': [
    'error',
    { selector: `ImportExpression > Literal[value=${dynamic}]`, message: pattern.message },
  ],
});

export default defineConfig(
  globalIgnores(['**/dist/', '**/generated/', '**/.cache/', '**/.nx/', '**/.agentdispatch/']),
  { linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  {
    name: 'imports',
    plugins: { 'import-x': importX, '@typescript-eslint': tseslint.plugin },
    settings: {
      'import-x/extensions': ['.ts', '.js', '.mjs'],
      'import-x/parsers': { '@typescript-eslint/parser': ['.ts'] },
      'import-x/resolver-next': [
        createNodeResolver({ extensions: ['.ts', '.js', '.mjs', '.json'], extensionAlias: { '.js': ['.ts', '.js'] } }),
      ],
    },
    rules: {
      'import-x/no-cycle': ['error', { ignoreExternal: true }],
      'import-x/no-self-import': 'error',
      'import-x/no-relative-packages': 'error',
    },
  },
  {
    name: 'typescript',
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { project: ['./tsconfig.test.json'], tsconfigRootDir: root } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unused-vars': ['error', unusedVariables],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      // `return await tell()` ends a function early and says that nothing follows.
      '@typescript-eslint/no-confusing-void-expression': 'off',
      // Contracts are `async` where the caller awaits, also when one implementation has nothing to wait for.
      '@typescript-eslint/require-await': 'off',
      // It takes a field checked before an `await` for unchanged after it: `if (signal.aborted)` twice is no mistake.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true, allowStaticOnly: true }],
    },
  },
  {
    name: 'sources',
    files: sources,
    ignores: tests,
    rules: {
      'import-x/no-extraneous-dependencies': ['error', { devDependencies: false }],
      'no-console': 'error',
    },
  },
  { name: 'cli may print', files: ['cli/src/**/*.ts'], rules: { 'no-console': 'off' } },
  {
    name: 'one-way imports in core',
    files: ['core/src/**/*.ts'],
    ignores: tests,
    rules: { 'import-x/no-restricted-paths': ['error', { basePath: root, zones: oneWayImports }] },
  },
  {
    name: 'the host names no provider',
    files: [
      'core/src/**/*.ts',
      'cli/src/**/*.ts',
      'plugins/mcp-server/src/**/*.ts',
      '{cli,plugins/mcp-server}/bin/*.js',
    ],
    ignores: tests,
    rules: restrictImports(noProviderPackages, /^@agent-dispatch\/provider-/),
  },
  {
    name: 'providers carry no copy of core',
    files: ['plugins/provider-*/src/**/*.ts'],
    ignores: tests,
    rules: restrictImports(coreOnlyAsType, /^@agent-dispatch\/core/),
  },
  {
    name: 'scripts',
    files: scripts,
    languageOptions: { globals: nodeGlobals },
    rules: { 'no-unused-vars': ['error', unusedVariables] },
  },
);
