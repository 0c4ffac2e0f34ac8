/** What document-store.ts needs of the driver's inside, for which it has no types: documents of a command that are encoded already. */
declare module 'mongodb/lib/cmap/commands.js' {
  export class DocumentSequence {
    constructor(field: string);
    push(document: object, bytes: Buffer): number;
  }
}
