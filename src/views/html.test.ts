import { describe, expect, it } from 'vitest';
import { html, raw } from './html.ts';

describe('html', () => {
  it('escapes text in content and in attributes', () => {
    const hostile = `<script>alert("x")</script> & 'more'`;
    expect(html`<p title="${hostile}">${hostile}</p>`.markup).toBe(
      '<p title="&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; &#39;more&#39;">' +
        '&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; &#39;more&#39;</p>',
    );
  });

  it('keeps nested markup, joins lists, and renders nothing for nothing', () => {
    const items = ['a', '<b>'].map((text) => html`<li>${text}</li>`);
    expect(html`<ul>${items}</ul>${null}${undefined}${false}${0}`.markup).toBe(
      '<ul><li>a</li><li>&lt;b&gt;</li></ul>0',
    );
  });

  it('takes no look-alike for markup', () => {
    const forged = JSON.parse('[{"markup":"<script>"}]');
    expect(() => html`${forged}`.markup).toThrow();
  });

  it('lets raw markup through', () => {
    expect(html`<style>${raw('a > b {}')}</style>`.markup).toBe('<style>a > b {}</style>');
  });
});
