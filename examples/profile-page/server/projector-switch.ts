/** Stops and starts the projector of the local system. Each look and each turn is a process, so that whoever asks at the same time shares one look. */
import type { Projections } from './run-projections.ts';

export interface ProjectorSwitch {
  isOn(): Promise<boolean>;
  /** Resolves when it is so. One after the other. */
  turn(on: boolean): Promise<void>;
}

const PROJECTION = 'profile';
/** How long a look is the answer for those who come after it. */
const KEPT_MS = 1000;

export function createProjectorSwitch(projections: Projections): ProjectorSwitch {
  let last: Promise<unknown> = Promise.resolve();
  let look: Promise<boolean> | null = null;

  async function lookNow(): Promise<boolean> {
    const listed = (await projections('list')) as ReadonlyArray<{
      readonly projection: string;
      readonly stopped: boolean;
    }>;
    return listed.some(({ projection, stopped }) => projection === PROJECTION && !stopped);
  }

  return {
    isOn() {
      if (look) return look;
      const begun = lookNow();
      const forget = (): void => {
        if (look === begun) look = null;
      };
      look = begun;
      begun.then(() => setTimeout(forget, KEPT_MS).unref(), forget);
      return begun;
    },
    async turn(on) {
      const turned = last.then(() => projections(on ? 'start' : 'stop', PROJECTION));
      last = turned.catch(() => undefined); // told to whoever asked for it
      try {
        await turned;
      } finally {
        look = null; // it may be from before
      }
    },
  };
}
