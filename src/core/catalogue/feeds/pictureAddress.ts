import { feedLimits } from './limits.ts';

export type PictureAddress = { readonly address: string } | { readonly reason: string };

/** What would break lines or terminals, or be read differently by other programs. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
const controls = /[\u0000-\u001f\u007f]/;

/**
 * Checks where a picture is: an http or https address, or a path relative to the feed's folder, which must stay in it. Backslashes in
 * paths become slashes. Whether an address may be connected to is decided where it is fetched.
 * @param localPictures false refuses paths: a feed that came over HTTP must not name files of this machine
 */
export function pictureAddress(text: string, localPictures: boolean): PictureAddress {
  const shown = JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
  if (text.length > feedLimits.pictureLength)
    return { reason: `the picture ${shown} is longer than ${feedLimits.pictureLength} characters` };
  if (controls.test(text)) return { reason: `the picture ${shown} contains control characters` };
  if (/^https?:/i.test(text)) {
    return /^https?:\/\/[^\s/?#]\S*$/i.test(text)
      ? { address: text }
      : { reason: `the picture ${shown} is not a complete http or https address` };
  }
  if (/^[a-z][a-z\d+.-]+:/i.test(text) || text.startsWith('//'))
    return { reason: `the picture ${shown} is neither an http or https address nor a path` };
  if (!localPictures)
    return {
      reason: `the picture ${shown} is a path; a feed that comes over HTTP may name http and https addresses only`,
    };
  const path = text.replaceAll('\\', '/');
  const steps = path.split('/').filter((step) => step !== '' && step !== '.');
  if (path.startsWith('/') || /^[a-z][a-z\d+.-]*:/i.test(steps[0] ?? ''))
    return { reason: `the picture ${shown} is an absolute path; write it relative to the feed's folder` };
  if (steps.includes('..'))
    return { reason: `the picture ${shown} contains ".."; pictures must be in the feed's folder` };
  return steps.length === 0 ? { reason: `the picture ${shown} is no file` } : { address: steps.join('/') };
}
