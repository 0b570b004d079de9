// Bundles the quick answer to `status` into one small file. Runs after tsc. The rest is not bundled: the command
// framework shares its modules with the plugins it loads.
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Our own modules do nothing when imported, so whatever the quick answer does not use stays out. */
const ownModulesArePure = {
  name: 'own-modules-are-pure',
  setup({ onResolve, resolve }) {
    onResolve({ filter: /^(\.|@agent-dispatch\/)/ }, async ({ path, pluginData, ...options }) => {
      if (pluginData === 'resolving') return undefined;
      const found = await resolve(path, { ...options, pluginData: 'resolving' });
      return found.errors.length > 0 ? found : { ...found, sideEffects: false };
    });
  },
};

const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: { 'quick-status': 'dist/quick/status.js' },
  outdir: 'dist/bundle',
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  plugins: [ownModulesArePure],
  metafile: true,
  logLevel: 'warning',
});

const limit = 100_000;
const [[file, { bytes }]] = Object.entries(metafile.outputs);
if (bytes > limit) throw new Error(`${file} has ${bytes} bytes: something heavy came in; the aim is below ${limit}.`);
