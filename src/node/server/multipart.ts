import { refuse } from './refusals.ts';

/** One part of a multipart/form-data body. */
export interface Part {
  readonly name: string;
  /** Present when the part is a file. */
  readonly filename: string | undefined;
  readonly data: Uint8Array;
}

const partHeaderBytes = 4096;

/**
 * Splits a multipart/form-data body (RFC 7578, RFC 2046 section 5.1.1).
 *
 * @param contentType the request's, with the boundary.
 * @param mostParts how many parts the body may have.
 * @throws Refusal 'bad-multipart' or 'too-many-images'
 */
export function parseMultipart(body: Buffer, contentType: string, mostParts: number): Part[] {
  const match = /;\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(contentType);
  if (!match) throw broken('its content type has no boundary');
  const delimiter = Buffer.from(`\r\n--${match[1] ?? match[2]!}`, 'latin1');
  const parts: Part[] = [];
  // The first delimiter may open the body, without the line break before it.
  let at = body.subarray(0, delimiter.length - 2).equals(delimiter.subarray(2))
    ? delimiter.length - 2
    : after(body.indexOf(delimiter), delimiter.length);
  while (!isClosing(body, at)) {
    if (parts.length === mostParts) {
      throw refuse('too-many-images', `The request has more than ${mostParts} parts: send several requests.`);
    }
    const lineEnd = body.indexOf('\r\n', at);
    if (lineEnd < 0 || body.toString('latin1', at, Math.min(lineEnd, at + 80)).trim() !== '') {
      throw broken('something stands after a boundary');
    }
    // A part without headers has the empty line right away.
    const headersEnd = after(body.subarray(0, lineEnd + 2 + partHeaderBytes).indexOf('\r\n\r\n', lineEnd), 0);
    const next = after(body.indexOf(delimiter, headersEnd + 2), 0);
    const headers = body.toString('utf8', lineEnd + 2, Math.max(lineEnd + 2, headersEnd));
    parts.push({ ...dispositionOf(headers), data: body.subarray(Math.min(headersEnd + 4, next), next) });
    at = next + delimiter.length;
  }
  return parts;
}

function isClosing(body: Buffer, at: number): boolean {
  return body[at] === 0x2d && body[at + 1] === 0x2d;
}

function after(found: number, length: number): number {
  if (found < 0) throw broken('it is cut short, or its boundary is not the one of its content type');
  return found + length;
}

function dispositionOf(headers: string): Pick<Part, 'name' | 'filename'> {
  const line = headers.split('\r\n').find((header) => /^content-disposition\s*:/i.test(header));
  const value = (parameter: string) => {
    const found = new RegExp(`;\\s*${parameter}=(?:"([^"]*)"|([^\\s;"]+))`, 'i').exec(line ?? '');
    return found ? (found[1] ?? found[2]) : undefined;
  };
  const name = value('name');
  if (!line || !/:\s*form-data/i.test(line) || name === undefined) throw broken('a part has no name');
  return { name, filename: value('filename') };
}

function broken(what: string): Error {
  return refuse('bad-multipart', `The multipart body cannot be used: ${what}.`);
}
