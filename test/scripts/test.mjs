// npm test: install, build, lint, typecheck and every Jest project; arguments go to Jest and leave out lint and
// typecheck, so that `npm test -- core/src/policy` stays quick. The last line printed is `N passed, N failed`.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest, lint, setUp, typecheckTests } from './steps.mjs';

const jestArguments = process.argv.slice(2);
const everything = jestArguments.length === 0;

const total = setUp({ quiet: true }) ? runChecks() : { passed: 0, failed: 1 };
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 ? 0 : 1;

/** A failed lint or typecheck counts as one failure beside the tests, which run all the same. */
function runChecks() {
  const checks = everything ? [lint, typecheckTests] : [];
  const broken = checks.filter((check) => !check()).length;
  const tests = runJest();
  return { passed: tests.passed, failed: tests.failed + broken };
}

function runJest() {
  const folder = mkdtempSync(join(tmpdir(), 'agentdispatch-test-'));
  const report = join(folder, 'report.json');
  try {
    const succeeded = jest([...jestArguments, '--json', `--outputFile=${report}`], { stdout: 'ignore' });
    return countTests(JSON.parse(readFileSync(report, 'utf8')), succeeded);
  } catch (error) {
    console.error(`Jest left no readable report: ${error.message}`);
    return { passed: 0, failed: 1 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A suite that cannot be loaded has no tests to count, so it counts as one failure itself. */
function countTests(report, succeeded) {
  const failed = report.numFailedTests + report.numRuntimeErrorTestSuites;
  return { passed: report.numPassedTests, failed: succeeded ? failed : Math.max(failed, 1) };
}
