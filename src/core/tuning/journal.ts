import { z } from 'zod';
import { SelvedgeError } from '../errors.ts';
import type { NetworkFiles } from './networks.ts';
import type { Parameters } from './space.ts';
import { parseSweep, type SweepSpec } from './spec.ts';

/**
 * A sweep's journal: JSON lines, only ever appended. All decisions and all results that they follow from are in it; what a trial has
 * learnt is in its run's folder.
 */
const valueSchema = z.union([z.string(), z.number(), z.boolean()]);
const parametersSchema = z.record(z.string(), valueSchema).readonly();

/** After an epoch, on the validation images; `seconds` of training. */
const curvePointSchema = z.object({ epoch: z.int(), loss: z.number(), accuracy: z.number(), seconds: z.number() });
export type CurvePoint = Readonly<z.infer<typeof curvePointSchema>>;

const taskSchema = z.object({
  trial: z.int().min(0),
  /** Train until this many epochs are complete. */
  epochs: z.int().min(1),
  /** Of a new trial. */
  parameters: parametersSchema.optional(),
});
export type Task = Readonly<z.infer<typeof taskSchema>>;

/** The sweep as its file describes it, with the JSON files of its networks. */
const descriptionSchema = z.object({
  file: z.string(),
  sweep: z.unknown(),
  networks: z.record(z.string(), z.unknown()),
});

const lineSchema = z.discriminatedUnion('op', [
  z.object({
    op: z.literal('start'),
    version: z.literal(1),
    name: z.string(),
    /** SHA-256 of the data set's files. */
    dataset: z.record(z.string(), z.string()),
    wasmSha256: z.string(),
    /** Absolute path of the folder that was given for the data set. */
    dataFolder: z.string().nullable(),
    ...descriptionSchema.shape,
  }),
  z.object({ op: z.literal('change'), changes: z.array(z.string()).readonly(), ...descriptionSchema.shape }),
  z.object({ op: z.literal('round'), tasks: z.array(taskSchema).readonly() }),
  z.object({ op: z.literal('reached'), trial: z.int().min(0), curve: z.array(curvePointSchema).readonly() }),
  z.object({ op: z.literal('failed'), trial: z.int().min(0), error: z.string() }),
]);
export type JournalLine = Readonly<z.infer<typeof lineSchema>>;

export function writeLine(line: JournalLine): string {
  return `${JSON.stringify(line)}\n`;
}

export interface Journal {
  readonly lines: readonly JournalLine[];
  /** Bytes of the complete lines; what comes after them was cut when it was written, and does not count. */
  readonly bytes: number;
  readonly isCut: boolean;
}

/**
 * Reads a journal up to its last complete line.
 * @throws SelvedgeError 'bad-data' naming the line where a complete one is wrong
 */
export function readJournal(content: Uint8Array, file: string): Journal {
  const bytes = content.lastIndexOf(0x0a) + 1;
  const text = new TextDecoder().decode(content.subarray(0, bytes));
  const lines = text
    .split('\n')
    .slice(0, -1)
    .map((line, i) => readLine(line, `Line ${i + 1} of ${file}`));
  if (lines.length > 0 && lines[0]!.op !== 'start') throw badLine(`Line 1 of ${file}`, 'it does not start a sweep');
  return { lines, bytes, isCut: bytes < content.length };
}

function readLine(line: string, where: string): JournalLine {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch (cause) {
    throw badLine(where, 'it is not JSON', cause);
  }
  const parsed = lineSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  throw badLine(where, `${[...path].join('.') || 'its contents'}: ${message}`);
}

function badLine(where: string, why: string, cause?: unknown): SelvedgeError {
  return new SelvedgeError(
    'bad-data',
    `${where} is no line of a sweep's journal (${why}); restore the file, or start a new sweep with --out.`,
    { cause },
  );
}

/** The sweep's file as it was when trials were suggested. */
export interface SweepVersion {
  readonly spec: SweepSpec;
  readonly networks: NetworkFiles;
  readonly sweep: unknown;
  readonly file: string;
}

export interface TrialState {
  readonly number: number;
  readonly parameters: Parameters;
  /** The version of the sweep's file that suggested it. */
  readonly version: number;
  /** The epochs that it is to reach, or has reached. */
  readonly epochs: number;
  /** Whether it has been handed out, and has neither reached them nor failed. */
  readonly isPending: boolean;
  readonly curve: readonly CurvePoint[];
  readonly error: string | null;
}

export interface SweepState {
  readonly name: string;
  readonly dataset: Readonly<Record<string, string>>;
  /** Of the kernels with which it was started. */
  readonly wasmSha256: string;
  readonly dataFolder: string | null;
  readonly versions: readonly SweepVersion[];
  /** By number. */
  readonly trials: readonly TrialState[];
  readonly changes: readonly { readonly trial: number; readonly change: string }[];
}

export const emptySweep: SweepState = {
  ...{ name: '', dataset: {}, wasmSha256: '', dataFolder: null },
  ...{ versions: [], trials: [], changes: [] },
};

/**
 * The state of a sweep after its journal's lines, the first of which starts it.
 * @throws SelvedgeError 'bad-data' where a line refers to a trial that there is not
 */
export function replay(lines: readonly JournalLine[], file: string): SweepState {
  let state = emptySweep;
  lines.forEach((line, i) => {
    state = advance(state, line, `Line ${i + 1} of ${file}`);
  });
  return state;
}

/** The state after one more line. */
export function advance(state: SweepState, line: JournalLine, where = 'The new line'): SweepState {
  switch (line.op) {
    case 'start': {
      const { name, dataset, wasmSha256, dataFolder } = line;
      return { ...state, name, dataset, wasmSha256, dataFolder, versions: [versionOf(line)] };
    }
    case 'change': {
      const changes = line.changes.map((change) => ({ trial: state.trials.length, change }));
      return { ...state, versions: [...state.versions, versionOf(line)], changes: [...state.changes, ...changes] };
    }
    case 'round':
      return line.tasks.reduce((before, task) => withTask(before, task, where), state);
    case 'reached':
      return withTrial(state, line.trial, where, (trial) => ({ ...trial, isPending: false, curve: line.curve }));
    case 'failed':
      return withTrial(state, line.trial, where, (trial) => ({ ...trial, isPending: false, error: line.error }));
  }
}

function versionOf({ sweep, networks, file }: z.infer<typeof descriptionSchema>): SweepVersion {
  return { spec: parseSweep(sweep, file), networks, sweep, file };
}

function withTask(state: SweepState, { trial: number, epochs, parameters }: Task, where: string): SweepState {
  if (parameters === undefined) {
    return withTrial(state, number, where, (trial) => ({ ...trial, epochs, isPending: true }));
  }
  if (number !== state.trials.length) throw badLine(where, `trial ${number} is not the next one`);
  const version = state.versions.length - 1;
  const trial = { number, parameters, version, epochs, isPending: true, curve: [], error: null };
  return { ...state, trials: [...state.trials, trial] };
}

function withTrial(
  state: SweepState,
  number: number,
  where: string,
  change: (trial: TrialState) => TrialState,
): SweepState {
  const trial = state.trials[number];
  if (!trial) throw badLine(where, `there is no trial ${number}`);
  return { ...state, trials: state.trials.with(number, change(trial)) };
}
