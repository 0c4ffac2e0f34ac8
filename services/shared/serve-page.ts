/**
 * A page for the browser, as it was compiled: its files at /, and those of the packages that it imports at /assets/. Each file is a route of
 * its own, found when the service starts, so that no path of a request is ever one of the disk. Anybody may load them: they hold no data.
 */
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import { ANYBODY } from './auth/access.ts';
import { pageHeaders } from './auth/page-headers.ts';
import type { HttpApp } from './http-app.ts';

/** What a browser may ask for of a page's folder; what is beside it is for the compiler. */
const SERVED = /\.(js|css|html|svg)$/;
const INDEX = 'index.html';

/**
 * Of a package: where in it the files are that a browser loads, and which. Their paths in the page are /assets/<package>/<file>. uPlot's modules
 * come unminified only, three times as large as its script.
 */
const ASSETS = {
  'lit-html': {
    within: '',
    files: /^(lit-html|directive|directive-helpers|async-directive|directives\/[a-z-]+)\.js$/,
  },
  uplot: { within: 'dist', files: /^(uPlot\.iife\.min\.js|uPlot\.min\.css)$/ },
} as const;

export type Asset = keyof typeof ASSETS;

export interface Page {
  /** Absolute; holds index.html. */
  readonly folder: string;
  /** The packages that it imports. */
  readonly assets: readonly Asset[];
}

export async function servePage(app: HttpApp, { folder, assets }: Page): Promise<void> {
  const headers = {
    ...pageHeaders(),
    'content-security-policy': policyOf(readFileSync(join(folder, INDEX), 'utf8')),
    // Asked for again each time, and answered with 304: a page and its modules are of one version.
    'cache-control': 'no-cache',
  };
  await app.register(fastifyStatic, { root: folder, serve: false, cacheControl: false });
  const serve = (path: string, file: string, root: string): void => {
    app.get(path, { schema: { hide: true }, config: ANYBODY }, (_request, reply) =>
      reply.headers(headers).sendFile(file, root),
    );
  };
  serve('/', INDEX, folder);
  for (const file of filesIn(folder, SERVED)) if (file !== INDEX) serve(`/${file}`, file, folder);
  for (const name of assets) {
    const { within, files } = ASSETS[name];
    const root = join(packageFolder(name), within);
    for (const file of filesIn(root, files)) serve(`/assets/${name}/${file}`, file, root);
  }
}

/** Nothing from elsewhere, and of what stands in the page itself only the scripts that it was made with: its import map. */
function policyOf(html: string): string {
  const hashes = [...html.matchAll(/<script(?![^>]*\ssrc=)[^>]*>([\s\S]*?)<\/script>/g)].map(
    ([, text = '']) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`,
  );
  return [
    "default-src 'self'",
    ["script-src 'self'", ...hashes].join(' '),
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "object-src 'none'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}

/** Paths below `folder`, with slashes. */
function filesIn(folder: string, which: RegExp): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => which.test(name))
    .toSorted();
}

function packageFolder(name: string): string {
  const entry = createRequire(import.meta.url).resolve(name);
  const at = join('node_modules', name);
  return entry.slice(0, entry.lastIndexOf(at) + at.length);
}
