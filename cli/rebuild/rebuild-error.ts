/** The rebuild cannot be done, or was given up. The live documents are as they were; one line for a person. */
export class RebuildError extends Error {
  override readonly name = 'RebuildError';
}
