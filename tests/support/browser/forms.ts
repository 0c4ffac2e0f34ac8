/** `npm test` runs the short form of the browser's tests, `npm run test:browser` all of them. */
export const ALL_FORMS = process.env['READSIDE_BROWSER_ALL'] === '1';

/** How long a page is looked at under load, in that form. */
export const UNDER_LOAD_MINUTES = Number(process.env['READSIDE_BROWSER_MINUTES'] ?? 10);
