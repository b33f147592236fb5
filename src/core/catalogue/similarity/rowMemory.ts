import {
  createGrowableMemory,
  type EngineModule,
  instantiateKernels,
  mostBytes,
  pageBytes,
} from '../../engine/wasm.ts';
import { SelvedgeError } from '../../errors.ts';

/** Most queries, and most rows, of one call of the kernel: queries and scores stay in the cache. */
export const mostQueries = 4;
export const blockRows = 4096;

/** Rows of float32 in the kernels' memory, and the dot products of a few queries with them. */
export interface RowMemory {
  /**
   * Makes room for rows; what is there stays.
   * @throws SelvedgeError 'bad-option' where they do not fit in 4 GiB or the machine's memory
   */
  reserve(rows: number): void;
  /** @param values [D] */
  write(row: number, values: Float32Array): void;
  /** A copy, [D]. */
  read(row: number): Float32Array;
  /** @param values [D] */
  writeQuery(query: number, values: Float32Array): void;
  /**
   * The dot products of the first `queries` queries with rows `first` to `last` (excluded), at most `blockRows`.
   * @returns [queries, blockRows], valid until the next call; row `first + i` is at i
   */
  scores(queries: number, first: number, last: number): Float32Array;
}

/** @param D values of a row */
export function createRowMemory(module: EngineModule, D: number): RowMemory {
  // The kernel takes vectors of four; zeros behind a row change no sum.
  const width = Math.ceil(D / 4) * 4;
  const rowBytes = width * 4;
  const queriesAt = 1024;
  const scoresAt = Math.ceil((queriesAt + mostQueries * rowBytes) / 64) * 64;
  const rowsAt = scoresAt + mostQueries * blockRows * 4;
  const memory = createGrowableMemory();
  const dotProducts = instantiateKernels(module, memory, 0)['dotProducts']!;
  let floats = new Float32Array(memory.buffer);
  const reserve = (rows: number) => {
    const bytes = rowsAt + rows * rowBytes;
    const have = memory.buffer.byteLength;
    if (bytes > have) {
      // A third more than there was, so that rows that are added one by one do not grow it each time.
      const wanted = Math.min(mostBytes, Math.max(bytes, Math.ceil((have * 4) / 3)));
      try {
        if (bytes > mostBytes) throw new RangeError('more than WebAssembly can address');
        memory.grow(Math.ceil((wanted - have) / pageBytes));
      } catch (cause) {
        throw new SelvedgeError(
          'bad-option',
          `There is no memory for ${rows} vectors of ${D} values (${(bytes / 2 ** 30).toFixed(1)} GiB of at most 4); use a database's index for this number.`,
          { cause },
        );
      }
    }
    floats = new Float32Array(memory.buffer);
  };
  reserve(0);
  const at = (row: number) => rowsAt / 4 + row * width;
  return {
    reserve,
    write: (row, values) => floats.set(values, at(row)),
    read: (row) => floats.slice(at(row), at(row) + D),
    writeQuery: (query, values) => floats.set(values, queriesAt / 4 + query * width),
    scores(queries, first, last) {
      dotProducts(queriesAt, rowsAt + first * rowBytes, scoresAt, width, blockRows, queries, 0, last - first);
      return floats.subarray(scoresAt / 4, scoresAt / 4 + queries * blockRows);
    },
  };
}
