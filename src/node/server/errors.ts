import { z } from 'zod';

/** Every way in which a request can fail: its status, when it happens, and the one service in which it does. The OpenAPI documents list them all. */
export const httpErrors = {
  'bad-http': { status: 400, when: 'The bytes received are not an HTTP request, or are one without a Host.' },
  'bad-request': { status: 400, when: 'The address or a header cannot be used.' },
  'empty-body': { status: 400, when: 'The request has no body, or a part of it is empty.' },
  'bad-json': { status: 400, when: 'The body is not JSON, or is JSON of another shape.' },
  'bad-base64': { status: 400, when: 'A text that should be base64 is not.' },
  'bad-multipart': { status: 400, when: 'The multipart body is damaged or cut short, or has no image.' },
  'bad-parameter': { status: 400, when: 'A parameter is unknown or out of its range.' },
  'bad-tensor': { status: 400, when: "A tensor's name, type, shape or data do not fit the model." },
  'bad-pixels': { status: 400, when: 'Raw pixels are not whole pictures of the size that the model takes.' },
  'damaged-image': { status: 400, when: 'An image is damaged or cut short.' },
  'key-missing': { status: 401, when: 'The service requires an API key, and the request has none.' },
  'key-unknown': { status: 401, when: 'The API key is not one of the keys of this service.' },
  'metrics-closed': { status: 403, when: 'Another machine requests the metrics of a service that has no keys.' },
  'role-missing': { status: 403, when: "The key's role does not allow the request.", of: 'catalogue' },
  'cross-origin': {
    status: 403,
    when: 'The service has no keys, and the request comes from a page of another site or names another host.',
    of: 'catalogue',
  },
  'unknown-route': { status: 404, when: 'This address does not exist.' },
  'wrong-method': { status: 405, when: 'The address takes other methods, which the header Allow lists.' },
  'model-not-named': { status: 400, when: 'Several models are served, and the request names none.' },
  'unknown-model': { status: 404, when: 'No model of this name is served.' },
  'unknown-version': { status: 404, when: 'The model is served in another version.' },
  'unknown-item': { status: 404, when: 'The catalogue has nothing of this name or number.', of: 'catalogue' },
  'too-slow': { status: 408, when: 'The request did not arrive whole in time.' },
  'body-too-large': { status: 413, when: 'The body has more bytes than the service takes.' },
  'too-many-images': { status: 413, when: 'The request has more images or parts than one request may have.' },
  'too-many-pixels': { status: 413, when: 'An image has more pixels than the service takes.' },
  'unsupported-body': {
    status: 415,
    when: 'The address does not take this content type, or the body has a content encoding.',
  },
  'unsupported-image': { status: 415, when: 'An image is not a PNG, JPEG or WebP, by its first bytes.' },
  'bad-feed': { status: 422, when: 'The feed cannot be read, or not in its format.', of: 'catalogue' },
  'not-possible': { status: 422, when: 'The catalogue cannot do it, for the reason in the sentence.', of: 'catalogue' },
  'no-garment': { status: 422, when: 'A photo of which the garment is taken shows nothing but its background.' },
  'no-conversion': { status: 422, when: 'The model takes pictures of a size that images are not converted to.' },
  'no-explanation': { status: 422, when: 'An explanation is requested from an ensemble, which has no single network.' },
  busy: { status: 429, when: 'Too much work waits for an answer in time; ask again after the seconds in Retry-After.' },
  'over-rate': { status: 429, when: 'This key exceeds its rate; ask again after the seconds in Retry-After.' },
  'headers-too-large': { status: 431, when: 'The headers have more bytes than the service takes.' },
  'worker-failed': { status: 500, when: 'The thread that worked on the request died; in classification, twice.' },
  'store-failed': {
    status: 500,
    when: 'The database, its disk or a worker of the catalogue failed; its log has the details under the same request id.',
    of: 'catalogue',
  },
  defect: { status: 500, when: 'A defect of the service; its log has the details under the same request id.' },
  'not-ready': { status: 503, when: 'The service is starting; no model has answered yet.' },
  'past-deadline': { status: 504, when: 'The answer was not ready by the deadline.' },
} as const satisfies Readonly<
  Record<string, { readonly status: number; readonly when: string; readonly of?: 'catalogue' }>
>;

export type HttpErrorCode = keyof typeof httpErrors;

/** An error that is answered to the client: the code's status, the code and the sentence. */
export interface HttpError extends Error {
  readonly name: 'HttpError';
  readonly code: HttpErrorCode;
  /** Whole seconds after which the client should try again. */
  readonly retryAfter?: number;
}

/**
 * What to throw when a request cannot be answered.
 * @param sentence what is wrong and what to do.
 * @param retryAfterMs after how many milliseconds a new attempt can succeed.
 */
export function httpError(
  code: HttpErrorCode,
  sentence: string,
  { retryAfterMs, cause }: { readonly retryAfterMs?: number; readonly cause?: unknown } = {},
): HttpError {
  const retryAfter = retryAfterMs === undefined ? {} : { retryAfter: Math.max(1, Math.ceil(retryAfterMs / 1000)) };
  return Object.assign(new Error(sentence, { cause }), { name: 'HttpError' as const, code }, retryAfter);
}

export function isHttpError(error: unknown): error is HttpError {
  return error instanceof Error && error.name === 'HttpError';
}

/** The body of every failed answer. `error` is a sentence, as the Open Inference Protocol and Hugging Face have it. */
export const failure = z
  .object({ error: z.string(), code: z.enum(Object.keys(httpErrors) as HttpErrorCode[]) })
  .meta({ id: 'Failure' });
export type FailureBody = z.infer<typeof failure>;
