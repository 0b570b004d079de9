// Bundles the MCP server, for its bin and for programs that host it: small entries, the protocol in a chunk of its own.
// Runs after tsc.
// Not in the bundle: core's dispatcher client, which starts programs that stand beside it, and is needed only by the
// first tool call; the HTTP server, which nobody waits for and which would weigh on the start over stdio; and the SDK's JSON
// Schema compiler, which only elicited answers would need.
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The SDK's runtime module without its JSON Schema compiler. */
const withoutSchemaCompiler = {
  name: 'without-schema-compiler',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^@modelcontextprotocol\/server\/_shims$/ }, () => ({ path: 'shims', namespace: 'light' }));
    onLoad({ filter: /.*/, namespace: 'light' }, () => ({
      contents: `
        export { default as process } from 'node:process';
        export class DefaultJsonSchemaValidator {
          getValidator() {
            throw new Error('The bundled MCP server checks no JSON Schemas.');
          }
        }`,
    }));
  },
};

rmSync(`${root}/dist/bundle`, { recursive: true, force: true });
await build({
  absWorkingDir: root,
  entryPoints: { main: 'dist/main.js', index: 'dist/index.js' },
  outdir: 'dist/bundle',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  minify: true,
  legalComments: 'none',
  chunkNames: '[name]-[hash]',
  external: ['./dist/http-server.js', '@agent-dispatch/core/dispatcher', '@agent-dispatch/provider-*', 'typescript'],
  plugins: [withoutSchemaCompiler],
  logLevel: 'warning',
});
