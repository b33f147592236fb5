/** The limits of a request, and of all together. */
export interface Limits {
  readonly bodyBytes: number;
  readonly jsonBytes: number;
  /** Characters of a name in an address. */
  readonly pathPart: number;
  /** All bodies that are being received or answered at once. */
  readonly allBodiesBytes: number;
  /** Connections at once; more are closed when they open. */
  readonly connections: number;
  readonly pixels: number;
  /** Images or pictures in one request. */
  readonly images: number;
  /** Pictures that are explained in one request. */
  readonly explained: number;
  /** From a request's first byte to its last, in milliseconds. */
  readonly receiveMs: number;
  readonly headersMs: number;
  /** From the whole request to its answer, by default. */
  readonly deadlineMs: number;
  readonly explainDeadlineMs: number;
}

const mebi = 2 ** 20;

export const defaultLimits: Limits = {
  bodyBytes: 16 * mebi,
  jsonBytes: 4 * mebi,
  pathPart: 128,
  allBodiesBytes: 256 * mebi,
  connections: 4096,
  pixels: 25_000_000,
  images: 64,
  explained: 8,
  receiveMs: 15_000,
  headersMs: 5_000,
  deadlineMs: 2_000,
  explainDeadlineMs: 10_000,
};
