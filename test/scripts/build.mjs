// npm run build: compiles every package; installs the dependencies first where they are missing.
import { setUp } from './steps.mjs';

process.exitCode = setUp() ? 0 : 1;
