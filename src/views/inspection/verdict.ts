import type { Verdict } from '../../core/inspection/record.ts';
import { type Html, html } from '../html.ts';

const symbols: Readonly<Record<Verdict, string>> = {
  supported: '✓',
  mixed: '≈',
  'not supported': '✗',
  'not measured': '?',
};

/** A verdict as a word with a sign of its own; its colour only repeats them. */
export function verdictWord(verdict: Verdict): Html {
  return html`<span class="verdict ${verdict.replace(' ', '-')}"><span aria-hidden="true">${symbols[verdict]}</span> ${verdict}</span>`;
}
