/** The rebuild cannot be done, or was given up, and nothing of it is kept. The live documents are as they were; one line for a person. */
export class RebuildError extends Error {
  override readonly name = 'RebuildError';
}

/** It was ended by what passes: what was copied is kept, and the same command goes on. */
export class RebuildStoppedError extends Error {
  override readonly name = 'RebuildStoppedError';
}
