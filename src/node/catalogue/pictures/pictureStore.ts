export type PictureKind = 'original' | 'thumbnail';

/** A picture as it is stored. */
export interface StoredPicture {
  /** SHA-256 of the file as it came, in lower-case hexadecimal. */
  readonly digest: string;
  /** PNG, JPEG or WebP, without metadata. */
  readonly original: Uint8Array;
  /** The same; where it is the same array, it is stored once. */
  readonly thumbnail: Uint8Array;
}

/** Pictures by the digest of their files. Each is there whole or not at all. */
export interface PictureStore {
  /**
   * Stores pictures together; those that are there already stay as they are.
   * @throws SelvedgeError 'cannot-write'; pictures stored before the failure stay
   */
  put(pictures: readonly StoredPicture[]): Promise<void>;
  /** Undefined where there is no such picture. */
  get(digest: string, kind: PictureKind): Promise<Uint8Array | undefined>;
  has(digest: string): Promise<boolean>;
  /** Erases a picture with its thumbnail, if it is there. */
  remove(digest: string): Promise<void>;
  /** The digests of all pictures, in ascending order. */
  list(): AsyncIterable<string>;
}

export function isDigest(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}
