/** `npm test` runs the short form of the browser's tests, `npm run test:browser` all of them. */
export const ALL_FORMS = process.env['READSIDE_BROWSER_ALL'] === '1';
