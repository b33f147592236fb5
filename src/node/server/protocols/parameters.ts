import { refuse } from '../errors.ts';

/** What a client may say beside its images. */
export interface Parameters {
  readonly model: string | undefined;
  readonly version: string | undefined;
  readonly topK: number | undefined;
  readonly explain: boolean;
  readonly deadlineMs: number | undefined;
}

type Values = { -readonly [K in keyof Parameters]: Parameters[K] };

const none: Parameters = {
  model: undefined,
  version: undefined,
  topK: undefined,
  explain: false,
  deadlineMs: undefined,
};

const readers: Readonly<Record<keyof Parameters, (text: string, into: Values) => void>> = {
  model: (text, into) => {
    into.model = text;
  },
  version: (text, into) => {
    into.version = text;
  },
  topK: (text, into) => {
    into.topK = whole('topK', text, 1, 1000);
  },
  explain: (text, into) => {
    if (text !== 'true' && text !== 'false') throw wrong('explain', text, "'true' or 'false'");
    into.explain = text === 'true';
  },
  deadlineMs: (text, into) => {
    into.deadlineMs = whole('deadlineMs', text, 1, 60_000);
  },
};

/**
 * Reads a query's parameters, and a form's.
 * @param taken the names that the address takes.
 * @throws Refusal 'bad-parameter'
 */
export function readParameters(
  query: unknown,
  taken: readonly (keyof Parameters)[],
  form: readonly (readonly [name: string, value: string])[] = [],
): Parameters {
  const given = [...Object.entries((query ?? {}) as Record<string, unknown>), ...form];
  if (given.length === 0) return none;
  const values: Values = { ...none };
  const seen = new Set<string>();
  for (const [name, text] of given) {
    const known = taken.find((one) => one === name);
    if (!known) {
      throw refuse('bad-parameter', `There is no parameter ${quoted(name)} here; there are ${taken.join(', ')}.`);
    }
    if (typeof text !== 'string' || seen.has(name)) {
      throw refuse('bad-parameter', `The parameter ${name} is given more than once.`);
    }
    seen.add(name);
    readers[known](text, values);
  }
  return values;
}

function whole(name: string, text: string, least: number, most: number): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw wrong(name, text, `a whole number from ${least} to ${most}`);
}

function wrong(name: string, text: string, expected: string): Error {
  return refuse('bad-parameter', `The parameter ${name} is ${quoted(text)}, but should be ${expected}.`);
}

/** A client's word, short enough for a sentence. */
export function quoted(text: string): string {
  return `'${text.length > 40 ? `${text.slice(0, 40)}…` : text}'`;
}
