import type { SqlValue } from './database.ts';

/** To the thread with the embedded database. Without values the text may have several statements. */
export type ToEmbedded =
  | { readonly kind: 'run'; readonly id: number; readonly text: string; readonly values: readonly SqlValue[] | null }
  | { readonly kind: 'close'; readonly id: number };

export type FromEmbedded =
  | { readonly kind: 'open' }
  | { readonly kind: 'done'; readonly id: number; readonly rows: readonly unknown[] }
  | {
      readonly kind: 'failed';
      /** Undefined where the database could not be opened. */
      readonly id: number | undefined;
      readonly message: string;
      readonly code: string | undefined;
      /** The database cannot go on: its WebAssembly has stopped. */
      readonly isFatal: boolean;
    };
