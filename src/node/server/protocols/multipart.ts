import { httpError } from '../errors.ts';

/** One part of a multipart/form-data body. */
export interface Part {
  readonly name: string;
  /** Present when the part is a file. */
  readonly filename: string | undefined;
  readonly data: Buffer;
}

const partHeaderBytes = 4096;
/** `; name=value`, the value a token or a quoted string with \" and \\ in it. */
const parameter = /;\s*([\w*-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*))\s*/y;

/**
 * Splits a multipart/form-data body (RFC 7578, RFC 2046 section 5.1.1). Libraries split streams and copy each file; here the body is
 * whole and bounded, and its parts are views of it.
 *
 * @param contentType the request's, with the boundary.
 * @param mostParts the most parts that the body may have.
 * @throws HttpError 'bad-multipart' or 'too-many-images'
 */
export function parseMultipart(body: Buffer, contentType: string, mostParts: number): Part[] {
  const { boundary = '' } = parametersOf(contentType);
  if (boundary.length < 1 || boundary.length > 70) throw broken('its content type has no boundary');
  const delimiter = Buffer.from(`\r\n--${boundary}`, 'latin1');
  const parts: Part[] = [];
  // The first delimiter may open the body, without the line break before it.
  let at = body.subarray(0, delimiter.length - 2).equals(delimiter.subarray(2))
    ? delimiter.length - 2
    : found(body.indexOf(delimiter)) + delimiter.length;
  while (!isClosing(body, at)) {
    if (parts.length === mostParts) {
      throw httpError('too-many-images', `The request has more than ${mostParts} parts: send several requests.`);
    }
    const lineEnd = found(body.indexOf('\r\n', at));
    if (!/^[ \t]*$/.test(body.toString('latin1', at, Math.min(lineEnd, at + partHeaderBytes)))) {
      throw broken('something follows a boundary on its line');
    }
    // A part without headers starts with the empty line.
    const headersEnd = found(body.subarray(0, lineEnd + 2 + partHeaderBytes).indexOf('\r\n\r\n', lineEnd));
    const next = found(body.indexOf(delimiter, headersEnd + 2));
    const headers = body.toString('utf8', lineEnd + 2, Math.max(lineEnd + 2, headersEnd));
    parts.push({ ...described(headers), data: body.subarray(Math.min(headersEnd + 4, next), next) });
    at = next + delimiter.length;
  }
  return parts;
}

function isClosing(body: Buffer, at: number): boolean {
  return body[at] === 0x2d && body[at + 1] === 0x2d;
}

function found(at: number): number {
  if (at < 0) throw broken('it is cut short, or its boundary is not the one of its content type');
  return at;
}

function described(text: string): Pick<Part, 'name' | 'filename'> {
  // A header continues in lines that start with a blank.
  const lines = text.replace(/\r\n[ \t]+/g, ' ').split('\r\n');
  const header = (name: string) =>
    lines.find((line) => line.toLowerCase().startsWith(`${name}:`))?.slice(name.length + 1);
  const encoding = header('content-transfer-encoding')?.trim() ?? 'binary';
  if (!/^(binary|7bit|8bit)$/i.test(encoding))
    throw broken('a part has a transfer encoding; send its bytes as they are');
  const disposition = header('content-disposition') ?? '';
  const { name, filename, 'filename*': extended } = parametersOf(disposition);
  if (!/^\s*form-data\s*(;|$)/i.test(disposition) || name === undefined) throw broken('a part has no name');
  return { name, filename: filename ?? extended };
}

/** The parameters after a header's value, by name in lower case; of two with one name the first. */
function parametersOf(header: string): Partial<Record<string, string>> {
  const parameters: Partial<Record<string, string>> = Object.create(null);
  const start = header.indexOf(';');
  parameter.lastIndex = start;
  for (let match = start < 0 ? null : parameter.exec(header); match; match = parameter.exec(header)) {
    parameters[match[1]!.toLowerCase()] ??= match[2]?.replace(/\\(["\\])/g, '$1') ?? match[3]!;
  }
  return parameters;
}

function broken(what: string): Error {
  return httpError('bad-multipart', `The multipart body cannot be used: ${what}.`);
}
