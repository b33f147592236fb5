import * as z from 'zod';
import { SelvedgeError } from '../../errors.ts';
import type { FeedEntry, SourceRow } from '../product.ts';
import { type ColumnPlan, planColumns } from './columns.ts';
import { decodeText, undecodable } from './decodeText.ts';
import { feedLimits } from './limits.ts';
import type { FeedOptions } from './options.ts';
import { feedProblem, readProduct, valuesOf } from './readProduct.ts';

const text = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const priceSchema = z.strictObject({ amount: text, currency: text.optional() });
const objectSchema = z.record(z.string(), z.unknown());
const attributesSchema = z.record(z.string(), text);

/**
 * Reads JSON Lines: one object per line, with the columns of a CSV feed as its keys. `pictures` may be an array, `price` an object of
 * `amount` and `currency`; `attributes` is an object of texts. Other objects and arrays are kept as they are, and mean nothing.
 */
export async function* readJsonLinesFeed(
  chunks: AsyncIterable<Uint8Array>,
  options: FeedOptions,
): AsyncGenerator<FeedEntry> {
  // Lines of one feed have the same few lists of keys.
  const plans = new Map<string, ColumnPlan>();
  const planOf = (columns: readonly string[]) => {
    const key = JSON.stringify(columns);
    const plan = plans.get(key) ?? planColumns(columns, options.mapping);
    if (plans.size < 100 && key.length < 10_000) plans.set(key, plan);
    return plan;
  };
  for await (const { line, content } of readLines(chunks, options.name)) {
    if (content.includes(undecodable)) {
      yield feedProblem(line, '', 'the line is not UTF-8; save the feed as UTF-8');
      continue;
    }
    const parsed = objectSchema.safeParse(json(content));
    if (parsed.success) yield readObject(parsed.data, planOf, line, options);
    else yield feedProblem(line, '', 'the line is no JSON object; write one object per line');
  }
}

function readObject(
  object: Record<string, unknown>,
  planOf: (columns: readonly string[]) => ColumnPlan,
  line: number,
  options: FeedOptions,
): FeedEntry {
  const { attributes, ...columns } = object;
  const id = typeof object['id'] === 'string' ? object['id'] : '';
  const own = attributesSchema.safeParse(attributes ?? {});
  if (!own.success) return feedProblem(line, id, '"attributes" must be an object of texts, numbers or truth values');
  const names = Object.keys(columns);
  if (names.length + Object.keys(own.data).length > feedLimits.columns)
    return feedProblem(line, id, `the object has more than ${feedLimits.columns} keys`);

  const plan = planOf(names);
  const row: [string, string][] = [];
  const rowPlan: (ColumnPlan[number] | 'ignored')[] = [];
  const add = (name: string, value: unknown, role: (typeof rowPlan)[number]) => {
    row.push([name, typeof value === 'string' ? value : JSON.stringify(value)]);
    rowPlan.push(role);
  };
  let currency: string | undefined;
  const pictures: string[] = [];
  for (const [i, [name, value]] of Object.entries(columns).entries()) {
    const role = plan[i]!;
    if (value === null) continue;
    if (role === 'price' && typeof value === 'object') {
      const price = priceSchema.safeParse(value);
      if (!price.success) return feedProblem(line, id, 'the price must be an object of amount and currency, or a text');
      currency = price.data.currency;
      add(name, price.data.amount, role);
    } else if (role === 'pictures') {
      const several = z.union([z.string(), z.array(z.string())]).safeParse(value);
      if (!several.success) return feedProblem(line, id, `${shown(name)} must be a text, or an array of texts`);
      const texts = typeof several.data === 'string' ? several.data.split('|') : several.data;
      pictures.push(...texts);
      for (const one of texts) add(name, one, role);
    } else if (typeof value === 'object') {
      if (role !== null) return feedProblem(line, id, `${shown(name)} must be a text`);
      const nested = nestedText(value);
      if (nested === undefined) return feedProblem(line, id, `${shown(name)} is nested too deeply`);
      add(name, nested, 'ignored');
    } else {
      add(name, value, role);
    }
  }
  const isRole = rowPlan.map((role) => (role === 'ignored' ? 'pictures' : role));
  const values = valuesOf(row, isRole, { pictures, ...(currency === undefined ? {} : { currency }) });
  const source: SourceRow = [...row, ...Object.entries(own.data)];
  return readProduct(
    { ...values, attributes: [...values.attributes, ...Object.entries(own.data)] },
    [source],
    line,
    options,
  );
}

const shown = (key: string) => JSON.stringify(key.slice(0, 50));

function nestedText(value: object): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    // JSON.parse has no limit of depth, JSON.stringify does.
    return undefined;
  }
}

function json(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    return undefined;
  }
}

/** Yields lines that are not blank, with their numbers. */
async function* readLines(chunks: AsyncIterable<Uint8Array>, name: string) {
  let line = 0;
  let held = '';
  for await (const piece of decodeText(chunks)) {
    const lines = piece.split('\n');
    for (const [i, part] of lines.entries()) {
      held += part;
      if (held.length > feedLimits.rowLength) {
        throw new SelvedgeError(
          'bad-data',
          `${name}, line ${line + 1}: the line is longer than ${feedLimits.rowLength} characters; nothing behind it was read. Write one object per line.`,
        );
      }
      if (i === lines.length - 1) break;
      line += 1;
      if (held.trim() !== '') yield { line, content: held };
      held = '';
    }
  }
  if (held.trim() !== '') yield { line: line + 1, content: held };
}
