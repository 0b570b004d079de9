// npm run setup: dependencies and build, nothing else.
import { setUp } from './steps.mjs';

process.exitCode = setUp() ? 0 : 1;
