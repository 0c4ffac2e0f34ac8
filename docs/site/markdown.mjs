/** What the pages of docs/ need to be a site: they are written for forges, and stay as they are. */
import { posix } from 'node:path';
import { renderMermaidSVG } from 'beautiful-mermaid';

/** For VitePress' `markdown.config`. */
export function asSite(md) {
  md.core.ruler.before('normalize', 'without-comments', (state) => {
    state.src = state.src.replaceAll(/<!--[\s\S]*?-->/g, '');
  });
  md.core.ruler.push('links-within', (state) => {
    for (const { children } of state.tokens) if (children) turnLinks(children, state.env.relativePath ?? '');
  });
  const fence = md.renderer.rules.fence;
  md.renderer.rules.fence = (tokens, at, ...others) =>
    tokens[at].info.trim() === 'mermaid' ? diagram(tokens[at].content) : fence(tokens, at, ...others);
}

/** A link to an index goes to its folder; one to what is no page of the site, such as a source file, becomes its text. */
function turnLinks(tokens, page) {
  let isOutside = false;
  for (const token of tokens) {
    if (token.type === 'link_open') {
      const href = token.attrGet('href') ?? '';
      isOutside = isOutsideOf(page, href);
      token.attrSet('href', href.replace(/(^|\/)README\.md(?=#|$)/, '$1index.md'));
    }
    if (isOutside && token.type.startsWith('link_')) token.hidden = true;
    if (isOutside && token.type === 'link_open') Object.assign(token, { type: 'text', content: '' });
    if (isOutside && token.type === 'link_close') {
      Object.assign(token, { type: 'text', content: '' });
      isOutside = false;
    }
  }
}

function isOutsideOf(page, href) {
  if (/^([a-z]+:|#|\/)/.test(href)) return false;
  return posix.normalize(posix.join(posix.dirname(page), href)).startsWith('..');
}

/**
 * Drawn when the site is built, so that a reader's browser loads no library for it. Its colours are in the theme's style.css: the renderer's own
 * style would be dropped by Vue, and asks a host for a font.
 */
function diagram(text) {
  const svg = renderMermaidSVG(text, { padding: 8, layerSpacing: 28 })
    .replace(/<style>[\s\S]*?<\/style>/, '')
    .replace(/ style="[^"]*"/, '');
  return `<div class="diagram" tabindex="0" v-pre>${svg}</div>\n`;
}
