/** What went wrong, as a stable word that programs can test; the message is for people. */
export type ErrorCode =
  | 'bad-option'
  | 'bad-spec'
  | 'bad-data'
  | 'bad-image'
  | 'bad-model'
  | 'missing-file'
  | 'cannot-write'
  | 'not-finite'
  | 'worker-failed'
  | 'fetch-failed'
  | 'aborted';

/**
 * An error whose message is one sentence for the person at the keyboard: what is wrong, where, and what to do.
 * Anything else that is thrown is a defect of the program.
 */
export class SelvedgeError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'SelvedgeError';
    this.code = code;
  }
}
