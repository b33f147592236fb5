/** What happens while a data set is looked for, in the order in which it happens. Sizes are in bytes. */
export type DataEvent =
  /** A folder or an address is about to be tried. */
  | { readonly type: 'trying'; readonly source: string }
  /** A folder lacks the files. */
  | { readonly type: 'absent'; readonly source: string }
  /** An address or a package mirror did not answer, or not with the files; the next source follows. */
  | { readonly type: 'unreachable'; readonly source: string; readonly reason: string }
  /** A file is damaged and another copy is looked for; `reason` names it. */
  | { readonly type: 'corrupt'; readonly source: string; readonly reason: string }
  /** `total` is undefined where the source does not tell. Sent often. */
  | {
      readonly type: 'downloading';
      readonly source: string;
      readonly file: string;
      readonly received: number;
      readonly total: number | undefined;
    }
  /** A file has the length and the SHA-256 that it should have. */
  | { readonly type: 'verified'; readonly file: string; readonly bytes: number; readonly sha256: string }
  /** A verified file now stands in the cache. */
  | { readonly type: 'cached'; readonly path: string; readonly bytes: number };
