// Imported before a program: when that ends, writes down which CommonJS modules it has loaded.
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const { cache } = createRequire(import.meta.url);
process.on('exit', () => writeFileSync(process.env.LOADED_FILE, Object.keys(cache).join('\n')));
