/** A promise that is settled from outside. Node 20 has no Promise.withResolvers yet. */
export interface Deferred {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export function deferred(): Deferred {
  let resolve: Deferred['resolve'] = ignore;
  let reject: Deferred['reject'] = ignore;
  const promise = new Promise<void>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}

function ignore(): void {
  // Replaced before anyone can call it.
}
