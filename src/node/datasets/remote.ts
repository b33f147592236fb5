import type { DataFileName, ExpectedFile } from './manifest.ts';

/** A file that is requested from a source. */
export interface WantedFile extends ExpectedFile {
  readonly name: DataFileName;
}

/** A file as received: possibly gzipped, not yet verified. */
export interface FetchedFile {
  readonly name: DataFileName;
  readonly bytes: Uint8Array;
}

export interface FetchOptions {
  /** Called as often as bytes arrive; `total` is undefined where it is not known. */
  readonly onProgress: (file: string, received: number, total: number | undefined) => void;
  readonly signal: AbortSignal | undefined;
}

/** A source that needs a network. */
export interface Remote {
  /** The name in messages. */
  readonly name: string;
  /** Yields files in any order, and all it can before it throws {@link Unreachable}. */
  fetch(wanted: readonly WantedFile[], options: FetchOptions): AsyncIterable<FetchedFile>;
}

/** The source is unavailable; the message is the reason, to follow the source's name. The next source is tried. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
}
