/** The events of a search for a data set, in their order. Sizes are in bytes. */
export type DataEvent =
  /** A folder or an address is about to be tried. */
  | { readonly type: 'trying'; readonly source: string }
  /** A folder lacks the files. */
  | { readonly type: 'absent'; readonly source: string }
  /** An address or a package mirror did not answer, or without the files; the next source follows. */
  | { readonly type: 'unreachable'; readonly source: string; readonly reason: string }
  /** A file is damaged and another copy is searched; `reason` names it. */
  | { readonly type: 'corrupt'; readonly source: string; readonly reason: string }
  /** `total` is undefined where the source does not report it. Sent often. */
  | {
      readonly type: 'downloading';
      readonly source: string;
      readonly file: string;
      readonly received: number;
      readonly total: number | undefined;
    }
  /** A file has the length and the SHA-256 that it should have. */
  | { readonly type: 'verified'; readonly file: string; readonly bytes: number; readonly sha256: string }
  /** A verified file was stored in the cache. */
  | { readonly type: 'cached'; readonly path: string; readonly bytes: number };
