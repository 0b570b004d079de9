// Prints how many milliseconds the store of a state directory takes to open.
import { timed } from './figures.mjs';
import { LocalStore } from './store.mjs';

const store = new LocalStore({ stateDir: process.argv[2], clock: { now: () => Date.now() } });
console.log(await timed(() => store.open()));
await store.close();
