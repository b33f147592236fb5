// Changes one line of the program at a time, and records whether the test that should notice fails.
//
//   node test/mutations/run.mjs                 every entry of mutations.json
//   node test/mutations/run.mjs --only pattern  those whose test, file or reason matches the regular expression
//   node test/mutations/run.mjs --new           those without a result
//   node test/mutations/run.mjs --check         runs nothing, only finds every entry's line
//
// An entry names a vitest file (`test`) or a check of `npm run verify` (`check`), and one place of one file (`find`, which must
// occur exactly once). Everything happens in a temporary copy of the checkout, so that an interruption leaves no changed file.
import { execFileSync, spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = fileURLToPath(new URL('../../', import.meta.url));
const list = new URL('mutations.json', import.meta.url);
const results = new URL('results.json', import.meta.url);
/** A mutated loop may never end: after this many seconds a run is stopped, and the result is `timeout`. */
const mostSeconds = 90;
/** The unmutated tests run together. */
const mostSecondsTogether = 900;

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    new: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
  },
});
const readEntries = () => JSON.parse(readFileSync(list, 'utf8'));
const entries = readEntries();
const goalOf = ({ test, check }) => test ?? `verify ${check}`;
const keyOf = (entry) => JSON.stringify([goalOf(entry), entry.file, entry.find, entry.replace]);
const recorded = () => (existsSync(results) ? JSON.parse(readFileSync(results, 'utf8')) : []);
const tried = values.new ? new Set(recorded().map(({ mutation }) => keyOf(mutation))) : new Set();
const isChosen = (entry) =>
  !tried.has(keyOf(entry)) &&
  (values.only === undefined ||
    [goalOf(entry), entry.file, entry.why].some((text) => new RegExp(values.only).test(text)));
const chosen = entries.filter(isChosen);

/** @returns the text with the one place replaced. */
function mutated({ file, find, replace }) {
  if (!existsSync(join(root, file))) throw new Error(`there is no ${file}`);
  const text = readFileSync(join(root, file), 'utf8');
  const times = text.split(find).length - 1;
  if (times !== 1) throw new Error(`${JSON.stringify(find)} occurs ${times} times in ${file}, not once`);
  if (find === replace) throw new Error(`${JSON.stringify(find)} is replaced by itself`);
  return text.replace(find, () => replace);
}

/** The tracked and the new files, the build, and links to the dependencies. */
function copyOfCheckout() {
  const copy = mkdtempSync(join(tmpdir(), 'selvedge-mutations-'));
  const remove = () => rmSync(copy, { recursive: true, force: true });
  process.on('exit', remove);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(130));
  const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root });
  for (const file of new Set(files.toString().split('\0'))) {
    if (file === '' || !existsSync(join(root, file))) continue;
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    cpSync(join(root, file), join(copy, file), { preserveTimestamps: true });
  }
  if (existsSync(join(root, 'dist')))
    cpSync(join(root, 'dist'), join(copy, 'dist'), { recursive: true, preserveTimestamps: true });
  for (const name of readdirSync(join(root, 'node_modules'))) {
    const [from, to] = [join(root, 'node_modules', name), join(copy, 'node_modules', name)];
    mkdirSync(dirname(to), { recursive: true });
    // The build writes to `.bin`.
    if (name === '.bin') cpSync(from, to, { recursive: true, verbatimSymlinks: true });
    else symlinkSync(from, to);
  }
  return copy;
}

/**
 * Runs a program in the copy, in a process group of its own, and ends the whole group with it: a mutated program may leave
 * children that never end. `status` is null where it was stopped for taking too long.
 */
function execute(copy, args, seconds = mostSeconds) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: copy, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    const stop = () => {
      try {
        process.kill(-child.pid, 'SIGKILL');
      } catch {
        // It has ended.
      }
    };
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => {
        output += text;
      });
    const timer = setTimeout(stop, seconds * 1000);
    // Before the copy is removed.
    process.prependOnceListener('exit', stop);
    child.on('error', reject);
    child.on('exit', stop);
    child.on('close', (status) => {
      clearTimeout(timer);
      process.off('exit', stop);
      resolve({ status, output });
    });
  });
}

/** @returns the failed tests, or why nothing can be said of them. */
async function failuresOf(copy, { test, check }) {
  const error = await buildError(copy);
  if (error !== undefined) return { error };
  if (check !== undefined) return failuresOfCheck(copy, check);
  return (await failuresOfTests(copy, [test])).get(test);
}

async function buildError(copy) {
  const build = await execute(copy, ['scripts/build.mjs']);
  return build.status === 0 ? undefined : `does not compile: ${lastLines(build.output)}`;
}

/** @returns by test file */
async function failuresOfTests(copy, tests, seconds) {
  const report = join(copy, 'report.json');
  rmSync(report, { force: true });
  const mode = tests.some(isFull) ? ['--mode', 'full'] : [];
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const args = [vitest, 'run', ...tests, ...mode, '--reporter=json', `--outputFile=${report}`];
  const { status, output } = await execute(copy, args, seconds);
  const all = (outcome) => new Map(tests.map((test) => [test, outcome]));
  if (status === null) return all({ failed: [], isLate: true });
  if (!existsSync(report)) return all({ error: `did not run: ${lastLines(output)}` });
  const { testResults } = JSON.parse(readFileSync(report, 'utf8'));
  return new Map(tests.map((test) => [test, failuresIn(testResults.find(({ name }) => name === join(copy, test)))]));
}

const isFull = (test) => test.startsWith('test/full/');

function failuresIn(found) {
  if (!found) return { error: 'there is no such test file' };
  const outcomes = found.assertionResults;
  const failed = outcomes.filter((one) => one.status === 'failed').map(({ fullName }) => fullName);
  if (failed.length > 0) return { failed };
  if (found.status === 'failed') return { error: `does not load: ${lastLines(found.message)}` };
  if (!outcomes.some((one) => one.status === 'passed')) return { error: 'every test was skipped' };
  return { failed };
}

async function failuresOfCheck(copy, check) {
  const { status, output } = await execute(copy, ['bench/verify/main.mjs', check, '--quick']);
  if (status === null) return { failed: [], isLate: true };
  const verdict = /^ {2}(PASS|PART|FAIL) {2}(.*)$/m.exec(output);
  if (!verdict || verdict[2].startsWith('could not be measured')) return { error: `did not run: ${lastLines(output)}` };
  return { failed: verdict[1] === 'FAIL' ? [verdict[2]] : [] };
}

/** Why an outcome without a mutation is none to compare with. */
function faultOf({ failed, error, isLate }) {
  if (error !== undefined) return error;
  if (isLate) return 'takes too long without a mutation';
  return failed.length > 0 ? `fails without a mutation: ${failed[0]}` : undefined;
}

/** Whether each test and check passes without a mutation. */
async function faultsWithoutMutation(copy) {
  const faults = new Map();
  const error = await buildError(copy);
  const tests = [...new Set(chosen.flatMap(({ test }) => test ?? []))];
  for (const group of [tests.filter((test) => !isFull(test)), tests.filter(isFull)]) {
    if (group.length === 0) continue;
    const outcomes = error ? undefined : await failuresOfTests(copy, group, mostSecondsTogether);
    for (const test of group) faults.set(test, error ?? faultOf(outcomes.get(test)));
  }
  for (const check of new Set(chosen.flatMap(({ check }) => check ?? [])))
    faults.set(goalOf({ check }), error ?? faultOf(await failuresOfCheck(copy, check)));
  return faults;
}

const lastLines = (text) => text.trim().split('\n').slice(-3).join(' | ').slice(0, 300);

/** Puts the original back and says what the mutation did. */
async function attempt(copy, entry) {
  const place = join(copy, entry.file);
  const original = readFileSync(place, 'utf8');
  writeFileSync(place, mutated(entry));
  try {
    const { failed, error, isLate } = await failuresOf(copy, entry);
    if (error !== undefined) return { result: 'error', why: error };
    if (isLate) return { result: 'timeout' };
    return failed.length > 0 ? { result: 'killed', by: failed[0], failures: failed.length } : { result: 'survived' };
  } finally {
    writeFileSync(place, original);
  }
}

function record(outcomes) {
  const known = new Map([...recorded(), ...outcomes].map((one) => [keyOf(one.mutation), one]));
  // Read again: another run may have added to both files.
  const kept = readEntries().flatMap((entry) => {
    const outcome = known.get(keyOf(entry));
    return outcome ? [{ ...outcome, mutation: entry }] : [];
  });
  writeFileSync(results, `${JSON.stringify(kept, null, 2)}\n`);
}

const lost = chosen.flatMap((entry) => {
  try {
    mutated(entry);
    return [];
  } catch (error) {
    return [`${goalOf(entry)}: ${error.message}`];
  }
});
for (const line of lost) console.error(line);
if (values.check) {
  console.log(`${chosen.length} entries, ${lost.length} of which do not fit the code`);
  process.exit(lost.length > 0 ? 1 : 0);
}

const copy = copyOfCheckout();
const outcomes = [];
const faults = await faultsWithoutMutation(copy);
for (const entry of chosen) {
  const goal = goalOf(entry);
  const fault = faults.get(goal);
  const outcome =
    fault === undefined
      ? await attempt(copy, entry).catch(({ message }) => ({ result: 'error', why: message }))
      : { result: 'error', why: fault };
  outcomes.push({ mutation: entry, ...outcome });
  console.log(
    `${outcome.result.padEnd(9)} ${goal}  ${entry.file}: ${entry.why}${outcome.why ? `\n          ${outcome.why}` : ''}`,
  );
  record(outcomes);
}
const count = (result) => outcomes.filter((outcome) => outcome.result === result).length;
console.log(
  `${outcomes.length} tried, ${count('killed')} killed, ${count('timeout')} timed out, ${count('survived')} survived, ` +
    `${count('error')} not counted`,
);
process.exitCode = count('killed') + count('timeout') === outcomes.length ? 0 : 1;
