import { rowReader } from '../../data/separatedRows.ts';
import { SelvedgeError } from '../../errors.ts';
import type { FeedEntry } from '../product.ts';
import { decodeText, undecodable } from './decodeText.ts';
import { feedLimits } from './limits.ts';
import { feedProblem } from './readProduct.ts';

export interface TableRow {
  readonly line: number;
  readonly cells: readonly string[];
}

type Separator = ',' | ';' | '\t';

/**
 * Reads a table with a header: yields the header, then each row, or what is wrong with it.
 * @param separators those that are possible; the one that the header has most often is used
 * @throws SelvedgeError 'bad-data' where the header cannot be used, or a row is longer than the limit
 */
export async function* readTable(
  chunks: AsyncIterable<Uint8Array>,
  separators: readonly [Separator, ...Separator[]],
  name: string,
): AsyncGenerator<TableRow | FeedEntry> {
  let width: number | undefined;
  for await (const { line, cells, problem } of readRows(chunks, separators, name)) {
    if (width === undefined) {
      checkHeader(cells, line, problem, name);
      width = cells.length;
      yield { line, cells };
    } else if (problem !== null) {
      yield feedProblem(line, '', problem);
    } else if (cells.length !== width) {
      yield feedProblem(line, '', `the row has ${cells.length} cells, the header ${width}`);
    } else {
      yield { line, cells };
    }
  }
  if (width === undefined)
    throw new SelvedgeError('bad-data', `${name} is empty; its first line must name the columns.`);
}

async function* readRows(
  chunks: AsyncIterable<Uint8Array>,
  separators: readonly [Separator, ...Separator[]],
  name: string,
) {
  let reader: ReturnType<typeof rowReader> | undefined;
  let begin = '';
  for await (const text of decodeText(chunks)) {
    if (reader) {
      yield* reader.push(text);
      continue;
    }
    begin += text;
    const header = begin.trimStart();
    if (!/[\r\n]/.test(header) && header.length <= feedLimits.rowLength) continue;
    reader = rowReader(mostFrequent(separators, begin), name, feedLimits.rowLength);
    yield* reader.push(begin);
  }
  if (!reader) {
    reader = rowReader(mostFrequent(separators, begin), name, feedLimits.rowLength);
    yield* reader.push(begin);
  }
  yield* reader.end();
}

function mostFrequent<T extends Separator>(separators: readonly [T, ...T[]], text: string): T {
  const header = /[^\r\n]+/.exec(text)?.[0] ?? '';
  let [best] = separators;
  for (const one of separators) if (header.split(one).length > header.split(best).length) best = one;
  return best;
}

function checkHeader(cells: readonly string[], line: number, problem: string | null, name: string): void {
  const refuse = (reason: string) => {
    throw new SelvedgeError('bad-data', `${name}, line ${line}: ${reason}.`);
  };
  if (cells.some((cell) => cell.includes('\0')))
    refuse('the header contains zero bytes; save the feed as text in UTF-8, or in UTF-16 with a byte-order mark');
  if (cells.some((cell) => cell.includes(undecodable)))
    refuse('the header is not UTF-8; save the feed as text in UTF-8');
  if (problem !== null) refuse(`in the header, ${problem}`);
  if (cells.length > feedLimits.columns) refuse(`the header has more than ${feedLimits.columns} columns`);
}
