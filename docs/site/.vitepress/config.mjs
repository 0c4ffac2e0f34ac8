/** The documentation as a site: the Markdown of docs/, one sidebar, search in the page; nothing is asked of another host. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitepress';
import { asSite } from '../markdown.mjs';
import { slug } from '../slug.mjs';

const groups = JSON.parse(readFileSync(new URL('../sidebar.json', import.meta.url), 'utf8'));
const toLink = (page) => `/${page.replace(/README\.md$/, '').replace(/\.md$/, '')}`;

/** The pages lie outside of this package, and become modules that import Vue. */
const vueOfThisPackage = {
  name: 'vue-of-this-package',
  enforce: 'pre',
  resolveId(id, importer, options) {
    if (!/^vue(\/|$)/.test(id) || !importer?.endsWith('.md')) return null;
    return this.resolve(id, fileURLToPath(import.meta.url), { ...options, skipSelf: true });
  },
};

export default defineConfig({
  title: 'Readside',
  description: 'Read models in MongoDB, kept equal to tables in Postgres by change data capture.',
  lang: 'en',
  // Without one a browser asks for it.
  head: [['link', { rel: 'icon', href: 'data:,' }]],
  srcDir: '..',
  srcExclude: ['site/**'],
  vite: { plugins: [vueOfThisPackage] },
  rewrites: { 'README.md': 'index.md', 'decisions/README.md': 'decisions/index.md' },
  markdown: {
    // Angle brackets in the text are text, and a heading's {id} is a path's parameter.
    html: false,
    attrs: { disable: true },
    anchor: { slugify: slug },
    toc: { slugify: slug },
    config: asSite,
  },
  themeConfig: {
    sidebar: groups.map(({ text, items }) => ({
      text,
      items: items.map((each) => ({ text: each.text, link: toLink(each.page) })),
    })),
    outline: [2, 3],
    search: { provider: 'local' },
  },
});
