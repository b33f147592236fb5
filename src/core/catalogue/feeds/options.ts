import type { ShopMapping } from '../mapping.ts';

export interface FeedOptions {
  /** The feed in errors: its path or address. */
  readonly name: string;
  /** False for feeds that come over HTTP: pictures must then be http or https addresses. */
  readonly localPictures: boolean;
  readonly mapping: ShopMapping;
}
