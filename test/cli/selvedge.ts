import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished } from 'vitest';
import type { RunRecord } from '../../src/core/formats/runRecord.ts';
import type { StepMetrics } from '../../src/core/training/history.ts';

export const root = fileURLToPath(new URL('../../', import.meta.url));
export const program = join(root, 'dist/node/cli/main.js');
export const subset = join(root, 'test/fixtures/fashion-mnist-subset');
export const photos = join(root, 'test/fixtures/photos');
/** Enough options for a training that takes less than a second. */
export const short = ['--data', subset, '--limit', '60', '--epochs', '1', '--batch-size', '30'];

/** How a program ended. */
export interface Outcome {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program that is running. */
export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Outcome>;
  /** Resolves when the text has appeared on standard output or standard error; rejects when the program ends before. */
  seen(text: string): Promise<void>;
}

export function start(file: string, args: readonly string[], options: SpawnOptions = {}): Running {
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  const texts = { stdout: '', stderr: '' };
  let check = () => {};
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      texts[name] += text;
      check();
    });
  }
  const ended = new Promise<Outcome>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status, signal) => resolve({ status, signal, ...texts }));
  });
  const seen = (text: string) =>
    new Promise<void>((resolve, reject) => {
      check = () => {
        if (texts.stdout.includes(text) || texts.stderr.includes(text)) resolve();
      };
      check();
      ended.then((outcome) => reject(new Error(`ended without '${text}': ${JSON.stringify(outcome)}`)), reject);
    });
  return { child, ended, seen };
}

/** Starts the built program. */
export function startSelvedge(args: readonly string[], options: SpawnOptions = {}): Running {
  return start(process.execPath, [program, ...args], options);
}

/** Runs the built program to its end. */
export function selvedge(args: readonly string[], options: SpawnOptions = {}): Promise<Outcome> {
  return startSelvedge(args, options).ended;
}

/** Runs the built program, which has to succeed. */
export async function succeed(args: readonly string[], options: SpawnOptions = {}): Promise<Outcome> {
  const outcome = await selvedge(args, options);
  expect(outcome, outcome.stderr).toMatchObject({ status: 0, signal: null });
  return outcome;
}

/** A new folder for one test, or for a file's tests when `keep` removes it. */
export function temporaryFolder(keep: (remove: () => void) => void = onTestFinished): string {
  const folder = mkdtempSync(join(tmpdir(), 'selvedge-test-'));
  keep(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export const lastLine = (text: string): string => text.trimEnd().split('\n').at(-1)!;

export const recordIn = (run: string): RunRecord => JSON.parse(readFileSync(join(run, 'run.json'), 'utf8'));

export const stepsIn = (run: string): StepMetrics[] =>
  readFileSync(join(run, 'metrics.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

/** The names and contents of a run's files. */
export const filesIn = (run: string): Record<string, string> =>
  Object.fromEntries(readdirSync(run).map((name) => [name, readFileSync(join(run, name), 'latin1')]));

/** The same without the checkpoints of a run that is not over. */
export const resultsIn = (run: string): Record<string, string> =>
  Object.fromEntries(Object.entries(filesIn(run)).filter(([name]) => !name.startsWith('checkpoint')));

/** Trains in a folder and returns the object that `--json` prints. */
export async function trained(out: string, options: readonly string[]): Promise<RunRecord> {
  const { stdout } = await succeed(['train', '--out', out, '--json', ...options]);
  return JSON.parse(lastLine(stdout));
}

/** Checks that a program failed with one sentence about it, and nothing else, on standard error. */
export function expectOneSentence({ status, signal, stderr }: Outcome, sentence: RegExp): void {
  expect({ status, signal, stderr }).toMatchObject({ status: 1, signal: null });
  expect(stderr).toMatch(/^selvedge: [^\n]+\.\n(\(selvedge[^\n]* --help [^\n]+\)\n)?$/);
  const [message] = stderr.split('\n');
  expect(message).not.toMatch(/[.!?] [A-Z]/);
  expect(message).toMatch(sentence);
}
