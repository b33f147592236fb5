import { type Html, html } from '../html.ts';

/** A name in lines of at most `width` characters, broken where its words begin; the last of three ends with "…" if need be. */
export function nameLines(name: string, width: number): string[] {
  const words = name.split(/(?<=[._\-\s])|(?<=[a-z0-9])(?=[A-Z])/);
  const lines: string[] = [];
  let line = '';
  for (const word of words.flatMap((one) => one.match(new RegExp(`.{1,${width}}`, 'gsu')) ?? [])) {
    if (line !== '' && line.length + word.length > width) {
      lines.push(line);
      line = '';
    }
    line += word;
  }
  lines.push(line);
  if (lines.length > 3) return [...lines.slice(0, 2), `${lines[2]!.slice(0, width - 1)}…`];
  return lines;
}

/** A name that may break before a capital letter and after a point. */
export function breakable(name: string): Html {
  return html`${name.split(/(?<=[a-z0-9])(?=[A-Z])|(?<=[._-])/).map((part, i) => [i > 0 && html`<wbr>`, part])}`;
}
